"""Encodes dialogues and their states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from transformers.modeling_outputs import BaseModelOutput, Seq2SeqLMOutput

from todsum.modeling.state_aware.configuration import StateAwareError


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


class DualEncoder(nn.Module):
    """A dialogue encoder and a state encoder, which may be one and the same.

    The model makes one whenever it is asked for its encoder: it holds no weights of its own.
    """

    main_input_name = "input_ids"

    def __init__(self, dialogue: nn.Module, state: nn.Module) -> None:
        super().__init__()
        self.dialogue = dialogue
        self.state = state

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        state_input_ids: Tensor | None = None,
        state_attention_mask: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        **kwargs: Any,
    ) -> StateAwareEncoderOutput:
        """Encodes a batch; shapes are (batch, tokens).

        Raises:
            StateAwareError: the state's mask fits no state.
        """
        kwargs.pop("return_dict", None)
        dialogue = self.dialogue(
            input_ids=input_ids, attention_mask=attention_mask, inputs_embeds=inputs_embeds, **kwargs
        )
        state = encode_state(self.state, state_input_ids, state_attention_mask)
        mask = None if state is None else state_attention_mask
        return StateAwareEncoderOutput(**dialogue, state_last_hidden_state=state, state_attention_mask=mask)


def encode_state(encoder: nn.Module, ids: Tensor | None, mask: Tensor | None) -> Tensor | None:
    """The encoded states, (batch, state tokens, width), or None where there are none.

    Args:
        encoder: a backbone's.
        ids: (batch, state tokens), or None.
        mask: 1 for real tokens, of the same shape; a row of zeros is an example without a state. None: all are real.

    Raises:
        StateAwareError: the mask fits no state.
    """
    if ids is None and mask is not None:
        raise StateAwareError("state_attention_mask was passed without state_input_ids")
    if ids is None or ids.shape[1] == 0:
        return None
    if mask is not None and mask.shape != ids.shape:
        raise StateAwareError(
            f"state_attention_mask has shape {tuple(mask.shape)}, state_input_ids {tuple(ids.shape)}; make them equal"
        )
    hidden: Tensor = encoder(input_ids=ids, attention_mask=None if mask is None else readable(mask))[0]
    return hidden


def readable(mask: Tensor) -> Tensor:
    """The mask with the rows of absent states filled: attention to nothing at all is not a number on some devices.

    What is read there is thrown away after the attention.
    """
    return mask.bool() | ~mask.bool().any(dim=1, keepdim=True)
