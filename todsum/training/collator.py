"""Padded batches, and the order in which training sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from todsum.training.encoding import Encoded

if TYPE_CHECKING:
    import torch

IGNORED = -100
"""The label of a position that has no part in the loss."""

POOL_BATCHES = 50
"""Batches that are sorted by length together: enough to pad little, few enough to keep the order random."""


def epoch_batches(lengths: Sequence[int], batch_size: int, seed: int, epoch: int) -> list[list[int]]:
    """The batches of one epoch, as indices: each index once, neighbours of similar length.

    The order depends on the arguments alone, so that an interrupted epoch can be taken up again.
    """
    random = np.random.default_rng([seed, epoch])
    order = random.permutation(len(lengths))
    pool = batch_size * POOL_BATCHES
    batches: list[list[int]] = []
    for start in range(0, len(order), pool):
        near = sorted(order[start : start + pool].tolist(), key=lambda i: lengths[i])
        batches += [near[i : i + batch_size] for i in range(0, len(near), batch_size)]
    return [batches[i] for i in random.permutation(len(batches))]


def sorted_batches(lengths: Sequence[int], batch_size: int) -> list[list[int]]:
    """All indices in batches of similar length, for evaluation."""
    order = sorted(range(len(lengths)), key=lambda i: lengths[i])
    return [order[i : i + batch_size] for i in range(0, len(order), batch_size)]


def token_batches(lengths: Sequence[int], most_tokens: int) -> list[list[int]]:
    """All indices in batches of similar length, for generation: the longest first, so that memory runs out at once.

    Args:
        lengths: tokens of each.
        most_tokens: of a batch, every one padded to its longest; one that alone is longer is a batch by itself.
    """
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if not batches or (len(batches[-1]) + 1) * lengths[batches[-1][0]] > most_tokens:
            batches.append([])
        batches[-1].append(index)
    return batches


class Collator:
    """Makes tensors of encoded examples, each of shape (batch, tokens).

    Args:
        pad: id of the padding token.
        causal: source and target become one sequence, padded on the left as in generation, with labels on the
            target alone. Otherwise both are padded on the right.
    """

    def __init__(self, pad: int, causal: bool) -> None:
        self.pad = pad
        self.causal = causal

    def training(self, batch: Sequence[Encoded]) -> dict[str, torch.Tensor]:
        """``input_ids``, ``attention_mask``, ``labels``; for a causal model ``position_ids`` too.

        And, where any example has a state, what :meth:`sources` makes of them; and what the examples carry, each of
        shape (batch,) or (batch, numbers).

        Raises:
            ValueError: the examples don't carry the same, or an input that is made of their tokens.
        """
        texts, carried = self._texts(batch), _carried(batch)
        if both := sorted(texts.keys() & carried.keys()):
            raise ValueError(f"an example can't carry {both[0]}: it is made of its tokens")
        return texts | carried

    def _texts(self, batch: Sequence[Encoded]) -> dict[str, torch.Tensor]:
        if not self.causal:
            tensors = self.sources([example.source for example in batch], [example.state for example in batch])
            return tensors | {"labels": _padded([example.target for example in batch], IGNORED, left=False)}
        tensors = self.sources([example.source + example.target for example in batch])
        labels = [(IGNORED,) * len(example.source) + example.target for example in batch]
        positions = (tensors["attention_mask"].cumsum(-1) - 1).clamp(min=0)
        return tensors | {"labels": _padded(labels, IGNORED, left=True), "position_ids": positions}

    def sources(
        self, sources: Sequence[Sequence[int]], states: Sequence[Sequence[int]] = ()
    ) -> dict[str, torch.Tensor]:
        """``input_ids`` and ``attention_mask``. The mask comes from the lengths: padding may be a real token's id.

        Where any of ``states`` is not empty, ``state_input_ids`` and ``state_attention_mask`` too: a row without a
        state has a mask of zeros.
        """
        ids, mask = self._rows(sources)
        tensors = {"input_ids": ids, "attention_mask": mask}
        if any(states):
            tensors["state_input_ids"], tensors["state_attention_mask"] = self._rows(states)
        return tensors

    def _rows(self, rows: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        mask = [[1] * len(row) for row in rows]
        return _padded(rows, self.pad, left=self.causal), _padded(mask, 0, left=self.causal)


def _carried(batch: Sequence[Encoded]) -> dict[str, torch.Tensor]:
    import torch

    names = batch[0].extra.keys()
    if any(example.extra.keys() != names for example in batch):
        raise ValueError("the examples of a batch don't all carry the same inputs")
    return {name: torch.tensor([example.extra[name] for example in batch]) for name in names}


def _padded(rows: Sequence[Sequence[int]], fill: int, left: bool) -> torch.Tensor:
    import torch

    width = max(len(row) for row in rows)
    gaps = ([fill] * (width - len(row)) for row in rows)
    return torch.tensor([[*gap, *row] if left else [*row, *gap] for row, gap in zip(rows, gaps, strict=True)])
