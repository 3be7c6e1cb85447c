from __future__ import annotations

import math
from statistics import fmean, variance

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from tests.stats.made import f1, names, same
from todsum import stats

NAN = math.nan


def drawn(rng, runs: int, groups: int, seed: float, group: np.ndarray | float = 0.0) -> list[dict[str, np.ndarray]]:
    """Runs of a method: effects of seeds, of groups, and noise of both."""
    return [{"x": rng.normal(0, seed) + group + rng.normal(0, 1, groups)} for _ in range(runs)]


def slow_pulls(run, groups, combine, score):
    """Each group's pull on a score: the example rows are taken out and everything is summed up again."""
    whole = combine({name: np.nanmean(figures) for name, figures in run.items()})[score]
    units, pulls = sorted(set(groups)), []
    for unit in units:
        kept = [row for row, group in enumerate(groups) if group != unit]
        without = combine({name: np.nanmean(figures[kept]) for name, figures in run.items()})[score]
        pulls.append((len(units) - 1) * (whole - without))
    return whole, pulls


def slow(methods, groups, combine, score):
    """Estimate, standard error and df, from two-way tables written out."""
    estimate, seeds, by_df, both, per_group, residual_df = 0.0, 0.0, 0.0, 0.0, None, 0
    for sign, runs in zip((1, -1), methods, strict=False):
        tables = [slow_pulls(run, groups, combine, score) for run in runs]
        scores, table = [whole for whole, _ in tables], [pulls for _, pulls in tables]
        s, n = len(table), len(table[0])
        estimate += sign * fmean(scores)
        rows, columns = [fmean(row) for row in table], [fmean(row[g] for row in table) for g in range(n)]
        per_group = [(per_group[g] if per_group else 0.0) + sign * columns[g] for g in range(n)]
        if s > 1:
            part = variance(scores) / s
            seeds, by_df = seeds + part, by_df + part**2 / (s - 1)
            left = sum((table[i][g] - rows[i] - columns[g] + fmean(rows)) ** 2 for i in range(s) for g in range(n))
            both += left / ((s - 1) * (n - 1)) / (s * n)
            residual_df += (s - 1) * (n - 1)
    n = len(per_group)
    of_groups = variance(per_group) / n
    added = max(of_groups - both, 0)
    total = max(seeds + added, both / 2)
    welch = seeds**2 / by_df if seeds else math.inf
    lean = min(1, 4 / welch - 0.5)
    inverse = of_groups ** (1 - lean) * added ** (1 + lean) / total**2 / (n - 1)
    if seeds:
        inverse += (seeds / total) ** max(1, 2 - 1.25 / welch) / welch
    return estimate, math.sqrt(total), 1 / max(inverse, 1 / max(residual_df, n - 1))


def made(rng, runs, rows):
    """Runs with two columns, some figures undefined, alike enough for groups to count."""
    base = {name: rng.uniform(0.2, 0.8, rows) for name in "pr"}
    found = []
    for _ in range(runs):
        run = {name: np.clip(figures + rng.normal(0, 0.1, rows), 0, 1) for name, figures in base.items()}
        run["p"][rng.integers(rows)] = NAN
        found.append(run)
    return found


@pytest.mark.parametrize(("mine", "other"), [(3, 3), (2, 5), (1, 3), (1, 1)])
@pytest.mark.parametrize("number", [4, 11])
def test_a_difference_is_that_of_two_way_tables_written_out(mine, other, number):
    rng = np.random.default_rng(number + 7 * mine + other)
    groups = [f"g{place % number}" for place in range(4 * number + 3)]
    methods = made(rng, mine, len(groups)), made(rng, other, len(groups))
    found = stats.compare_runs(*methods, groups, f1)["f1"]
    difference, size, df = slow(methods, groups, f1, "f1")
    assert found.difference == pytest.approx(difference, abs=1e-12)
    assert found.df == pytest.approx(df)
    assert found.p == pytest.approx(2 * scipy_stats.t.sf(abs(difference) / size, df))
    assert tuple(found.interval) == pytest.approx(scipy_stats.t.interval(0.95, df, difference, size))


@pytest.mark.parametrize("runs", [1, 2, 4])
def test_an_interval_is_that_of_a_two_way_table_written_out(runs):
    rng = np.random.default_rng(runs)
    groups = [f"g{place % 9}" for place in range(31)]
    method = made(rng, runs, len(groups))
    mean, size, df = slow([method], groups, f1, "f1")
    found = stats.score_intervals(method, groups, f1, level=0.8)["f1"]
    assert tuple(found) == pytest.approx(scipy_stats.t.interval(0.8, df, mean, size))


