"""Scores of all groups, and of all groups but one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from todsum.stats.columns import Array, Columns, Combine
from todsum.stats.totals import Totals


class Jackknife(NamedTuple):
    """Scores of several runs of a method; leading axes as there are scores.

    Attributes:
        scores: of all examples, shape (…, runs).
        pulls: each group's pull on the score, shape (…, runs, groups): the score minus the one without the group, times
            (groups − 1). For a plain mean over groups of one size it is the group's mean minus the mean of all. With
            the score added, these are the pseudo-values of Tukey ("Bias and confidence in not quite large samples",
            1958; Efron and Stein, "The jackknife estimate of variance", 1981).
    """

    scores: Array
    pulls: Array


def jackknife(runs: Sequence[Columns], groups: Sequence[str], combine: Combine) -> tuple[list[str], Jackknife]:
    """Leaves out each group of each run in turn; sums are subtracted, nothing is scored again.

    Args:
        runs: per-example figures of each run: the same columns, shape (examples,) each, examples in the same order.
        groups: the group of each example.
        combine: columns' means to scores; works element by element on arrays.

    Returns:
        The scores' names, and the scores and pulls, shapes (scores, runs) and (scores, runs, groups).

    Raises:
        ValueError: there is no run, the runs' columns differ, or lengths do.
    """
    if not runs or any(set(run) != set(runs[0]) for run in runs):
        raise ValueError("runs need the same columns, and there has to be one run or more")
    figures: dict[str, list[Array]] = {name: [] for name in runs[0]}
    for run in runs:
        for name, values in _left_out({name: run[name] for name in figures}, groups).items():
            figures[name].append(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = combine({name: np.concatenate(values) for name, values in figures.items()})
    every = np.array([np.asarray(values, dtype=np.float64) for values in found.values()])
    every = every.reshape(len(found), len(runs), -1)
    whole, without = every[..., 0], every[..., 1:]
    return list(found), Jackknife(whole, (without.shape[-1] - 1) * (whole[..., None] - without))


def _left_out(columns: Columns, groups: Sequence[str]) -> dict[str, Array]:
    """Columns' means over all groups, then without each."""
    totals = Totals.of(columns, groups)
    sums, counts = totals.sums.sum(axis=0), totals.counts.sum(axis=0)
    kept_counts = counts - totals.counts
    kept_sums = np.where(kept_counts > 0, sums - totals.sums, 0.0)
    return totals.means(np.vstack([sums, kept_sums]), np.vstack([counts, kept_counts]))
