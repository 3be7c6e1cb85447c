"""How a meeting discusses a topic: proposals, objections, figures, a decision or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from todsum.data.simulation.meeting_floor import Fact, Floor, plain_name


@dataclass(frozen=True)
class Topic:
    """A topic as it was discussed, in the turns ``first`` to ``last``."""

    name: str
    first: int
    last: int
    facts: tuple[Fact, ...]


def discuss(floor: Floor, topic: dict[str, Any]) -> Topic:
    """Add the turns about a topic of ``meetings/*.yaml``."""
    draw = floor.draw
    known = len(floor.facts)
    first = floor.say(floor.chair, floor.act("begin", topic=topic["topic"]))
    floor.respond(floor.chair, 0.4)
    options = draw.some(topic["options"], 2 + draw.below(2))
    speakers = draw.shuffled(floor.people)
    for number, option in enumerate(options):
        priced = topic.get("priced", True)
        _weigh(floor, option, speakers[number % len(speakers)], speakers[(number + 1) % len(speakers)], priced)
        if draw.chance(0.3):
            _digress(floor)
    _conclude(floor, draw.pick(options)["option"], speakers[0])
    return Topic(topic["topic"], first, len(floor.turns) - 1, tuple(floor.facts[known:]))


def _weigh(floor: Floor, option: dict[str, Any], speaker: str, critic: str, priced: bool) -> None:
    """One proposes an option, another objects; perhaps somebody agrees or asks for a figure."""
    draw, name = floor.draw, option["option"]
    reasons = draw.shuffled(option["pro"])
    floor.state("propose", speaker, name, reasons[0])
    if draw.chance(0.6):
        floor.say(speaker, floor.act("elaborate"))
        floor.respond(speaker, 0.5)
    if priced and draw.chance(0.35):
        _figure(floor, name, critic, speaker)
    if draw.chance(0.75):
        floor.state("object", critic, name, draw.pick(option["con"]))
        if draw.chance(0.6):
            floor.say(speaker, floor.act("defend"))
            floor.respond(speaker, 0.4)
    if draw.chance(0.5):
        third = draw.other(floor.people, speaker)
        if third != critic:
            floor.state("agree", third, name, reasons[1])
    elif draw.chance(0.5):
        floor.say(floor.chair, floor.act("doubt"))
        floor.respond(floor.chair, 0.7)


def _figure(floor: Floor, option: str, asker: str, speaker: str) -> None:
    figure = floor.spec["figure"]
    number = str(2 + floor.draw.below(48))
    first = floor.say(asker, floor.draw.pick(figure["ask"]).format(option=option))
    last = floor.say(speaker, floor.draw.pick(figure["say"]).format(n=number))
    floor.facts.append(Fact("figure", plain_name(speaker), option, number, first, last))
    floor.respond(speaker, 0.6)


def _digress(floor: Floor) -> None:
    one = floor.draw.pick(floor.people)
    other = floor.draw.other((floor.chair, *floor.people), one)
    floor.say(one, floor.act("chat"))
    floor.say(other, floor.act("chat_reply"))
    floor.respond(other, 0.4)


def _conclude(floor: Floor, option: str, speaker: str) -> None:
    if floor.draw.chance(0.75):
        turn = floor.say(floor.chair, floor.act("decide", option=option))
        floor.facts.append(Fact("decide", plain_name(floor.chair), option, "", turn, turn))
        floor.respond(floor.chair, 0.8)
    else:
        name = plain_name(speaker)
        first = floor.say(floor.chair, floor.act("postpone", option=option, name=name))
        last = floor.say(speaker, floor.act("promise"))
        floor.facts.append(Fact("postpone", name, option, "", first, last))
