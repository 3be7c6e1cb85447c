"""What is downloaded, built or converted once is kept in one folder."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from todsum.errors import TodsumError
from todsum.files.locks import held
from todsum.files.plain import path_of


def cache_folder() -> Path:
    """Where downloads and built tables are kept: ``$TODSUM_CACHE``, or ``todsum`` in the user's cache folder.

    Raises:
        TodsumError: the user has no home folder.
    """
    if named := os.environ.get("TODSUM_CACHE"):
        return Path(named)
    return path_of(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "todsum"


def unwritable_cache(path: Path, error: OSError) -> TodsumError:
    """The error for a person: the file of the cache that can't be written, or else ``path``, why, and what mends it."""
    reason = error.strerror or error
    return TodsumError(f"{error.filename or path}: can't be written: {reason}; set TODSUM_CACHE to another folder")


def made_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """The folder, made where it is not there yet, and renamed into place when it is whole.

    Waits while another process makes it. What a killed process left of it is removed.

    Args:
        folder: within :func:`cache_folder`; named by all that decides what is in it.
        make: fills an empty folder.

    Raises:
        TodsumError: the folder can't be written.
    """

    def fill(part: Path) -> None:
        part.mkdir()
        make(part)

    return file_made_once(folder, fill)


def file_made_once(path: Path, make: Callable[[Path], object]) -> Path:
    """The file, as :func:`made_once` has it of a folder; ``make`` writes it at the path that it is given.

    Raises:
        TodsumError: the file can't be written.
    """
    part, lock = path.with_name(f".{path.name}.part"), path.with_name(f".{path.name}.lock")
    try:
        if path.exists() and not lock.exists():
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        with held(lock, time.sleep):
            try:
                _remove(part)
                if not path.exists():
                    make(part)
                    if not path.exists():
                        part.rename(path)
            finally:
                _remove(part)
                lock.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable_cache(path, error) from error
    return path


def _remove(path: Path) -> None:
    shutil.rmtree(path, ignore_errors=True)
    path.unlink(missing_ok=True)
