"""The encoder's part of generation, a few sources at a time on a CPU: what they need then stays in its caches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from todsum.training.collator import token_batches

if TYPE_CHECKING:
    from torch import Tensor

PIECE_TOKENS = 512
"""Tokens of a piece on a CPU."""


def encode(model: Any, batch: Mapping[str, Tensor]) -> Any:
    """What an encoder–decoder's encoder makes of a batch, as it would of all of it at once.

    Args:
        model: in eval mode.
        batch: of :meth:`todsum.training.collator.Collator.sources`, padded on the right.

    Returns:
        The encoder's output; zeros where a source is padded.
    """
    encoder = model.get_encoder()
    lengths: list[int] = batch["attention_mask"].sum(1).tolist()
    pieces = token_batches(lengths, PIECE_TOKENS)
    if batch["input_ids"].device.type != "cpu" or len(pieces) == 1:
        return encoder(**batch, return_dict=True)
    whole: Any = None
    for rows in pieces:
        own = {name: tensor[rows] for name, tensor in batch.items()}
        for name in ("input_ids", "attention_mask"):
            own[name] = own[name][:, : lengths[rows[0]]]
        made = encoder(**own, return_dict=True)
        if whole is None:  # of the longest source, which is as wide as the batch
            whole = type(made)({name: t.new_zeros(len(lengths), *t.shape[1:]) for name, t in made.items()})
        for name, tensor in made.items():
            whole[name][rows, : tensor.shape[1]] = tensor
    return whole
