"""Intervals and tests over training runs and groups at once.

The statement is about the method: about what other seeds would train and other dialogues (meetings) would show. A mean
score, or the difference of two, is divided by its standard error (:mod:`todsum.stats.error`) and referred to Student's
t; interval and p come from this one statistic. With one run the statement is about this trained model.

``benchmarks/statistics`` measures how often intervals and tests err, beside others that were tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import special

from todsum.stats.columns import Array, Columns, Combine
from todsum.stats.error import ROUNDING, standard_error
from todsum.stats.jackknife import Jackknife, jackknife

Mask = NDArray[np.bool_]

_LEVEL = 0.95


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


def score_intervals(
    runs: Sequence[Columns], groups: Sequence[str], combine: Combine, *, level: float = _LEVEL
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

    Raises:
        ValueError: there is no run, or runs and groups do not fit each other.
    """
    names, scores = jackknife(runs, groups, combine)
    size, df = standard_error([scores])
    return dict(zip(names, _intervals(scores.scores.mean(axis=-1), size, df, level), strict=True))


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
        With one group only, interval and df are ``nan``, and p is, too, unless the scores are equal: then it is 1.
        Where nothing varies, p is 1 for equal scores and 0 for others, and both ends are the difference.

    Raises:
        ValueError: the two have other columns, there is no run, or runs and groups do not fit each other.
    """
    if not system or not baseline or set(system[0]) != set(baseline[0]):
        raise ValueError("a paired test needs the same columns of both systems, and at least one run of each")
    names, mine = jackknife(system, groups, combine)
    _, other = jackknife(baseline, groups, combine)
    difference = mine.scores.mean(axis=-1) - other.scores.mean(axis=-1)
    size, df = standard_error([mine, other])
    intervals = _intervals(difference, size, df, _LEVEL)
    p = _p_values(difference, size, df, _equal(difference, mine, other))
    found = zip(names, difference.tolist(), intervals, p.tolist(), df.tolist(), strict=True)
    return {name: Test(*figures) for name, *figures in found}


def _p_values(difference: Array, size: Array, df: Array, equal: Mask) -> Array:
    """Two-sided p of differences with standard errors of ``size``; all arrays of one shape."""
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * special.stdtr(df, -np.abs(difference) / size)
    return np.where(equal & ~(size > 0), 1.0, np.where(size == 0, 0.0, p))


def _equal(difference: Array, mine: Jackknife, other: Jackknife) -> Mask:
    """Differences that are none but for rounding."""
    largest = np.maximum(np.abs(mine.scores).max(axis=-1), np.abs(other.scores).max(axis=-1))
    return np.asarray(np.abs(difference) <= ROUNDING * largest)


def _intervals(centres: Array, size: Array, df: Array, level: float) -> list[Interval]:
    with np.errstate(invalid="ignore"):
        reach = np.where(size == 0, 0.0, special.stdtrit(df, (1 + level) / 2) * size)
    return [
        Interval(low, high) for low, high in zip((centres - reach).tolist(), (centres + reach).tolist(), strict=True)
    ]
