"""Gzip files of strangers, unpacked a little at a time: a bomb is refused long before it is unpacked."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from todsum.errors import TodsumError
from todsum.files.plain import open_plain

MOST_TIMES = 200
"""How many times its packed size a file may unpack to. Text packs to a tenth of its size, seldom to a fiftieth."""
ALWAYS = 1 << 22
"""Bytes that a file may unpack to, however small it is."""
MAX_BYTES = 1 << 33
"""Of a packed file, and of what it unpacks to, unless a reader allows less."""
GZIP = b"\x1f\x8b"
"""The first bytes of a gzip file."""


def check_ratio(place: object, packed: int, unpacked: int) -> None:
    """Refuses what unpacks to far more than text does.

    Raises:
        TodsumError: says so.
    """
    if unpacked > max(ALWAYS, MOST_TIMES * packed):
        raise TodsumError(f"{place}: unpacks to more than {MOST_TIMES} times its {packed} bytes: no text does")


def unpacked(path: Path, most_packed: int, most: int) -> Iterator[bytes]:
    """The content of a gzip file, in pieces of a megabyte at most.

    Args:
        path: of the file, which has one member.
        most_packed: how many bytes it may have.
        most: how many it may unpack to.

    Raises:
        TodsumError: no regular file, too large packed or unpacked, not gzip, damaged, cut short, or followed by more.
    """
    total = packed = 0
    with open_plain(path, most_packed) as stream:
        unpack = zlib.decompressobj(wbits=31)
        try:
            while piece := unpack.unconsumed_tail or stream.read(1 << 16):
                content = unpack.decompress(piece, 1 << 20)
                packed, total = stream.tell(), total + len(content)
                check_ratio(path, packed, total)
                if total > most:
                    raise TodsumError(f"{path}: unpacks to more than the {most} bytes that are allowed")
                yield content
                if unpack.eof and (unpack.unused_data or stream.read(1)):
                    raise TodsumError(f"{path}: more follows the end of the gzip data")
        except OSError as error:
            raise TodsumError(f"{path}: can't be read: {error.strerror or error}") from error
        except zlib.error as error:
            raise TodsumError(f"{path}: not a gzip file: {error}") from error
        if not unpack.eof:
            raise TodsumError(f"{path}: not a whole gzip file: cut short or empty")


@contextmanager
def open_unpacked(path: Path, most: int | None = None) -> Iterator[io.BufferedReader]:
    """Opens a regular file for reading, unpacked if it is a gzip file.

    Args:
        path: of the file.
        most: bytes that it may have, packed or unpacked; None allows any number, and :data:`MAX_BYTES` of a packed one.

    Raises:
        TodsumError: as :func:`todsum.files.plain.open_plain` and, when it is read, as :func:`unpacked`.
    """
    with open_plain(path, most) as file:
        if file.peek(2)[:2] != GZIP:
            yield file
        else:
            limit = MAX_BYTES if most is None else most
            yield io.BufferedReader(_Pieces(unpacked(path, limit, limit)), 1 << 16)


class _Pieces(io.RawIOBase):
    """A stream of bytes that come in pieces."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = piece
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


def lines_of(pieces: Iterator[bytes], place: object, most: int) -> Iterator[bytes]:
    """The lines of a stream, without their ends.

    Raises:
        TodsumError: a line has more than ``most`` bytes.
    """
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        if len(rest) > most or any(len(line) > most for line in whole):
            raise TodsumError(f"{place}: a line is longer than the {most} bytes that are allowed")
        yield from whole
    if rest:
        yield rest
