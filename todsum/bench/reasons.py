"""Why a cell failed, in one line for the table."""

from __future__ import annotations

import errno

from todsum.errors import TodsumError
from todsum.out_of_memory import is_out_of_memory

LONGEST = 1000
_FULL = (errno.ENOSPC, errno.EDQUOT)
_FULL_WORDS = ("No space left on device", "Disk quota exceeded")


def reason_of(error: BaseException) -> str:
    """What to say of an error that ended a cell."""
    if is_out_of_memory(error):
        return _line(f"out of memory: {_said(error)}")
    if isinstance(error, TodsumError):
        return _line(_text(error))
    if isinstance(error, OSError) and error.strerror:
        return _line(f"{error.filename}: {error.strerror}" if error.filename else error.strerror)
    return _line(f"{type(error).__name__}: {_said(error)}")


def is_disk_full(error: BaseException) -> bool:
    """Whether there was no room on the disk, as the system says it or a library that passes it on."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return any(words in _text(error) for words in _FULL_WORDS)


def is_bug(error: BaseException) -> bool:
    """Whether a traceback would help anyone."""
    return not (isinstance(error, TodsumError) or is_out_of_memory(error) or is_disk_full(error))


def _said(error: BaseException) -> str:
    lines = _text(error).strip().splitlines()
    return lines[0] if lines else "no message"


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # an error of a stranger's, which can't say what it is
        return ""


def _line(text: str) -> str:
    return " ".join(text.encode(errors="backslashreplace").decode().split())[:LONGEST]
