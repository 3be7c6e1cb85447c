"""Writing files: a reader sees the old text or the new one, and errors name the file."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from todsum.errors import TodsumError
from todsum.files.plain import check_folder


def write_atomic(path: Path, content: str | bytes, lasting: bool = True) -> None:
    """Replaces a file as a whole: a reader sees the old content or the new one.

    The next write of the same file replaces what a killed process left of this one. A link stays a link.

    Args:
        path: of the file.
        content: all of it; text is written as UTF-8.
        lasting: whether that holds after a power cut, too, which takes the disk some milliseconds.

    Raises:
        OSError: there is no room, or no right to write; nothing is left behind, and the old file stays as it is.
    """
    target = Path(os.path.realpath(path)) if path.is_symlink() else path
    part = target.with_name(f".{target.name}.part")
    try:
        with part.open("wb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
            if lasting:
                stream.flush()
                os.fsync(stream.fileno())
        part.replace(target)
    except OSError as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        error.filename, error.filename2 = str(path), None
        raise


def check_writable(folder: Path) -> None:
    """Makes an output folder.

    Raises:
        TodsumError: it can't be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):  # has no name: nothing is left of it
            pass
    except OSError as error:
        raise unwritable(folder, error) from error


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Adds the file to errors of the system that name none, or that of a copy, such as the error of a full disk.

    Raises:
        OSError: as the block does.
    """
    try:
        yield
    except OSError as error:
        if (error.filename is None or error.filename2 is not None) and error.errno is not None:
            error.filename = str(path)
        raise


def unwritable(path: Path, error: OSError) -> TodsumError:
    """The error for a person: the file that can't be written, or else ``path``, and why; what stands in the way."""
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        try:
            check_folder(path)
        except TodsumError as other:
            return other
    return TodsumError(f"{_shown(error, path)}: can't write there: {error.strerror or error}")


def _shown(error: OSError, path: Path) -> object:
    return error.filename if isinstance(error.filename, str | Path) else path


def to_disk(path: Path) -> None:
    """Makes a file or folder survive a power cut.

    Raises:
        OSError: it can't be written, as on a full disk.
    """
    with naming(path):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
