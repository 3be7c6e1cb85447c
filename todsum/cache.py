"""What is downloaded, built or converted once is kept in one folder."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from todsum.errors import TodsumError


def cache_folder() -> Path:
    """Where downloads and built tables are kept: ``$TODSUM_CACHE``, or ``todsum`` in the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("TODSUM_CACHE") or Path(base) / "todsum")


def made_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """The folder, made where it is not there yet, and renamed into place when it is whole.

    Args:
        folder: within :func:`cache_folder`; named by all that decides what is in it.
        make: fills an empty folder.

    Raises:
        TodsumError: the folder can't be written.
    """
    if folder.exists():
        return folder
    part = folder.with_name(f"{folder.name}.{os.getpid()}.part")
    try:
        part.mkdir(parents=True)
        make(part)
        if not folder.exists():
            part.rename(folder)
    except OSError as error:
        raise TodsumError(f"{folder}: can't be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return folder
