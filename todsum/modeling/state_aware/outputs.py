"""What the state-aware model's encoder and the model itself return."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor
from transformers.modeling_outputs import BaseModelOutput, Seq2SeqLMOutput


@dataclass
class StateAwareEncoderOutput(BaseModelOutput):  # type: ignore[misc]
    """Encoded dialogues, as a backbone's encoder gives them, and encoded states.

    Attributes:
        state_last_hidden_state: (batch, state tokens, width); None without states.
        state_attention_mask: (batch, state tokens), as it was passed.
    """

    state_last_hidden_state: Tensor | None = None
    state_attention_mask: Tensor | None = None


@dataclass
class StateAwareOutput(Seq2SeqLMOutput):  # type: ignore[misc]
    """What the backbone returns, and where the decoder looked in the state.

    Attributes:
        state_cross_attentions: one a layer, (batch, heads, target tokens, state tokens), where attentions are asked
            for and there is a state; ``cross_attentions`` are those to the dialogue.
    """

    state_cross_attentions: tuple[Tensor, ...] | None = None
