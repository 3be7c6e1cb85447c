"""How often the tests err, in one world and one size of study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from rivals import RIVALS
from scipy import special
from worlds import Drawn, World, jackknifed

from todsum.stats.error import standard_error
from todsum.stats.jackknife import Jackknife

SEEDS, GROUPS = (3, 5, 10), (6, 35, 200, 999)
GAIN = 3  # true standard errors: a test that knew them would find such a difference in 85% of studies
_CHUNK = 2_000_000  # figures drawn at once

Array = np.ndarray[Any, np.dtype[Any]]


def rates(
    world: World, runs: tuple[int, int], groups: int, replications: int, seed: int, rivals: Sequence[str]
) -> dict[str, float]:
    """Shares of studies, in percent.

    Args:
        world: where studies are drawn from.
        runs: of each of the two methods.
        groups: how many.
        replications: studies; with fewer groups than 200, which take less time, up to five times as many.
        seed: of the draws.
        rivals: tests to try beside the chosen one, by their names in ``rivals``.

    Returns:
        ``error``: studies in which the chosen test finds a difference where there is none; ``covers``: in which the
        first method's interval has its true mean in it; ``power``: in which a difference of ``GAIN`` true standard
        errors is found; ``error`` and ``power`` of each rival.
    """
    rng = np.random.default_rng([seed, *runs, groups])
    gain = GAIN * world.error(runs, groups)
    found: dict[str, list[Array]] = {}
    left, size = replications * min(5, max(1, 200 // groups)), max(1, _CHUNK // (sum(runs) * groups))
    while left > 0:
        drawn = world.draw(rng, min(size, left), runs, groups)
        for name, hits in _hits(drawn, gain, rivals).items():
            found.setdefault(name, []).append(hits)
        left -= size
    return {name: round(100 * float(np.concatenate(hits).mean()), 2) for name, hits in found.items()}


def _hits(drawn: Drawn, gain: float, rivals: Sequence[str]) -> dict[str, Array]:
    mine, other = (jackknifed(side, drawn.sizes) for side in (drawn.mine, drawn.other))
    difference = mine.scores.mean(axis=1) - other.scores.mean(axis=1)
    reach = _reach([mine, other])
    hits = {
        "error": np.abs(difference) > reach,
        "covers": np.abs(mine.scores.mean(axis=1)) <= _reach([mine]),
        "power": np.abs(difference + gain) > reach,
    }
    for name in rivals:
        hits[f"{name} error"] = RIVALS[name](mine, other, 0.0)
        hits[f"{name} power"] = RIVALS[name](mine, other, gain)
    return hits


def _reach(methods: Sequence[Jackknife]) -> Array:
    """Half the width of the 95% interval."""
    size, df = standard_error(methods)
    return np.asarray(special.stdtrit(df, 0.975) * size)