def test_one_run_of_each_is_the_paired_t_test_over_groups():
    rng = np.random.default_rng(1)
    groups = [name for name in names(12) for _ in range(3)]
    system, baseline = rng.normal(0.3, 1, 36), rng.normal(0, 1, 36)
    found = stats.compare_runs([{"x": system}], [{"x": baseline}], groups, same)["x"]
    by_group = (system - baseline).reshape(12, 3).mean(axis=1)
    other = scipy_stats.ttest_1samp(by_group, 0)
    assert found.p == pytest.approx(other.pvalue)
    assert tuple(found.interval) == pytest.approx(tuple(other.confidence_interval()))
    assert found.df == pytest.approx(11)


def test_groups_that_all_gain_alike_leave_welch_s_test_over_seeds():
    rng = np.random.default_rng(2)
    dialogues = rng.normal(0, 1, 40)
    seeds = rng.normal(0.4, 0.3, 4), rng.normal(0, 1, 3)
    system, baseline = ([{"x": dialogues + seed} for seed in side] for side in seeds)
    found = stats.compare_runs(system, baseline, names(40), same)["x"]
    other = scipy_stats.ttest_ind(*seeds, equal_var=False)
    assert found.p == pytest.approx(other.pvalue)
    assert tuple(found.interval) == pytest.approx(tuple(other.confidence_interval()))
    assert found.df == pytest.approx(other.df)


def test_a_mean_of_two_test_sets_varies_as_each_does_alone():
    """Groups of one set have no pull on the other: the variances of the halves add up (for equal sets, exactly)."""
    rng = np.random.default_rng(3)
    halves = rng.normal(0, 1, 30), rng.normal(0, 5, 30)
    empty = np.full(30, NAN)
    columns = {"a": np.concatenate([halves[0], empty]), "b": np.concatenate([empty, halves[1]])}
    found = stats.score_intervals([columns], names(60), lambda means: {"mean": (means["a"] + means["b"]) / 2})["mean"]
    alone = sum(half.var(ddof=1) / 30 for half in halves) / 4
    size = math.sqrt(alone * (59 / 60) * (30 / 29))  # the jackknife's own correction, for 60 groups and for 30
    assert found.high - found.low == pytest.approx(2 * scipy_stats.t.ppf(0.975, 59) * size)


def test_scores_of_one_call_are_those_of_each_alone():
    rng = np.random.default_rng(4)
    sides = [[{name: rng.normal(0, 1, 20) for name in "xyz"} for _ in range(3)] for _ in range(2)]
    together = stats.compare_runs(*sides, names(20), same)
    for name in "xyz":
        alone = stats.compare_runs(*([{name: run[name]} for run in side] for side in sides), names(20), same)[name]
        assert together[name].p == pytest.approx(alone.p)
        assert tuple(together[name].interval) == pytest.approx(tuple(alone.interval))


def test_undefined_scores_have_no_test_and_leave_the_others_alone():
    rng = np.random.default_rng(5)
    runs = [{"x": rng.normal(0, 1, 8), "never": np.full(8, NAN), "once": np.r_[1.0, np.full(7, NAN)]} for _ in range(2)]
    baseline = [{name: figures + 0.1 for name, figures in run.items()} for run in runs]
    found, intervals = stats.compare_runs(runs, baseline, names(8), same), stats.score_intervals(runs, names(8), same)
    for name in ("never", "once"):  # "once": without its only group it is undefined
        assert math.isnan(found[name].p) and math.isnan(found[name].df)
        assert all(map(math.isnan, (*found[name].interval, *intervals[name])))
    assert 0 < found["x"].p < 1


def test_one_group_tells_nothing():
    one = [{"x": np.array([0.2, 0.4])}]
    found = stats.compare_runs(one, [{"x": np.array([0.3, 0.4])}], ["a", "a"], same)["x"]
    assert found.difference == pytest.approx(-0.05)
    assert all(map(math.isnan, (*found.interval, found.p, found.df)))
    assert all(map(math.isnan, stats.score_intervals(one, ["a", "a"], same)["x"]))
    assert stats.compare_runs(one, one, ["a", "a"], same)["x"].p == 1


def test_what_never_varies_is_sure():
    flat, higher = ([{"x": np.full(9, level)}] * 3 for level in (0.3, 0.4))
    alike, apart = (stats.compare_runs(side, flat, names(9), same)["x"] for side in (flat, higher))
    assert (alike.p, tuple(alike.interval)) == (1, (0, 0))
    assert (apart.p, tuple(apart.interval)) == (0, pytest.approx((0.1, 0.1)))
    assert tuple(stats.score_intervals(flat, names(9), same)["x"]) == pytest.approx((0.3, 0.3))


