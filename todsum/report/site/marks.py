"""Marked values as a browser needs them: spans that do not overlap, counted in UTF-16 units."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

from todsum.report.site.content import MarkData

_WORST_FIRST = ("wrong", "invented", "right")


class Span(NamedTuple):
    """Characters ``start`` to ``end`` in UTF-16 units, and what they are; labels of several marks are joined."""

    start: int
    end: int
    kind: Literal["right", "wrong", "invented"]
    label: str


def spans(text: str, marks: Sequence[MarkData]) -> list[Span]:
    """Cuts marks at each other's borders; where several meet, the worst kind is shown and all labels are kept."""
    marks = [mark for mark in marks if 0 <= mark.start < mark.end <= len(text)]
    if all(mark.end <= after.start for mark, after in pairwise(marks)):
        return [Span(_units(text, mark.start), _units(text, mark.end), mark.kind, mark.label) for mark in marks]
    borders = sorted({border for mark in marks for border in (mark.start, mark.end)})
    found = []
    for start, end in pairwise(borders):
        here = [mark for mark in marks if mark.start <= start and end <= mark.end]
        if here:
            here.sort(key=lambda mark: _WORST_FIRST.index(mark.kind))
            label = "; ".join(dict.fromkeys(mark.label for mark in here))
            found.append(Span(_units(text, start), _units(text, end), here[0].kind, label))
    return found


def _units(text: str, place: int) -> int:
    """A place in a text, counted in UTF-16 units."""
    return place if text.isascii() else len(text[:place].encode("utf-16-le", "surrogatepass")) // 2
