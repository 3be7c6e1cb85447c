"""Simulated data of a suite, made once and kept in the cache."""

from __future__ import annotations

import re
from pathlib import Path

from todsum.bench.suite import Simulate, read_suite
from todsum.data.lock import benchmarks_folder
from todsum.data.simulate import VERSION, simulate
from todsum.files.cache import cache_folder, made_once

_FOLDER = "simulated"
_NAME = re.compile(rf"v{VERSION}-(?P<dialogues>\d+)-(?P<meetings>\d+)-(?P<seed>\d+)")


def cached_simulation(wanted: Simulate) -> Path:
    """The data folder of a simulation.

    Raises:
        TodsumError: the cache can't be written, or the sizes are too small.
    """
    name = f"v{VERSION}-{wanted.dialogues}-{wanted.meetings}-{wanted.seed}"
    return made_once(
        cache_folder() / _FOLDER / name,
        lambda folder: simulate(folder, wanted.dialogues, wanted.seed, wanted.meetings),
    )


def known_simulations() -> tuple[Simulate, ...]:
    """Those that were made before and are in the cache, and those of the suites that come with the project."""
    found = []
    for folder in sorted((cache_folder() / _FOLDER).glob("*")):
        if match := _NAME.fullmatch(folder.name):
            found.append(Simulate(**{name: int(number) for name, number in match.groupdict().items()}))
    suites = (read_suite(path).simulate for path in sorted(benchmarks_folder().glob("*.yaml")))
    return tuple(dict.fromkeys([*found, *(simulate for simulate in suites if simulate)]))
