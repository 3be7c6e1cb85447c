from __future__ import annotations

import itertools
import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from todsum import stats

NAN = math.nan


def same(means):
    return dict(means)


def f1(means):
    """Not a plain mean: the harmonic mean of two columns' means."""
    return {"f1": 2 * means["p"] * means["r"] / (means["p"] + means["r"])}


def names(number: int) -> list[str]:
    return [f"g{i:03}" for i in range(number)]


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


def test_interval_of_a_difference_is_that_of_the_paired_differences():
    rng = np.random.default_rng(1)
    baseline = rng.random(80)
    system = baseline + rng.normal(0.05, 0.02, 80)
    found = stats.bootstrap_difference({"x": system}, {"x": baseline}, names(80), same, seed=4)["x"]
    paired = stats.bootstrap_interval({"x": system - baseline}, names(80), same, seed=4)["x"]
    assert tuple(found) == pytest.approx(tuple(paired), abs=1e-12)


def test_p_is_that_of_scipy_where_all_swaps_are_tried():
    rng = np.random.default_rng(7)
    system, baseline = rng.normal(0.6, 1, 9), rng.normal(0, 1, 9)
    found = stats.paired_randomisation_test({"x": system}, {"x": baseline}, names(9), same)["x"]
    other = scipy_stats.permutation_test((system - baseline,), np.mean, permutation_type="samples")
    assert found == pytest.approx(other.pvalue, abs=1e-12)


def test_p_by_group_is_that_of_scipy_on_the_groups_sums():
    rng = np.random.default_rng(8)
    groups = [name for name in names(8) for _ in range(5)]
    system, baseline = rng.normal(0.3, 1, 40), rng.normal(0, 1, 40)
    found = stats.paired_randomisation_test({"x": system}, {"x": baseline}, groups, same)["x"]
    sums = (system - baseline).reshape(8, 5).sum(axis=1)
    other = scipy_stats.permutation_test((sums,), np.mean, permutation_type="samples")
    assert found == pytest.approx(other.pvalue, abs=1e-12)


def test_p_of_a_combined_score_is_that_of_all_swaps_one_by_one():
    rng = np.random.default_rng(9)
    groups = ["a", "b", "b", "c", "d", "d", "e"]
    system = {name: rng.uniform(0.3, 1, 7) for name in "pr"}
    baseline = {name: rng.uniform(0.1, 0.9, 7) for name in "pr"}
    system["p"][2], baseline["r"][3] = NAN, NAN

    def difference(swapped):
        sides = []
        for one, other in ((system, baseline), (baseline, system)):
            rows = {name: [(other if g in swapped else one)[name][i] for i, g in enumerate(groups)] for name in "pr"}
            sides.append(f1({name: np.nanmean(values) for name, values in rows.items()})["f1"])
        return sides[0] - sides[1]

    every = [difference({g for g, swap in zip("abcde", ways, strict=True) if swap}) for ways in np.ndindex(*[2] * 5)]
    expected = np.mean([abs(value) >= abs(every[0]) - 1e-12 for value in every])
    assert stats.paired_randomisation_test(system, baseline, groups, f1)["f1"] == pytest.approx(expected)


def test_random_swaps_come_near_the_exact_p():
    rng = np.random.default_rng(2)
    system, baseline = {"x": rng.normal(0.5, 1, 12)}, {"x": rng.normal(0, 1, 12)}
    exact = stats.paired_randomisation_test(system, baseline, names(12), same, samples=4096)["x"]
    drawn = stats.paired_randomisation_test(system, baseline, names(12), same, samples=4095)["x"]
    assert 0.01 < exact < 0.9
    assert drawn == pytest.approx(exact, abs=0.03)
    assert drawn * 4096 == pytest.approx(round(drawn * 4096))  # (hits + 1) / (samples + 1)


def test_true_null_hypotheses_are_refused_as_often_as_promised():
    rng = np.random.default_rng(5)
    groups = [name for name in names(10) for _ in range(4)]
    refused = 0
    for _ in range(300):
        difference = np.repeat(rng.normal(0, 1, 10), 4) + rng.normal(0, 1, 40)
        p = stats.paired_randomisation_test({"x": difference}, {"x": np.zeros(40)}, groups, same, samples=1024)["x"]
        refused += p < 0.05
    assert refused / 300 < 0.09  # .05 and three standard errors


figures = st.lists(st.one_of(st.floats(0, 1), st.just(NAN)), min_size=2, max_size=30)


@settings(max_examples=60, deadline=None)
@given(st.data(), figures)
def test_what_holds_for_any_figures(data, mine):
    number = len(mine)
    other = data.draw(st.lists(st.floats(0, 1), min_size=number, max_size=number))
    groups = data.draw(st.lists(st.sampled_from("abcdef"), min_size=number, max_size=number))
    order = data.draw(st.permutations(range(number)))
    a, b = {"x": np.array(mine)}, {"x": np.array(other)}

    low, high = stats.bootstrap_interval(a, groups, same, resamples=60)["x"]
    defined = [x for x in mine if not math.isnan(x)]
    assert (math.isnan(low) and not defined) or min(defined) - 1e-9 <= low <= high <= max(defined) + 1e-9
    again = stats.bootstrap_interval(a, groups, same, resamples=60)["x"]
    shuffled = stats.bootstrap_interval({"x": a["x"][list(order)]}, [groups[i] for i in order], same, resamples=60)["x"]
    np.testing.assert_array_equal(again, (low, high))
    np.testing.assert_allclose(shuffled, (low, high), atol=1e-9)

    p = stats.paired_randomisation_test(a, b, groups, same, samples=100)["x"]
    assert math.isnan(p) if not defined else 0 < p <= 1
    assert stats.paired_randomisation_test(b, a, groups, same, samples=100)["x"] == pytest.approx(p, nan_ok=True)
    assert stats.paired_randomisation_test(b, b, groups, same)["x"] == 1


def test_seeds_are_averaged_per_example_and_spread_is_the_samples():
    runs = [{"x": np.array([0.1, NAN, NAN])}, {"x": np.array([0.3, 0.5, NAN])}]
    np.testing.assert_allclose(stats.mean_over_seeds(runs)["x"], [0.2, 0.5, NAN])
    scores = [0.31, 0.35, 0.30]
    assert stats.mean_and_deviation(scores) == pytest.approx((statistics.mean(scores), statistics.stdev(scores)))
    assert stats.mean_and_deviation([0.4]) == (0.4, None)
    assert stats.column_means({"x": np.array([0.1, NAN, 0.2])})["x"] == pytest.approx(0.15)


def test_draws_that_are_kept_are_those_that_are_made(monkeypatch):
    """The same intervals and p, to the last digit, whether draws are kept, used again, or made anew."""
    rng = np.random.default_rng(7)
    groups = [f"g{i % 40}" for i in range(120)]
    sides = [{name: rng.uniform(0, 1, 120) for name in "pr"} for _ in range(2)]
    sides[0]["p"][3] = NAN

    def both():
        found = stats.bootstrap_interval(sides[0], groups, f1), stats.paired_randomisation_test(*sides, groups, f1)
        return repr(found)

    kept, again = both(), both()
    monkeypatch.setattr(stats.resampling, "_KEPT", 0)
    assert kept == again == both()


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
    with pytest.raises(ValueError, match="same columns"):
        stats.paired_randomisation_test({"x": np.zeros(2)}, {"y": np.zeros(2)}, ["a", "b"], same)
