"""Which attention to train with: on a CPU in bf16 the fused one is not the fastest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from todsum.training.runtime import Precision, uses_bf16

if TYPE_CHECKING:
    import torch

MOST_SCORES = 2**28
"""Attention scores that a step may keep for its backward pass, at about 10 bytes each."""


@contextmanager
def quick_attention(
    model: Any, precision: Precision, device: torch.device, batch_size: int, tokens: int
) -> Iterator[None]:
    """Trains with attention in plain matrix products where that is faster, and sets the model back afterwards.

    torch's fused attention for CPUs gains little from bf16: half of a training step of a small model went into it,
    and plain products take a third less time for the whole step. They keep every score, though, so that they are
    used only where these fit into memory.

    Args:
        model: a transformers model; one that has no choice of attention is left as it is.
        precision: of the training.
        device: of the model.
        batch_size: examples of a step.
        tokens: of the longest example.
    """
    config = getattr(model, "config", None)
    heads = getattr(config, "num_attention_heads", 1) * getattr(config, "num_hidden_layers", 1)
    few = batch_size * heads * tokens**2 <= MOST_SCORES
    fused = getattr(config, "_attn_implementation", None) == "sdpa"
    if not (fused and few and device.type == "cpu" and uses_bf16(precision, device)):
        yield
        return
    model.set_attn_implementation("eager")
    try:
        yield
    finally:
        model.set_attn_implementation("sdpa")
