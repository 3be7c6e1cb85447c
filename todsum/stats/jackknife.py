"""Scores of all groups, and of all groups but one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from todsum.stats.columns import Array, Columns, Combine
from todsum.stats.totals import Totals


class Jackknife(NamedTuple):
    """One score of several runs.

    Attributes:
        scores: of all examples, shape (runs,).
        pulls: each group's pull on the score, shape (runs, groups): the score minus the one without the group, times
            (groups − 1). For a plain mean over groups of one size it is the group's mean minus the mean of all. With
            the score added, these are the pseudo-values of Tukey ("Bias and confidence in not quite large samples",
            1958; Efron and Stein, "The jackknife estimate of variance", 1981).
    """

    scores: Array
    pulls: Array


def jackknife(runs: Sequence[Columns], groups: Sequence[str], combine: Combine) -> dict[str, Jackknife]:
    """Leaves out each group of each run in turn; sums are subtracted, nothing is scored again.

    Args:
        runs: per-example figures of each run: the same columns, shape (examples,) each, examples in the same order.
        groups: the group of each example.
        combine: columns' means to scores; works element by element on arrays.

    Raises:
        ValueError: there is no run, the runs' columns differ, or lengths do.
    """
    if not runs or any(set(run) != set(runs[0]) for run in runs):
        raise ValueError("runs need the same columns, and there has to be one run or more")
    names = list(runs[0])
    figures: dict[str, list[Array]] = {name: [] for name in names}
    for run in runs:
        totals = Totals.of({name: run[name] for name in names}, groups)
        sums, counts = totals.sums.sum(axis=0), totals.counts.sum(axis=0)
        kept_counts = counts - totals.counts
        kept_sums = np.where(kept_counts > 0, sums - totals.sums, 0.0)
        means = totals.means(np.vstack([sums, kept_sums]), np.vstack([counts, kept_counts]))
        for name, values in means.items():
            figures[name].append(values)
    number = len(totals.sums)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = combine({name: np.concatenate(values) for name, values in figures.items()})
    scores = {}
    for name, values in found.items():
        by_run = np.asarray(values, dtype=np.float64).reshape(len(runs), number + 1)
        whole, without = by_run[:, 0], by_run[:, 1:]
        scores[name] = Jackknife(whole, (number - 1) * (whole[:, None] - without))
    return scores
