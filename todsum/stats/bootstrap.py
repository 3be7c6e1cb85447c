"""Bootstrap intervals: whole groups are drawn with replacement, and the stored figures summed up again."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from todsum.stats.columns import Array, Columns, Combine
from todsum.stats.totals import Totals
from todsum.stats.two_way import Interval

RESAMPLES = 1000
_CHUNK = 1 << 21  # entries of one weight matrix (resamples × groups): 16 MB
_KEPT = 1 << 24  # bytes of four matrices of weights, which are kept for the next call


def bootstrap_interval(
    columns: Columns,
    groups: Sequence[str],
    combine: Combine,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
    level: float = 0.95,
) -> dict[str, Interval]:
    """Percentile intervals of scores, resampling groups with replacement.

    Where there are few groups the intervals are too narrow, as percentile intervals are: measured on normal data, a
    nominal 95% covers 86% for 6 groups, 92% for 10 and 94% for 100.

    Args:
        columns: per-example figures, shape (examples,) each.
        groups: the group of each example.
        combine: columns' means to scores.
        seed: seeds the draws; the same seed and groups draw the same resamples whatever the columns.
        resamples: how many.
        level: how much the interval should cover.

    Returns:
        An interval for each score; ``nan`` ends where a score is undefined. Resamples in which a score is undefined are
        left out of its interval.
    """
    totals = Totals.of(columns, groups)
    number = len(totals.sums)
    drawn: dict[str, list[Array]] = {}
    for weights in _weights(number, resamples, seed):
        size = len(weights)
        for name, scores in combine(totals.means(weights @ totals.sums, totals.weighted_counts(weights))).items():
            drawn.setdefault(name, []).append(np.broadcast_to(scores, size))
    tail = (1 - level) / 2
    return dict(zip(drawn, _percentiles([np.concatenate(scores) for scores in drawn.values()], tail), strict=True))


def _percentiles(scores: Sequence[Array], tail: float) -> list[Interval]:
    """The interval of each score's draws, in one sort where all are defined."""
    if not scores or np.isnan(drawn := np.stack(scores)).any():
        return [_percentile(score, tail) for score in scores]
    return [Interval(float(low), float(high)) for low, high in np.quantile(drawn, [tail, 1 - tail], axis=1).T]


def _percentile(scores: Array, tail: float) -> Interval:
    defined = scores[~np.isnan(scores)]
    if not len(defined):
        return Interval(math.nan, math.nan)
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Interval(float(low), float(high))


def _chunks(total: int, width: int) -> Iterator[int]:
    step = max(1, _CHUNK // max(1, width))
    for start in range(0, total, step):
        yield min(step, total - start)


def _weights(number: int, resamples: int, seed: int) -> Iterator[Array]:
    """How often each of ``number`` groups is drawn, in each resample; a chunk of resamples at once."""
    few = 16 * number * resamples <= _KEPT
    return (drawn.astype(np.float64) for drawn in (_kept_weights if few else _draw_weights)(number, resamples, seed))


def _draw_weights(number: int, resamples: int, seed: int) -> Iterator[NDArray[np.intp]]:
    rng = np.random.default_rng(seed)
    for size in _chunks(resamples, number):
        picks = rng.integers(number, size=(size, number)) + number * np.arange(size)[:, None]
        yield np.bincount(picks.ravel(), minlength=size * number).reshape(size, number)


@lru_cache(maxsize=16)
def _kept_weights(number: int, resamples: int, seed: int) -> tuple[NDArray[np.int32], ...]:
    """The same: intervals in a table are mostly of the same numbers of groups."""
    return tuple(drawn.astype(np.int32) for drawn in _draw_weights(number, resamples, seed))
