"""How far raters agree: Krippendorff's alpha for ordinal data."""

from __future__ import annotations

import krippendorff
import numpy as np
from numpy.typing import NDArray


def ordinal_alpha(ratings: NDArray[np.float64]) -> tuple[float | None, str | None]:
    """Krippendorff's alpha (Krippendorff 2011, *Computing Krippendorff's Alpha-Reliability*).

    Args:
        ratings: shape (raters, items); ``nan`` where a rater gave none.

    Returns:
        alpha and None, or None and why it is undefined.
    """
    if (~np.isnan(ratings)).any(axis=1).sum() < 2:
        return None, "fewer than two raters"
    shared = ratings[:, (~np.isnan(ratings)).sum(axis=0) >= 2]
    if not shared.size:
        return None, "no item was rated twice"
    if len(np.unique(shared[~np.isnan(shared)])) < 2:
        return None, "all ratings are the same"
    return float(krippendorff.alpha(reliability_data=shared, level_of_measurement="ordinal")), None
