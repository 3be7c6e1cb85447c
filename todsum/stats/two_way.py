"""Intervals and tests over training runs and groups at once.

A score varies for two reasons: another seed trains another model, and other dialogues would have been tested. Seeds are
nested in the method; groups (dialogues, meetings) are crossed with all runs. With S runs of a method and n groups, the
variance of the mean score, or of the difference of two, is estimated as

    V = seeds + groups − both

- *seeds*: the variance of the runs' scores, over S; of a difference, the sum of both methods'.
- *groups*: the variance over groups of the pull (:mod:`todsum.stats.jackknife`) averaged over runs, or of the
  difference of two methods' pulls, over n.
- *both*: the variance of what is left of the pulls, over S n. It is in each of the other two, so once too often.

These are the mean squares of a two-way layout, as in studies of several readers and cases (Obuchowski and Rockette,
"Hypothesis testing of diagnostic accuracy for multiple readers and multiple tests: an ANOVA approach with dependent
observations", 1995) and in two-way clustering (Cameron, Gelbach and Miller, "Robust inference with multiway
clustering", 2011). Score over the square root of V is referred to Student's t, with Satterthwaite's degrees of freedom
("An approximate distribution of estimates of variance components", 1946).

With one run of a method there is no variance of seeds to see: the statement is about this trained model.
``benchmarks/statistics`` measures how often the tests err.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from scipy import special

from todsum.stats.columns import Array, Columns, Combine
from todsum.stats.jackknife import Jackknife, jackknife

_ROUNDING = 1e-12  # standard errors below this share of the scores are what rounding adds to none


class Interval(NamedTuple):
    """The ends of an interval."""

    low: float
    high: float


@dataclass(frozen=True)
class Test:
    """A difference of two methods, in the scores' own unit.

    Attributes:
        difference: of the means over runs.
        interval: 95%; excludes 0 exactly where p is below .05.
        p: two-sided, of no difference between the methods.
        df: degrees of freedom.
    """

    __test__: ClassVar[bool] = False  # a name for people, not for pytest

    difference: float
    interval: Interval
    p: float
    df: float


class _Error(NamedTuple):
    """A standard error and its degrees of freedom."""

    size: float
    df: float


def score_intervals(
    runs: Sequence[Columns], groups: Sequence[str], combine: Combine, *, level: float = 0.95
) -> dict[str, Interval]:
    """Intervals of a method's scores, averaged over its runs.

    Args:
        runs: per-example figures of each run (one a seed): the same columns, examples in the same order.
        groups: the group of each example.
        combine: columns' means to scores; works element by element on arrays.
        level: how much the interval should cover.

    Returns:
        An interval for each score; ``nan`` ends where there is one group only, or where the score is undefined for a
        run, with all groups or without one of them. Where nothing varies, both ends are the score.
    """
    found = {}
    for name, score in jackknife(runs, groups, combine).items():
        found[name] = _interval(float(score.scores.mean()), _error([score]), level)
    return found


def compare_runs(
    system: Sequence[Columns], baseline: Sequence[Columns], groups: Sequence[str], combine: Combine
) -> dict[str, Test]:
    """Tests two methods against each other on the same examples.

    Args:
        system, baseline: per-example figures of each run of the two, as many runs as each has; one run stands for
            itself alone.
        groups: the group of each example.
        combine: columns' means to scores; works element by element on arrays.

    Returns:
        A test for each score; ``nan`` where the score is undefined for a run, with all groups or without one of them.
        With one group only, interval and df are ``nan``, and p is, too, unless all scores are equal: then it is 1.
        Where nothing varies, p is 1 for equal scores and 0 for others, and both ends are the difference.
    """
    if {*system[0]} != {*baseline[0]}:
        raise ValueError("a paired test needs the same columns of both systems")
    mine, other = jackknife(system, groups, combine), jackknife(baseline, groups, combine)
    return {name: _test(mine[name], other[name]) for name in mine}


def _test(mine: Jackknife, other: Jackknife) -> Test:
    error = _error([mine, other])
    difference = float(mine.scores.mean() - other.scores.mean())
    equal = abs(difference) <= _ROUNDING * max(np.abs(mine.scores).max(), np.abs(other.scores).max())
    if equal and (error.size == 0 or len(mine.pulls[0]) < 2):
        p = 1.0
    elif error.size == 0:
        p = 0.0
    else:
        p = float(2 * special.stdtr(error.df, -abs(difference) / error.size))
    return Test(difference, _interval(difference, error, 0.95), p, error.df)


def _interval(centre: float, error: _Error, level: float) -> Interval:
    if error.size == 0:
        return Interval(centre, centre)
    reach = float(special.stdtrit(error.df, (1 + level) / 2)) * error.size
    return Interval(centre - reach, centre + reach)


def _error(methods: Sequence[Jackknife]) -> _Error:
    """Standard error of one method's score, or of the difference of two."""
    number = methods[0].pulls.shape[1]
    if number < 2 or any(np.isnan(one.pulls).any() for one in methods):
        return _Error(math.nan, math.nan)
    means = [one.pulls.mean(axis=0) for one in methods]
    pull = means[0] - means[1] if len(means) == 2 else means[0]
    groups = float(pull.var(ddof=1)) / number
    seeds = [(_seeds(one.scores), len(one.scores) - 1) for one in methods if len(one.scores) > 1]
    both = math.fsum(_both(one.pulls) for one in methods)
    trained = math.fsum(part for part, _ in seeds)
    variance = max(trained + groups - both, trained, groups)
    largest = max(float(np.abs(one.scores).max()) for one in methods)
    if variance <= (_ROUNDING * largest) ** 2:
        return _Error(0.0, number - 1)
    parts = [*seeds, (groups, number - 1)]
    return _Error(math.sqrt(variance), variance**2 / math.fsum(part**2 / df for part, df in parts))


def _seeds(scores: Array) -> float:
    """Variance of the mean of the runs' scores, as the runs differ."""
    return float(scores.var(ddof=1) / len(scores))


def _both(pulls: Array) -> float:
    """Variance of the mean that comes of runs and groups together."""
    runs, groups = pulls.shape
    if runs < 2:
        return 0.0
    left = pulls - pulls.mean(axis=0) - pulls.mean(axis=1, keepdims=True) + pulls.mean()
    return float((left**2).sum() / ((runs - 1) * (groups - 1) * runs * groups))
