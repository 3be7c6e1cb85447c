"""Texts as models write them, with what was cut on the way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, Self

Part = Literal["source", "query", "state", "reference", "output"]
"""What can be cut: what a model reads, what it learns to write, what it writes."""


class Written(str):
    """A text that a model wrote; an ordinary string for whoever does not ask.

    Attributes:
        cut: ``source``, ``query`` or ``state`` if the model read only the beginning of it; ``output`` if the text
            ended because it was as long as it may be.
    """

    cut: tuple[Part, ...]

    def __new__(cls, text: str, cut: Iterable[Part] = ()) -> Self:
        """The text with its cuts."""
        made = super().__new__(cls, text)
        made.cut = tuple(cut)
        return made


def cut_of(text: Any) -> tuple[Part, ...]:
    """What was cut to make a text; nothing for a text that does not say."""
    return text.cut if isinstance(text, Written) else ()
