"""Simulated data of a suite, made once and kept in the cache."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from todsum.bench.suite import Simulate
from todsum.data.simulate import VERSION, simulate
from todsum.data.sources import cache_folder
from todsum.errors import TodsumError


def cached_simulation(wanted: Simulate) -> Path:
    """The data folder of a simulation, renamed into place when it is whole.

    Raises:
        TodsumError: the cache can't be written, or the sizes are too small.
    """
    name = f"v{VERSION}-{wanted.dialogues}-{wanted.meetings}-{wanted.seed}"
    folder = cache_folder() / "simulated" / name
    if folder.exists():
        return folder
    part = folder.with_name(f"{name}.{os.getpid()}.part")
    try:
        part.mkdir(parents=True)
        simulate(part, wanted.dialogues, wanted.seed, wanted.meetings)
        if not folder.exists():
            part.rename(folder)
    except OSError as error:
        raise TodsumError(f"{folder}: can't write simulated data there: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder
