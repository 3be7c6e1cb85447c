"""How a decoder layer mixes what it reads in the dialogue with what it reads in the state.

The state-aware structured summarizer of TODSum (Zhao et al. 2021, arXiv 2110.12680) has a dialogue encoder and a state
encoder, and a decoder that attends to both. These three ways of joining the two are ours.

Each is a module that takes ``dialogue`` and ``state``, both of shape (batch, target tokens, width), and returns the
same shape. When the two are equal, ``gate`` and ``sum`` return them unchanged.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

FUSIONS = ("gate", "sum", "tanh")


class GateFusion(nn.Module):
    """``g * dialogue + (1 - g) * state`` with ``g = sigmoid(W [dialogue; state] + b)``, a gate for each channel.

    ``W`` and ``b`` start at zero, so that both count half.
    """

    def __init__(self, width: int, like: Tensor) -> None:
        super().__init__()
        # Plain parameters: an nn.Linear would be drawn at random by the backbone's weight initialisation.
        self.weight = nn.Parameter(like.new_zeros(width, 2 * width))
        self.bias = nn.Parameter(like.new_zeros(width))

    def forward(self, dialogue: Tensor, state: Tensor) -> Tensor:
        """Mixes the two by the gate."""
        gate = nn.functional.linear(torch.cat([dialogue, state], dim=-1), self.weight, self.bias).sigmoid()
        return torch.lerp(state, dialogue, gate)


class SumFusion(nn.Module):
    """``(dialogue + state) / 2``: the sum, at the size that the layer's normalisation was trained for."""

    def forward(self, dialogue: Tensor, state: Tensor) -> Tensor:
        """The mean of the two."""
        return 0.5 * (dialogue + state)


class TanhFusion(nn.Module):
    """``dialogue + tanh(alpha) * state``, with a number ``alpha`` that starts at zero: at first, no state."""

    def __init__(self, like: Tensor) -> None:
        super().__init__()
        self.alpha = nn.Parameter(like.new_zeros(1))

    def forward(self, dialogue: Tensor, state: Tensor) -> Tensor:
        """Adds as much of the state as ``alpha`` lets through."""
        return dialogue + self.alpha.tanh() * state


def make_fusion(name: str, width: int, like: Tensor) -> nn.Module:
    """The fusion called ``name``, one of ``FUSIONS``, with the dtype and device of the tensor ``like``."""
    if name == "gate":
        return GateFusion(width, like)
    return SumFusion() if name == "sum" else TanhFusion(like)
