"""Models and backbones: usable without the rest of the suite.

Importing it makes the models known to transformers' Auto classes, and so takes the seconds that torch takes.
"""

from todsum.modeling.state_aware import StateAwareConfig, StateAwareForConditionalGeneration

__all__ = ["StateAwareConfig", "StateAwareForConditionalGeneration"]
