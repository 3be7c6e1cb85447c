"""Counts of what a model could not read, learn or write whole, in the facts of a cell and in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from todsum.written import Part

PHASES = {"train": "training", "dev": "validation", "test": "testing"}
"""Keys of the facts ``cut``, and what they are called in notes."""
_READ: tuple[Part, ...] = ("source", "query", "state")

Said = Mapping[Part, str]
"""What a note says of each part, such as ``sources cut at max_source_tokens (640)``."""


def count_cuts(cuts: Iterable[Sequence[Part]], last: Literal["reference", "output"]) -> dict[str, int]:
    """How many examples there are, and of how many each part was cut.

    Args:
        cuts: the parts of each example that were cut.
        last: what training has in the place of what testing has.
    """
    found = list(cuts)
    return {"examples": len(found)} | {part: sum(part in cut for cut in found) for part in (*_READ, last)}


def cut_notes(counts: Any, said: Said) -> list[str]:
    """A line for each part of which any was cut: ``sources cut at …: 12 of 900 in training, 5 of 130 in testing``.

    Args:
        counts: the facts ``cut``: by phase, what :func:`count_cuts` gives; anything else counts nothing.
        said: of each part.
    """
    phases = {name: found for name in PHASES if isinstance(found := _within(counts, name), Mapping)}
    notes = []
    for part, words in said.items():
        found = {name: _within(phase, part) for name, phase in phases.items()}
        where = [
            f"{count} of {phases[name].get('examples')} in {PHASES[name]}"
            for name, count in found.items()
            if isinstance(count, int) and count
        ]
        notes += [f"{words}: {', '.join(where)}"] if where else []
    return notes


def _within(counts: Any, name: str) -> Any:
    return counts.get(name) if isinstance(counts, Mapping) else None
