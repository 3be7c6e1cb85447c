from __future__ import annotations

import math
import statistics

import numpy as np
import pytest

from todsum import stats


def test_means_leave_out_what_is_undefined():
    means = stats.column_means({"x": np.array([0.1, math.nan, 0.2]), "y": np.full(3, math.nan)})
    assert means["x"] == pytest.approx(0.15)
    assert math.isnan(means["y"])


def test_spread_over_seeds_is_the_sample_s():
    scores = [0.31, 0.35, 0.30]
    assert stats.mean_and_deviation(scores) == pytest.approx((statistics.mean(scores), statistics.stdev(scores)))
    assert stats.mean_and_deviation([0.4]) == (0.4, None)
