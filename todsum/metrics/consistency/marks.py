"""Where in a text its values stand: what it states right, wrong or without ground, for showing it in the text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from todsum.data.schema import Slot
from todsum.metrics.base import Gold
from todsum.metrics.consistency.claims import Reader
from todsum.metrics.consistency.matching import compare, judge
from todsum.metrics.consistency.offsets import Offsets
from todsum.metrics.consistency.slots import gold_slots
from todsum.metrics.consistency.text import Span

Kind = Literal["right", "invented", "wrong"]

# From best to worst: a wrong value is in excess and its slot is missing, an invented one is only in excess.
_WORSE: tuple[Kind, ...] = ("right", "invented", "wrong")


@dataclass(frozen=True, slots=True)
class Statement:
    """A value that a text states of a slot.

    Attributes:
        value: the value found, in its canonical form.
        gold: the value of the state, None where invented.
    """

    kind: Kind
    domain: str
    intent: str
    slot: str
    value: str
    gold: str | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of the text, ``text[start:end]``, and what it states: mostly one value, at times several.

    ``jesus college`` is a name and a type.
    """

    start: int
    end: int
    statements: tuple[Statement, ...]

    @property
    def kind(self) -> Kind:
        """The worst of what is stated here: wrong, then invented, then right."""
        return max((statement.kind for statement in self.statements), key=_WORSE.index)


@dataclass(frozen=True, slots=True)
class Marked:
    """The marks of a text.

    Attributes:
        marks: in the order of the text, without overlaps, none empty.
        missing: the filled slots of the gold state that no mark is about.
    """

    marks: tuple[Mark, ...]
    missing: tuple[Slot, ...]


def mark(hypothesis: str, gold: Gold) -> Marked:
    """Places the claims that the metric counts in the text that states them.

    There are as many ``right`` statements as the metric counts agreed values, and one ``wrong`` or ``invented`` one
    for each such error of :func:`~todsum.metrics.consistency.metric.errors`. What a text repeats is marked where it
    stands first. A value that any will do for (``doesn't care about the area``) is marked at the slot's word, a
    yes-or-no slot at its noun (``no parking``).
    """
    slots = gold_slots(gold.state or ())
    claims = Reader(gold.domains, slots).claims(hypothesis)
    found = compare(claims, slots)
    errors, missing = judge(found)
    stated: list[tuple[Span, Statement]] = []
    offsets = Offsets(hypothesis)
    for claim, item in found.agreed:
        slot = item.slot
        right = Statement("right", slot.domain, slot.intent, slot.slot, claim.value, slot.value)
        stated.append((offsets.written(claims[claim]), right))
    for claim, error in errors:
        kind: Kind = "invented" if error.gold is None else "wrong"
        excess = Statement(kind, error.domain, error.intent, error.slot, claim.value, error.gold)
        stated.append((offsets.written(claims[claim]), excess))
    return Marked(_merged(stated), tuple(item.slot for item in missing))


def _merged(stated: Iterable[tuple[Span, Statement]]) -> tuple[Mark, ...]:
    """One mark for each stretch of the text; stretches that overlap become one that holds what each of them states."""
    marks: list[Mark] = []
    for (start, end), statement in sorted(stated, key=lambda item: item[0]):
        if marks and start < marks[-1].end:
            last = marks.pop()
            marks.append(Mark(last.start, max(last.end, end), (*last.statements, statement)))
        else:
            marks.append(Mark(start, end, (statement,)))
    return tuple(marks)
