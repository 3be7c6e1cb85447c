"""Files that a user names: regular files within a size, opened at once or refused."""

from __future__ import annotations

import os
import stat
from io import BufferedReader
from pathlib import Path

from todsum.errors import TodsumError

_KINDS = {
    stat.S_IFREG: "a file",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def path_of(text: str) -> Path:
    """The path that a text names; a leading ``~`` is the home folder.

    Raises:
        TodsumError: there is no such home folder, or the text is empty or can't be a path.
    """
    if "\0" in text:
        raise TodsumError(f"{text!r}: a path has no NUL")
    if not text.strip():
        raise TodsumError(f"{text!r}: an empty path; '.' is the current folder")
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise TodsumError(f"{text}: no such home folder; pass the whole path") from error


def check_folder(path: Path) -> None:
    """Refuses a path that can't be a folder, or become one.

    Raises:
        TodsumError: it, or a folder that it should be in, is something else.
    """
    for place in (path, *path.parents):
        try:
            found = place.stat()
        except OSError:
            continue
        if not stat.S_ISDIR(found.st_mode):
            what = path if place == path else f"{path}: {place}"
            raise TodsumError(f"{what}: is {_kind(found)}, not a folder: pass another one")
        return


def check_plain(path: Path, most: int | None = None) -> None:
    """Refuses what is no regular file, without opening it: a pipe would wait, a device never ends.

    Args:
        path: of the file; links are followed.
        most: how many bytes it may have; None for any number.

    Raises:
        TodsumError: it is missing, no regular file, or too large.
    """
    try:
        found = path.stat()
    except OSError as error:
        raise TodsumError(f"{path}: {error.strerror or error}") from error
    except ValueError as error:  # a NUL in the name
        raise TodsumError(f"{str(path)!r}: can't be the name of a file: {error}") from error
    if not stat.S_ISREG(found.st_mode):
        raise TodsumError(f"{path}: is {_kind(found)}, not a file")
    if most is not None and found.st_size > most:
        raise TodsumError(f"{path}: {found.st_size} bytes are more than the {most} that are allowed")


def open_plain(path: Path, most: int | None = None) -> BufferedReader:
    """Opens a regular file for reading.

    Raises:
        TodsumError: as :func:`check_plain`, or it can't be read.
    """
    check_plain(path, most)
    try:
        return open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK))
    except OSError as error:
        raise TodsumError(f"{path}: {error.strerror or error}") from error


def read_plain(path: Path, most: int) -> bytes:
    """The content of a regular file of at most so many bytes.

    Raises:
        TodsumError: as :func:`open_plain`.
    """
    with open_plain(path, most) as stream:
        try:
            content = stream.read(most + 1)
        except OSError as error:
            raise TodsumError(f"{path}: can't be read: {error.strerror or error}") from error
    if len(content) > most:  # it grows, or does not tell its size
        raise TodsumError(f"{path}: more than the {most} bytes that are allowed")
    return content


def _kind(found: os.stat_result) -> str:
    return _KINDS.get(stat.S_IFMT(found.st_mode), "something else")
