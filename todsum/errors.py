"""Errors for people: one line that says what is wrong and what mends it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

#: How much of a wrong name, and how many of the known ones, a message repeats.
LONGEST, MOST = 80, 15


class TodsumError(Exception):
    """Wrong use or bad input. The command line prints its message as one line and exits with 2."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


class RecordError(TodsumError):
    """A broken record in a data file: says which file, which record and why."""

    def __init__(self, file: object, record: object, reason: str) -> None:
        super().__init__(f"{file}: record {record}: {reason}")


def unknown_name(kind: str, name: str, known: Iterable[str]) -> TodsumError:
    """An error for a name that does not exist, with the nearest known names.

    Args:
        kind: what was looked up, such as ``method`` or ``dataset``.
        name: the name that was not found.
        known: all names that exist.
    """
    names = sorted(known)
    name = name if len(name) <= LONGEST else f"{name[:LONGEST]}…"
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    some = ", ".join(names[:MOST]) + (f" and {len(names) - MOST} more" if len(names) > MOST else "")
    hint = f"did you mean {' or '.join(near)}?" if near else f"known: {some or 'none'}"
    return TodsumError(f"unknown {kind} {name!r}: {hint}")
