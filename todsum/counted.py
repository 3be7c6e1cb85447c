"""Numbers of things in messages."""

from __future__ import annotations


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: ``1 problem``, ``3 problems``.

    Args:
        number: how many.
        one: the noun of one.
        many: of several; by default ``one`` with an s.
    """
    return f"{number} {one if number == 1 else many or one + 's'}"
