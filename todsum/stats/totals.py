"""Sums and numbers of defined figures, group by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from todsum.stats.columns import Array, Columns


@dataclass(frozen=True)
class Totals:
    """Sums and numbers of defined figures: arrays of shape (groups, columns)."""

    names: tuple[str, ...]
    sums: Array
    counts: Array

    @classmethod
    def of(cls, columns: Columns, groups: Sequence[str]) -> Totals:
        """Adds up the figures of each group.

        Args:
            columns: per-example figures, shape (examples,) each.
            groups: the group of each example.

        Raises:
            ValueError: the lengths differ, or there is no example.
        """
        if not groups or not columns or any(len(values) != len(groups) for values in columns.values()):
            raise ValueError("columns and groups need one entry an example, and at least one example")
        index = _places(tuple(groups))
        values = np.column_stack([np.asarray(column, dtype=np.float64) for column in columns.values()])
        defined = ~np.isnan(values)
        shape = int(index.max()) + 1, values.shape[1]
        places = (index[:, None] * shape[1] + np.arange(shape[1])).ravel()
        sums = np.bincount(places, np.where(defined, values, 0.0).ravel(), shape[0] * shape[1]).reshape(shape)
        counts = np.bincount(places[defined.ravel()], minlength=shape[0] * shape[1]).reshape(shape)
        return cls(tuple(columns), sums.astype(np.float64), counts.astype(np.float64))

    def means(self, sums: Array, counts: Array) -> dict[str, Array]:
        """Columns' means of weighted totals; ``nan`` where nothing is defined."""
        with np.errstate(divide="ignore", invalid="ignore"):
            means = sums / counts
        return dict(zip(self.names, np.moveaxis(means, -1, 0), strict=True))

    def weighted_counts(self, weights: Array) -> Array:
        """``weights @ counts``; columns that are alike, as most are, are multiplied once. Exact: all are whole."""
        alike, place = np.unique(self.counts, axis=1, return_inverse=True)
        return (weights @ alike)[:, place.reshape(-1)]


@lru_cache(maxsize=64)
def _places(groups: tuple[str, ...]) -> NDArray[np.intp]:
    """Each example's place of its group among the sorted groups."""
    return np.unique(np.asarray(groups), return_inverse=True)[1].reshape(-1)
