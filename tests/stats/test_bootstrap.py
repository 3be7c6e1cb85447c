from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from tests.stats.made import f1, names, same
from todsum import stats

NAN = math.nan


def test_interval_is_that_of_scipy_where_groups_are_examples():
    figures = np.random.default_rng(3).beta(2, 5, 150)
    mine = stats.bootstrap_interval({"x": figures}, names(150), same, seed=1, resamples=20_000)["x"]
    other = scipy_stats.bootstrap((figures,), np.mean, method="percentile", n_resamples=20_000, random_state=2)
    error = figures.std() / math.sqrt(150)
    assert mine.low == pytest.approx(other.confidence_interval.low, abs=0.1 * error)
    assert mine.high == pytest.approx(other.confidence_interval.high, abs=0.1 * error)


def test_interval_is_that_of_all_resamples_of_few_groups():
    groups = ["a", "a", "b", "c", "c", "c", "d"]
    columns = {
        "p": np.array([0.2, NAN, 0.9, 0.4, 0.5, NAN, 0.3]),
        "r": np.array([0.1, 0.3, 0.7, NAN, 0.2, 0.6, 0.8]),
    }
    every = []
    for picks in itertools.product("abcd", repeat=4):
        rows = [row for pick in picks for row, group in enumerate(groups) if group == pick]
        every.append(f1({name: np.nanmean(figures[rows]) for name, figures in columns.items()})["f1"])
    found = stats.bootstrap_interval(columns, groups, f1, resamples=40_000, level=0.8)["f1"]
    assert tuple(found) == pytest.approx(np.quantile(every, [0.1, 0.9]), abs=0.01)


def test_intervals_cover_when_groups_hold_together_and_examples_do_not():
    rng, groups = np.random.default_rng(0), [name for name in names(25) for _ in range(6)]
    covered = {"groups": 0, "examples": 0}
    for seed in range(150):
        figures = np.repeat(rng.normal(0, 1, 25), 6) + rng.normal(0, 1, 150)
        for what, units in (("groups", groups), ("examples", names(150))):
            low, high = stats.bootstrap_interval({"x": figures}, units, same, seed=seed, resamples=300)["x"]
            covered[what] += low <= 0 <= high
    assert covered["groups"] / 150 > 0.87  # nominally .95
    assert covered["examples"] / 150 < 0.8


figures = st.lists(st.one_of(st.floats(0, 1), st.just(NAN)), min_size=2, max_size=30)


@settings(max_examples=60, deadline=None)
@given(st.data(), figures)
def test_what_holds_for_any_figures(data, mine):
    number = len(mine)
    groups = data.draw(st.lists(st.sampled_from("abcdef"), min_size=number, max_size=number))
    order = data.draw(st.permutations(range(number)))
    a = {"x": np.array(mine)}

    low, high = stats.bootstrap_interval(a, groups, same, resamples=60)["x"]
    defined = [x for x in mine if not math.isnan(x)]
    assert (math.isnan(low) and not defined) or min(defined) - 1e-9 <= low <= high <= max(defined) + 1e-9
    again = stats.bootstrap_interval(a, groups, same, resamples=60)["x"]
    shuffled = stats.bootstrap_interval({"x": a["x"][list(order)]}, [groups[i] for i in order], same, resamples=60)["x"]
    np.testing.assert_array_equal(again, (low, high))
    np.testing.assert_allclose(shuffled, (low, high), atol=1e-9)


def test_draws_that_are_kept_are_those_that_are_made(monkeypatch):
    """The same intervals, to the last digit, whether draws are kept, used again, or made anew."""
    rng = np.random.default_rng(7)
    groups = [f"g{i % 40}" for i in range(120)]
    columns = {name: rng.uniform(0, 1, 120) for name in "pr"}
    columns["p"][3] = NAN
    kept, again = (stats.bootstrap_interval(columns, groups, f1) for _ in range(2))
    monkeypatch.setattr(stats.bootstrap, "_KEPT", 0)
    assert kept == again == stats.bootstrap_interval(columns, groups, f1)


def test_a_score_that_is_sometimes_undefined_leaves_the_others_as_they_are():
    """Scores of one call have the interval that each has alone, where a column of one is undefined in some draws."""
    columns = {"x": np.array([NAN] * 11 + [0.5]), "y": np.linspace(0, 1, 12)}
    together = stats.bootstrap_interval(columns, names(12), same)
    for name, values in columns.items():
        assert together[name] == stats.bootstrap_interval({name: values}, names(12), same)[name]
    assert together["x"] == (0.5, 0.5)


def test_lengths_that_differ_are_refused():
    with pytest.raises(ValueError, match="one entry an example"):
        stats.bootstrap_interval({"x": np.zeros(3)}, ["a", "b"], same)
