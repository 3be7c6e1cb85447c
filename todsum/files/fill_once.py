"""Folders that are filled once: the same command again finds its output there, anything else is refused."""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from todsum.errors import TodsumError
from todsum.files.folders import filling, foreign_entries


def fill_once(out: Path, fill: Callable[[Path], object], refusal: str) -> bool:
    """Fills a new or empty folder; a complete output of the same content is left as it is.

    Args:
        out: the output folder, made where there is none.
        fill: writes the files into the folder that it is given.
        refusal: the error's message where something else is in ``out``.

    Returns:
        whether anything was written; False where all was there already.

    Raises:
        TodsumError: there is something else, or as :func:`filling`.
    """
    if os.path.lexists(out) and not out.is_dir():
        raise TodsumError(refusal)
    with filling(out) as new:
        fill(new)
        there = bool(foreign_entries(out))
        if there:
            if not same_files(new, out):
                raise TodsumError(refusal)
            shutil.rmtree(new)
            new.mkdir()
    return not there


def same_files(one: Path, other: Path) -> bool:
    """Tells whether two folders hold the same files and folders, what writes into them aside.

    Raises:
        OSError: a file can't be read.
    """
    names = foreign_entries(one)
    if names != foreign_entries(other):
        return False
    return all(_same(one / name, other / name) for name in names)


def _same(one: Path, other: Path) -> bool:
    if one.is_dir() or other.is_dir():
        return one.is_dir() and other.is_dir() and same_files(one, other)
    return other.is_file() and filecmp.cmp(one, other, shallow=False)
