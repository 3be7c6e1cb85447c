"""Simulated dialogues as records of TODSum's authors, each a function of seed and index alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from todsum.data.schema import Slot
from todsum.data.simulation.draw import Draw
from todsum.data.simulation.flow import converse
from todsum.data.simulation.goals import Goal, make_goals
from todsum.data.simulation.ontology import DOMAINS, domain
from todsum.data.simulation.summaries import Statement, summarize
from todsum.data.state import dst_str
from todsum.errors import TodsumError

MADE_UP = 0.3
NOT_MENTIONED = "not mentioned"


@dataclass(frozen=True, slots=True)
class Simulated:
    """A dialogue, and what is known of it beside its record.

    Attributes:
        record: ``dialog_id``, ``text``, ``dst``, ``dst_str`` and ``summary`` as TODSum publishes them.
        state: the filled slots in the order of ``dst``.
        statements: what the summary states.
        goals: what the user wanted, and how that came about.
    """

    record: dict[str, Any]
    state: tuple[Slot, ...]
    statements: tuple[Statement, ...]
    goals: tuple[Goal, ...]


def simulated(index: int, seed: int, domains: Sequence[str] = DOMAINS, made_up: float = MADE_UP) -> Simulated:
    """The dialogue of this index.

    Args:
        index: which dialogue; it is the same in a simulation of any size.
        seed: of the simulation.
        domains: the domains that may occur.
        made_up: probability that an open slot (a name, a place, a type) takes a made-up value.

    Raises:
        TodsumError: a domain does not exist, or none is allowed.
    """
    draw = Draw("dialogue", seed, index)
    goals = make_goals(draw, _known(tuple(domains)), made_up)
    text = converse(draw, goals, made_up)
    summary, statements = summarize(draw, goals)
    dst = _dst(draw, goals)
    state = tuple(_slots(dst))
    record = {
        "dialog_id": f"SIM{index:08d}.json",
        "text": text,
        "dst": dst,
        "dst_str": dst_str(tuple(dst), state),
        "summary": summary,
    }
    return Simulated(record, state, tuple(statements), tuple(goals))


@cache
def _known(domains: tuple[str, ...]) -> tuple[str, ...]:
    if not domains:
        raise TodsumError("no domain to simulate: pass at least one")
    return tuple(dict.fromkeys(domain(name).name for name in domains))


def generate(index: int, seed: int, domains: Sequence[str] = DOMAINS, made_up: float = MADE_UP) -> dict[str, Any]:
    """The record of :func:`simulated`."""
    return simulated(index, seed, domains, made_up).record


def dialogues(
    seed: int, start: int, stop: int, domains: Sequence[str] = DOMAINS, made_up: float = MADE_UP
) -> Iterator[Simulated]:
    """The dialogues ``start`` to ``stop`` (exclusive) of a simulation, one at a time; see :func:`simulated`."""
    for index in range(start, stop):
        yield simulated(index, seed, domains, made_up)


def _dst(draw: Draw, goals: Sequence[Goal]) -> dict[str, dict[str, dict[str, str]]]:
    """The state as published: domains in one fixed order, unfilled slots written out."""
    dst = {}
    for goal in sorted(goals, key=lambda goal: DOMAINS.index(goal.domain.name)):
        order = draw.pick(goal.domain.orders)
        # The published data has a few empty strings in place of "not mentioned".
        unfilled = "" if draw.chance(0.003) else NOT_MENTIONED
        dst[goal.domain.name] = {
            "book": {name: goal.values.get(name, "") for name in order},
            "semi": {name: goal.values.get(name, unfilled) for name in goal.domain.inform},
        }
    return dst


def _slots(dst: dict[str, dict[str, dict[str, str]]]) -> Iterator[Slot]:
    for name, parts in dst.items():
        for slot, value in parts["book"].items():
            if value:
                yield Slot(name, "book", slot, value)
        for slot, value in parts["semi"].items():
            if value != NOT_MENTIONED:
                yield Slot(name, "inform", slot, value)
