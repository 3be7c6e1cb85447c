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
        for intent, values, sentence in (_first(draw, goal), _second(draw, goal)):
            sentences.append(with_articles(sentence))
            statements += (
                Statement(len(sentences) - 1, goal.domain.name, intent, name, value, _literal(goal, name, value))
                for name, value in values.items()
            )
    return sentences, statements


def _literal(goal: Goal, name: str, value: str) -> str:
    slot = goal.domain.slots[name]
    return counted(value, slot) if slot.kind == "flag" else value


def _first(draw: Draw, goal: Goal) -> tuple[str, dict[str, str], str]:
    if not goal.booked:
        text = draw.pick(goal.domain.request_templates)
        return "book", {}, text.format(list=listed(goal.requests), noun=goal.domain.noun)
    values = {name: goal.values[name] for name in goal.domain.book}
    templates: Sequence[str] = goal.domain.book_summaries
    if values.get("people") == "1":
        templates = [text for text in templates if "{people}" not in text]
    return "book", values, draw.pick(templates).format_map(_fields(goal, values))


def _second(draw: Draw, goal: Goal) -> tuple[str, dict[str, str], str]:
    values = {name: value for name in goal.filled("inform") if (value := goal.values[name]) != DONT_CARE}
    if "name" in values and len(values) > 1 and draw.chance(0.45):
        del values["name"]
    fields = _fields(goal, values)
    templates = goal.domain.state_summaries.get(frozenset(values))
    if templates and draw.chance(0.85):
        return "inform", values, draw.pick(templates).format_map(fields)
    says = [draw.pick(goal.domain.inform[name].says).format(counted_value(goal, name)) for name in values]
    return "inform", values, f"the {goal.domain.noun} {listed(says)}."


def counted_value(goal: Goal, name: str) -> str:
    """The final value of a slot with its unit."""
    return counted(goal.values[name], goal.domain.slots[name])


def _fields(goal: Goal, values: dict[str, str]) -> dict[str, str]:
    """The fields of a template: ``{people}`` is ``3``, ``{people#}`` is ``3 people``."""
    fields = {name: _literal(goal, name, value) for name, value in values.items()}
    fields.update((f"{name}#", counted_value(goal, name)) for name in values)
    return fields
