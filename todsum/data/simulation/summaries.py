"""The reference summary: a pair of sentences for each domain, in order of first mention.

The first sentence of a pair is the booking, with all slots of ``book``, or else what the user asks for. The second
states the informed slots. What a summary may leave out: ``name`` where other slots are stated, values the user
does not care about, and requests beside a booking. Everything else is stated, in the state's own spelling
(``parking`` and ``no parking`` for yes and no), and nothing else is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from todsum.data.simulation.conversation import listed, with_articles
from todsum.data.simulation.draw import Draw
from todsum.data.simulation.goals import Goal
from todsum.data.simulation.ontology import DONT_CARE
from todsum.data.simulation.values import counted


class Statement(NamedTuple):
    """A slot that a sentence of the summary states.

    Attributes:
        sentence: index of the sentence.
        text: the words that state the value, found literally in the sentence.
    """

    sentence: int
    domain: str
    intent: str
    slot: str
    value: str
    text: str


def summarize(draw: Draw, goals: Sequence[Goal]) -> tuple[list[str], list[Statement]]:
    """The sentences of the summary, and what they state."""
    sentences: list[str] = []
    statements: list[Statement] = []
    for goal in goals:
        name = goal.domain.name
        for intent, names, write in (("book", _booked(goal), _first), ("inform", _informed(draw, goal), _second)):
            fields = _fields(goal, names)
            statements += [
                Statement(len(sentences), name, intent, slot, goal.values[slot], fields[slot]) for slot in names
            ]
            sentences.append(write(draw, goal, names, fields))
    return with_articles("\n".join(sentences)).split("\n"), statements


def _booked(goal: Goal) -> list[str]:
    return list(goal.domain.book) if goal.booked else []


def _informed(draw: Draw, goal: Goal) -> list[str]:
    names = [name for name in goal.filled("inform") if goal.values[name] != DONT_CARE]
    if "name" in names and len(names) > 1 and draw.chance(0.45):
        names.remove("name")
    return names


def _first(draw: Draw, goal: Goal, names: list[str], fields: dict[str, str]) -> str:
    if not names:
        return draw.pick(goal.domain.request_templates).format(list=listed(goal.requests), noun=goal.domain.noun)
    templates: Sequence[str] = goal.domain.book_summaries
    if fields.get("people") == "1":
        templates = [text for text in templates if "{people}" not in text]
    return draw.pick(templates).format_map(fields)


def _second(draw: Draw, goal: Goal, names: list[str], fields: dict[str, str]) -> str:
    templates = goal.domain.state_summaries.get(frozenset(names))
    if templates and draw.chance(0.85):
        return draw.pick(templates).format_map(fields)
    says = [draw.pick(goal.domain.inform[name].says).format(fields[f"{name}#"]) for name in names]
    return f"the {goal.domain.noun} {listed(says)}."


def _fields(goal: Goal, names: list[str]) -> dict[str, str]:
    """The fields of a template: ``{people}`` is ``3``, ``{people#}`` is ``3 people``."""
    fields = {}
    for name in names:
        slot, value = goal.domain.slots[name], goal.values[name]
        full = counted(value, slot)
        fields[name] = full if slot.kind == "flag" else value
        fields[f"{name}#"] = full
    return fields
