"""Per-example figures by name, and what is made of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Columns = Mapping[str, Array]
Combine = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def column_means(columns: Columns) -> dict[str, float]:
    """Plain means of the columns over the examples that have a figure; ``nan`` where none has."""
    means = {}
    for name, values in columns.items():
        defined = np.asarray(values, dtype=np.float64)
        defined = defined[~np.isnan(defined)]
        means[name] = math.fsum(defined) / len(defined) if len(defined) else math.nan
    return means


def mean_and_deviation(scores: Sequence[float]) -> tuple[float, float | None]:
    """Mean and sample standard deviation (n − 1) of a score over seeds; no deviation for one seed."""
    mean = math.fsum(scores) / len(scores)
    if len(scores) < 2:
        return mean, None
    return mean, math.sqrt(math.fsum((score - mean) ** 2 for score in scores) / (len(scores) - 1))