def test_seeds_with_one_score_but_other_outputs_are_not_taken_for_sure():
    """Equal scores of two seeds are chance: what they differ in dialogue by dialogue counts."""
    swing = np.array([0.1, -0.1] * 5)
    system = [{"x": 0.5 + swing}, {"x": 0.5 - swing}]
    found = stats.compare_runs(system, [{"x": np.full(10, 0.49)}], names(10), same)["x"]
    assert found.interval.low < 0 < found.interval.high
    assert found.p > 0.05


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="one entry an example"):
        stats.score_intervals([{"x": np.zeros(3)}], ["a", "b"], same)
    with pytest.raises(ValueError, match="same columns"):
        stats.compare_runs([{"x": np.zeros(2)}], [{"y": np.zeros(2)}], ["a", "b"], same)
    with pytest.raises(ValueError, match="same columns"):
        stats.score_intervals([{"x": np.zeros(2)}, {"y": np.zeros(2)}], ["a", "b"], same)
    with pytest.raises(ValueError, match="one run"):
        stats.score_intervals([], ["a", "b"], same)


def test_true_null_hypotheses_are_rejected_as_often_as_promised():
    """Three seeds and 35 groups; the test of these trained models alone rejects far more often."""
    rng = np.random.default_rng(6)
    rejected = {"method": 0, "models": 0}
    for _ in range(1000):
        shared = rng.normal(0, 2, 35)
        sides = [drawn(rng, 3, 35, 0.3, shared + rng.normal(0, 0.7, 35)) for _ in range(2)]
        means = [[{"x": np.mean([run["x"] for run in side], axis=0)}] for side in sides]
        rejected["method"] += stats.compare_runs(*sides, names(35), same)["x"].p < 0.05
        rejected["models"] += stats.compare_runs(*means, names(35), same)["x"].p < 0.05
    assert 0.025 < rejected["method"] / 1000 < 0.075  # 3% to 7%, less and more a standard error
    assert rejected["models"] / 1000 > 0.12


@st.composite
def two_methods(draw):
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    runs, number = draw(st.tuples(st.integers(1, 4), st.integers(1, 4))), draw(st.integers(2, 12))
    rows = draw(st.integers(number, 3 * number))
    groups = [f"g{place % number}" for place in range(rows)]
    spread = draw(st.sampled_from([0.0, 0.1, 1.0]))
    shared = rng.normal(0, draw(st.sampled_from([0.1, 1.0])), rows)
    sides = [
        drawn(rng, count, rows, spread, shared + rng.normal(0, 0.5, rows) + 0.3 * side)
        for side, count in enumerate(runs)
    ]
    return sides, groups, rng


@settings(max_examples=150, deadline=None)
@given(two_methods())
def test_what_holds_for_any_two_methods(made_up):
    (system, baseline), groups, rng = made_up
    found = stats.compare_runs(system, baseline, groups, same)["x"]
    assert 0 <= found.p <= 1
    assert found.df > 0
    assert found.interval.low <= found.difference <= found.interval.high
    if abs(found.p - 0.05) > 1e-9:
        assert (found.p < 0.05) == (not found.interval.low <= 0 <= found.interval.high)

    other = stats.compare_runs(baseline, system, groups, same)["x"]
    assert (other.difference, other.p, other.df) == pytest.approx((-found.difference, found.p, found.df))
    assert tuple(other.interval) == pytest.approx((-found.interval.high, -found.interval.low))

    order = rng.permutation(len(groups))
    new = dict(zip(sorted(set(groups)), rng.permutation(names(50)), strict=False))
    shuffled = [[{"x": side[run]["x"][order]} for run in rng.permutation(len(side))] for side in (system, baseline)]
    again = stats.compare_runs(*shuffled, [str(new[groups[place]]) for place in order], same)["x"]
    assert (again.difference, again.p, again.df, *again.interval) == pytest.approx(
        (found.difference, found.p, found.df, *found.interval)
    )

    moved = [[{"x": run["x"] + 0.7} for run in side] for side in (system, baseline)]
    shifted = stats.compare_runs(*moved, groups, same)["x"]
    assert (shifted.p, shifted.df, *shifted.interval) == pytest.approx((found.p, found.df, *found.interval), rel=1e-6)
    before, after = (stats.score_intervals(side, groups, same)["x"] for side in (system, moved[0]))
    assert tuple(after) == pytest.approx([end + 0.7 for end in before])
