from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.human.alpha import slow_ordinal_alpha
from todsum.human.evaluate import ordinal_alpha

_ = math.nan
#: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section E: four observers, twelve units; its ordinal
#: alpha is printed as 0.815.
PUBLISHED = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3],
    [_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _],
]


def test_the_published_example():
    alpha, reason = ordinal_alpha(np.array(PUBLISHED))
    assert (round(alpha, 3), reason) == (0.815, None)
    assert round(slow_ordinal_alpha(PUBLISHED), 3) == 0.815


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_it_is_what_the_definition_gives(data):
    raters, items = data.draw(st.integers(2, 5)), data.draw(st.integers(1, 12))
    cell = st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0, math.nan])
    ratings = [data.draw(st.lists(cell, min_size=items, max_size=items)) for _ in range(raters)]
    shared = [unit for unit in zip(*ratings, strict=True) if sum(not math.isnan(v) for v in unit) > 1]
    assume(len({v for unit in shared for v in unit if not math.isnan(v)}) > 1)
    alpha, reason = ordinal_alpha(np.array(ratings))
    assert reason is None
    assert alpha == pytest.approx(slow_ordinal_alpha(ratings), abs=1e-9)


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        ([[1, 2, 3]], "fewer than two raters"),
        ([[1, 2, 3], [_, _, _]], "fewer than two raters"),
        ([[1, _, 3], [_, 2, _]], "no item was rated twice"),
        ([[4, 4, 1], [4, 4, _]], "all ratings are the same"),
    ],
)
def test_where_it_is_undefined_there_is_a_reason(ratings, reason):
    assert ordinal_alpha(np.array(ratings, dtype=float)) == (None, reason)
