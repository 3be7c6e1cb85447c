"""Tests that were tried beside the chosen one. Each takes studies and gives whether it rejects at 5%."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from todsum.stats.jackknife import Jackknife

Array = np.ndarray[Any, np.dtype[Any]]
Test = Callable[[Jackknife, Jackknife, float], Array]

_SWAPS = 499
_DRAWS = 399


def randomisation(mine: Jackknife, other: Jackknife, gain: float) -> Array:
    """The suite's former test: figures averaged over seeds, dialogues' two sides swapped at random (Noreen 1989)."""
    differences = (mine.pulls.mean(axis=1) - other.pulls.mean(axis=1)).astype(np.float32)
    differences += (mine.scores.mean(axis=1) - other.scores.mean(axis=1) + gain)[:, None].astype(np.float32)
    number = differences.shape[1]
    if number < 10:
        signs = 1 - 2 * ((np.arange(1 << number)[:, None] >> np.arange(number)) & 1)
    else:
        signs = np.random.default_rng(0).choice([-1, 1], size=(_SWAPS + 1, number))
        signs[0] = 1
    sums = np.abs(differences @ signs.T.astype(np.float32))
    return np.asarray((sums >= sums[:, :1] * (1 - 1e-5)).mean(axis=1) < 0.05)


def pigeonhole(mine: Jackknife, other: Jackknife, gain: float) -> Array:
    """Two-way bootstrap: seeds of each method and groups are drawn anew, percentile interval (Owen, "The pigeonhole
    bootstrap", 2007)."""
    rng = np.random.default_rng(0)
    number = mine.pulls.shape[-1]
    groups = rng.multinomial(number, np.full(number, 1 / number), size=_DRAWS).astype(np.float32) / number
    drawn = np.full((len(mine.scores), _DRAWS), gain)
    for sign, side in ((1, mine), (-1, other)):
        runs = side.scores.shape[1]
        seeds = rng.multinomial(runs, np.full(runs, 1 / runs), size=_DRAWS) / runs
        figures = side.scores[..., None] + side.pulls @ groups.T
        drawn += sign * np.einsum("rsb,bs->rb", figures, seeds)
    low, high = np.quantile(drawn, [0.025, 0.975], axis=1)
    return np.asarray((low > 0) | (high < 0))


def welch(mine: Jackknife, other: Jackknife, gain: float) -> Array:
    """Welch's t-test over the seeds' scores alone."""
    parts = [(one.scores.var(axis=1, ddof=1) / one.scores.shape[1], one.scores.shape[1] - 1) for one in (mine, other)]
    variance = parts[0][0] + parts[1][0]
    df = variance**2 / sum(part**2 / df for part, df in parts)
    return _beyond(mine, other, gain, np.sqrt(variance), df)


def paired_seeds(mine: Jackknife, other: Jackknife, gain: float) -> Array:
    """A paired t-test over seeds, the first with the first and so on."""
    runs = mine.scores.shape[1]
    error = (mine.scores - other.scores).std(axis=1, ddof=1) / np.sqrt(runs)
    return _beyond(mine, other, gain, error, np.full(len(error), runs - 1.0))


def first_candidate(mine: Jackknife, other: Jackknife, gain: float) -> Array:
    """The first candidate: seeds + groups − both, not below either of the first two, and Satterthwaite's degrees of
    freedom of those two."""
    groups = _groups(mine, other)
    seeds = [(one.scores.var(axis=1, ddof=1) / one.scores.shape[1], one.scores.shape[1] - 1) for one in (mine, other)]
    trained = seeds[0][0] + seeds[1][0]
    variance = np.maximum(np.maximum(trained, groups), trained + groups - _both(mine) - _both(other))
    parts = [*seeds, (groups, mine.pulls.shape[-1] - 1)]
    return _beyond(mine, other, gain, np.sqrt(variance), variance**2 / sum(part**2 / df for part, df in parts))


def satterthwaite(mine: Jackknife, other: Jackknife, gain: float) -> Array:
    """The chosen variance with Satterthwaite's exponent of 2 throughout."""
    both, groups = _both(mine) + _both(other), _groups(mine, other)
    seeds = [(one.scores.var(axis=1, ddof=1) / one.scores.shape[1], one.scores.shape[1] - 1) for one in (mine, other)]
    trained, added = seeds[0][0] + seeds[1][0], np.maximum(groups - both, 0)
    variance = np.maximum(trained + added, both / 2)
    share = sum(part**2 / df for part, df in seeds) + groups * added / (mine.pulls.shape[-1] - 1)
    return _beyond(mine, other, gain, np.sqrt(variance), variance**2 / share)


def _groups(mine: Jackknife, other: Jackknife) -> Array:
    pull = mine.pulls.mean(axis=1) - other.pulls.mean(axis=1)
    return np.asarray(pull.var(axis=-1, ddof=1) / pull.shape[-1])


def _both(one: Jackknife) -> Array:
    runs, groups = one.pulls.shape[1:]
    left = one.pulls - one.pulls.mean(axis=1, keepdims=True)
    left -= left.mean(axis=2, keepdims=True)
    return np.asarray(np.square(left).sum(axis=(1, 2)) / ((runs - 1) * (groups - 1) * runs * groups))


def _beyond(mine: Jackknife, other: Jackknife, gain: float, error: Array, df: Array) -> Array:
    difference = mine.scores.mean(axis=1) - other.scores.mean(axis=1) + gain
    return np.asarray(np.abs(difference) > special.stdtrit(df, 0.975) * error)


RIVALS: dict[str, Test] = {
    "randomisation": randomisation,
    "pigeonhole": pigeonhole,
    "welch": welch,
    "paired_seeds": paired_seeds,
    "first_candidate": first_candidate,
    "satterthwaite": satterthwaite,
}
