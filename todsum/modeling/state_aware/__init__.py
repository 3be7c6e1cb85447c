"""The state-aware structured summarizer, registered with transformers' Auto classes."""

from transformers import AutoConfig, AutoModelForSeq2SeqLM

from todsum.modeling.state_aware.configuration import StateAwareConfig, StateAwareError
from todsum.modeling.state_aware.model import StateAwareForConditionalGeneration

__all__ = ["StateAwareConfig", "StateAwareError", "StateAwareForConditionalGeneration"]

AutoConfig.register(StateAwareConfig.model_type, StateAwareConfig)
AutoModelForSeq2SeqLM.register(StateAwareConfig, StateAwareForConditionalGeneration)
