"""Simulated data of a suite, made once and kept in the cache."""

from __future__ import annotations

from pathlib import Path

from todsum.bench.suite import Simulate
from todsum.cache import cache_folder, made_once
from todsum.data.simulate import VERSION, simulate


def cached_simulation(wanted: Simulate) -> Path:
    """The data folder of a simulation.

    Raises:
        TodsumError: the cache can't be written, or the sizes are too small.
    """
    name = f"v{VERSION}-{wanted.dialogues}-{wanted.meetings}-{wanted.seed}"
    return made_once(
        cache_folder() / "simulated" / name,
        lambda folder: simulate(folder, wanted.dialogues, wanted.seed, wanted.meetings),
    )
