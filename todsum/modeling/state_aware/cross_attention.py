"""The decoder's cross-attention to dialogue and state."""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from transformers.cache_utils import DynamicLayer, EncoderDecoderCache

from todsum.modeling.state_aware.fusion import make_fusion


class StateMemory(NamedTuple):
    """What the decoder needs of the encoded states.

    Attributes:
        hidden: (batch, state tokens, width).
        mask: in the form that the attention implementation takes; None when every position is real.
        present: (batch, 1, 1), False for an example without a state; None when all have one.
    """

    hidden: Tensor
    mask: Any
    present: Tensor | None


class StateCrossAttention(nn.Module):
    """Stands in for a decoder layer's cross-attention: its own attention to the dialogue, and a copy that reads states.

    Args:
        dialogue: the layer's cross-attention, as the backbone made it. The state's starts as a copy of its weights.
        slot: where the state's keys and values lie in the cross-attention cache: behind those of all the layers'
            dialogues, so that whatever reorders or repeats the cache takes them along.
        fusion: one of :data:`~todsum.modeling.state_aware.fusion.FUSIONS`.
    """

    def __init__(self, dialogue: nn.Module, slot: int, fusion: str) -> None:
        super().__init__()
        self.dialogue = dialogue
        state: Any = copy.deepcopy(dialogue, {id(dialogue.config): dialogue.config})
        state.layer_idx = slot
        self.state = state
        self.slot = slot
        weight = dialogue.get_parameter("out_proj.weight")
        self.fusion = make_fusion(fusion, weight.shape[0], like=weight.detach())

    def forward(
        self,
        hidden_states: Tensor,
        key_value_states: Tensor | None = None,
        past_key_values: Any = None,
        attention_mask: Any = None,
        state_memory: StateMemory | None = None,
        **kwargs: Any,
    ) -> tuple[Tensor, Tensor | None]:
        """Attends to both and fuses the outcomes; without ``state_memory`` it is the backbone's own attention.

        Args:
            hidden_states: (batch, target tokens, width).
            key_value_states: the encoded dialogues, (batch, dialogue tokens, width).
            past_key_values: an ``EncoderDecoderCache``, or None.
            attention_mask: the dialogue's.
            state_memory: the encoded states.
            kwargs: whatever the backbone's attention takes.

        Returns:
            The outcome, of the shape of ``hidden_states``, and the dialogue's attention weights or None.
        """
        kwargs["past_key_values"] = past_key_values
        dialogue, weights = self.dialogue(
            hidden_states, key_value_states=key_value_states, attention_mask=attention_mask, **kwargs
        )
        if state_memory is None:
            return dialogue, weights
        if isinstance(past_key_values, EncoderDecoderCache):
            cached = past_key_values.cross_attention_cache.layers
            while len(cached) <= self.slot:  # the cache was sized for the backbone's layers alone
                cached.append(DynamicLayer())
        state, _ = self.state(
            hidden_states, key_value_states=state_memory.hidden, attention_mask=state_memory.mask, **kwargs
        )
        fused = self.fusion(dialogue, state)
        if state_memory.present is not None:
            fused = torch.where(state_memory.present, fused, dialogue)
        return fused, weights
