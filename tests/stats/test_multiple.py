from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todsum.stats import holm

NAN = math.nan


def rejected(p_values: list[float], level: float) -> set[int]:
    """Holm's own procedure: from the smallest p on, until one is above level / (number that is left)."""
    left = {place: p for place, p in enumerate(p_values) if not math.isnan(p)}
    found = set()
    while left:
        place = min(left, key=lambda at: left[at])
        if left[place] > level / len(left):
            break
        found.add(place)
        del left[place]
    return found


def test_published_example():
    """Wright, "Adjusted p-values for simultaneous inference" (1992): .01, .04, .03, .005 with four tests."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_undefined_p_values_stay_and_are_not_counted():
    corrected = holm([NAN, 0.02, NAN, 0.03])
    assert math.isnan(corrected[0]) and math.isnan(corrected[2])
    assert [corrected[1], corrected[3]] == holm([0.02, 0.03]) == pytest.approx([0.04, 0.04])
    assert holm([]) == []


@given(st.lists(st.one_of(st.floats(0, 1), st.just(NAN)), max_size=12), st.floats(0.001, 0.999))
def test_corrected_p_is_below_a_level_exactly_where_the_procedure_rejects_at_it(p_values, level):
    corrected = holm(p_values)
    if any(abs(p - level) < 1e-9 for p in corrected):
        return
    assert {place for place, p in enumerate(corrected) if p <= level} == rejected(p_values, level)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_correction_never_lowers_and_keeps_the_order(p_values):
    corrected = holm(p_values)
    assert all(p <= after <= 1 for p, after in zip(p_values, corrected, strict=True))
    order = sorted(range(len(p_values)), key=lambda at: p_values[at])
    assert [corrected[at] for at in order] == sorted(corrected)
