"""Distinct records in pieces of bounded size: what several test sets share is stored, and loaded, once."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

# "<" so that no text can end a script or begin a comment; line separators end lines in older engines; half a surrogate
# pair can't be encoded.
_UNSAFE = re.compile("[<\u2028\u2029\ud800-\udfff]")


def literal(content: Any) -> str:
    """JSON that is safe anywhere in a script."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def script(name: str, content: str) -> bytes:
    """A script that hands ``content`` (a literal) to the page under ``name``."""
    return f"todsumData({literal(name)},{content});\n".encode()


def array(literals: Iterable[str]) -> str:
    """An array of literals."""
    return f"[{','.join(literals)}]"


class Book:
    """Records by content, cut into pieces.

    A piece is named by a checksum of its content: a page that was cached before the site was built anew may miss a
    piece, but never shows another's.

    Args:
        folder: of the pieces, below ``data/``.
        most: bytes of a piece; one larger record is a piece of its own.
    """

    def __init__(self, folder: str, most: int) -> None:
        self._folder, self._most = folder, most
        self._handles: dict[str, int] = {}
        self._places: list[tuple[str, int]] = []
        self._open: list[str] = []
        self._bytes = 0
        self._pieces: dict[str, bytes] = {}

    def add(self, record: Any) -> int:
        """Stores a record unless it is there. Returns its handle."""
        text = literal(record)
        key = hashlib.sha256(text.encode()).hexdigest()
        if key not in self._handles:
            size = len(text.encode())
            if self._open and self._bytes + size > self._most:
                self._close()
            self._handles[key] = len(self._places) + len(self._open)
            self._open.append(text)
            self._bytes += size
        return self._handles[key]

    def places(self) -> list[tuple[str, int]]:
        """The piece, and the place in it, of each handle. Nothing can be added to a piece that is named."""
        self._close()
        return self._places

    def files(self) -> dict[str, bytes]:
        """All pieces, by path."""
        self._close()
        return self._pieces

    def _close(self) -> None:
        if self._open:
            name, content = piece(self._folder, self._open)
            self._pieces[f"data/{name}.js"] = content
            self._places += [(name, place) for place in range(len(self._open))]
            self._open, self._bytes = [], 0


def piece(folder: str, literals: list[str]) -> tuple[str, bytes]:
    """The name of an array of literals, and its script."""
    content = array(literals)
    name = f"{folder}/{hashlib.sha256(content.encode()).hexdigest()[:16]}"
    return name, script(name, content)
