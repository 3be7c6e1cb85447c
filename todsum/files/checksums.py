"""Checksums of files."""

from __future__ import annotations

import hashlib
import io
from contextlib import nullcontext
from pathlib import Path

from todsum.files.plain import open_plain


def sha256(file: Path | io.BufferedIOBase) -> str:
    """Returns the SHA-256 checksum of a file in hexadecimal.

    Args:
        file: the path of a regular file, or an open stream, which is read from where it stands.

    Raises:
        TodsumError: no regular file, or it can't be opened.
        OSError: it can't be read.
    """
    with open_plain(file) if isinstance(file, Path) else nullcontext(file) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
