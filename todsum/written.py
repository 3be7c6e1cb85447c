"""Texts as models write them, with what was cut on the way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, Self

Part = Literal["source", "query", "state", "reference", "output"]
"""What can be cut: what a model reads, what it learns to write, what it writes."""
Lack = Literal["refused", "filtered", "too_long"]
"""Why a language model gives no summary: it refuses, a filter takes it, or the dialogue is too long for it."""


class Written(str):
    """A text that a model wrote; an ordinary string for whoever does not ask.

    Attributes:
        cut: ``source``, ``query`` or ``state`` if the model read only the beginning of it; ``output`` if the text
            ended because it was as long as it may be.
        lack: why it is empty, if that is known.
    """

    cut: tuple[Part, ...]
    lack: Lack | None

    def __new__(cls, text: str, cut: Iterable[Part] = (), lack: Lack | None = None) -> Self:
        """The text with its cuts."""
        made = super().__new__(cls, text)
        made.cut, made.lack = tuple(cut), lack
        return made


def cut_of(text: Any) -> tuple[Part, ...]:
    """What was cut to make a text; nothing for a text that does not say."""
    return text.cut if isinstance(text, Written) else ()


def lack_of(text: Any) -> Lack | None:
    """Why a text is empty; nothing for a text that does not say."""
    return text.lack if isinstance(text, Written) else None
