"""Krippendorff's alpha by its definition: every pair of ratings of every unit, one by one."""

from __future__ import annotations

import math
from collections.abc import Sequence


def slow_ordinal_alpha(ratings: Sequence[Sequence[float]]) -> float:
    """Alpha = 1 - D_o / D_e (Krippendorff 2011, sections A and D), with exact sums over pairs.

    Args:
        ratings: rows are raters, columns are units, nan where there is none.
    """
    units = [[value for value in unit if not math.isnan(value)] for unit in zip(*ratings, strict=True)]
    units = [unit for unit in units if len(unit) > 1]
    pooled = [value for unit in units for value in unit]
    counts = {value: pooled.count(value) for value in sorted(set(pooled))}

    def squared(one: float, other: float) -> float:
        low, high = sorted((one, other))
        between = sum(count for value, count in counts.items() if low <= value <= high)
        return (between - (counts[low] + counts[high]) / 2) ** 2

    observed = 0.0
    for unit in units:
        pairs = [(a, b) for i, a in enumerate(unit) for j, b in enumerate(unit) if i != j]
        observed += sum(squared(a, b) for a, b in pairs) / (len(unit) - 1)
    every = [(a, b) for i, a in enumerate(pooled) for j, b in enumerate(pooled) if i != j]
    expected = sum(squared(a, b) for a, b in every) / (len(pooled) - 1)
    return 1 - observed / expected
