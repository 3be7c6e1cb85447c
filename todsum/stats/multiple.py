"""Correction of p-values for their number."""

from __future__ import annotations

import math
from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Corrects p-values for their number by Holm's step-down procedure.

    The chance that any true null hypothesis is rejected at corrected p < .05 is at most 5%, however the tests depend on
    each other (Holm, "A simple sequentially rejective multiple test procedure", 1979).

    Returns:
        The corrected p-values, in the order given. ``nan`` stays ``nan`` and is not counted.
    """
    order = sorted((p, place) for place, p in enumerate(p_values) if not math.isnan(p))
    corrected, largest = [math.nan] * len(p_values), 0.0
    for rank, (p, place) in enumerate(order):
        largest = max(largest, min(1.0, p * (len(order) - rank)))
        corrected[place] = largest
    return corrected
