"""The units that extractive methods choose from: turns, or the sentences of turns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from todsum.data.schema import Example
from todsum.methods.base import MethodSettings
from todsum.sentences import split_sentences


class UnitSettings(MethodSettings):
    """Settings shared by extractive methods."""

    unit: Literal["turn", "sentence"] = "turn"
    """What is chosen: whole turns, or the sentences of turns."""


def source_units(example: Example, unit: Literal["turn", "sentence"]) -> list[str]:
    """The units of an example's turns in their order, without speakers, each on one line.

    White space of any kind is made one blank; empty units are left out.
    """
    turns = (" ".join(turn.text.split()) for turn in example.turns)
    if unit == "turn":
        return [turn for turn in turns if turn]
    return [sentence for turn in turns for sentence in split_sentences(turn)]


def as_summary(units: list[str], chosen: Iterable[int]) -> str:
    """The chosen units in the order of the source, one a line."""
    return "\n".join(units[index] for index in sorted(chosen))
