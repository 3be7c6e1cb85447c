"""Zip archives of strangers: what is no plain archive of text files, or unpacks to far more than text, is refused."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path, PurePosixPath

from todsum.errors import TodsumError
from todsum.files.packed import check_ratio
from todsum.files.plain import open_plain

MAX_UNPACKED = 16 << 30
"""Bytes of all members. A published file has at most a few MB, a simulated one a few GB."""
MAX_DIRECTORY = 1 << 24
"""Bytes of the list of members, which is held as a whole: some hundred thousand names."""
_PACKED_AS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class _Archive(io.BufferedReader):
    """Refuses to read a list of members that is too long, which the library reads at once when it opens an archive."""

    opening = True

    def read(self, size: int | None = -1, /) -> bytes:
        """So many bytes."""
        if self.opening and size is not None and size > MAX_DIRECTORY:
            raise zipfile.BadZipFile("it has too many members")
        return super().read(size)


def open_zip(path: Path) -> zipfile.ZipFile:
    """An archive whose members can be read within bounds; it reads each as long as the list of members says at most.

    Raises:
        TodsumError: no regular file, no zip, too many members, a member that leads out of the archive, that is
            encrypted or packed otherwise than by deflate, or members that unpack to far more than text does.
    """
    stream = _Archive(open_plain(path).detach())
    try:
        archive = zipfile.ZipFile(stream)
    except Exception as error:  # whatever the library makes of a damaged file
        stream.close()
        raise TodsumError(f"{path}: not a readable zip: {error}") from error
    stream.opening = False
    try:
        _check(archive, path)
    except TodsumError:
        stream.close()
        raise
    return archive


def _check(archive: zipfile.ZipFile, path: Path) -> None:
    for member in archive.infolist():
        place = PurePosixPath(member.filename.replace("\\", "/"))
        if place.is_absolute() or ".." in place.parts:
            raise TodsumError(f"{path}: {member.filename[:80]}: leads out of the archive")
        if member.flag_bits & 1:
            raise TodsumError(f"{path}: {member.filename[:80]}: is encrypted: unpack it and pass the folder")
        if member.compress_type not in _PACKED_AS:
            raise TodsumError(f"{path}: {member.filename[:80]}: is not packed by deflate: unpack it, pass the folder")
    total = sum(member.file_size for member in archive.infolist())
    check_ratio(path, path.stat().st_size, total)
    if total > MAX_UNPACKED:
        raise TodsumError(f"{path}: unpacks to {total} bytes, more than the {MAX_UNPACKED} that are allowed")
