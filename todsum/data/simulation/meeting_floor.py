"""The turns of a meeting while it is being made: speakers, hesitations, markers, noises, backchannels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from todsum.data.simulation.draw import Draw
from todsum.data.simulation.ontology import load

_SPACED = re.compile(r"(?<=\w)([,.?!])(?=\s|$)")


@dataclass(frozen=True)
class Fact:
    """Something that is said in a meeting and can be asked for.

    Attributes:
        kind: ``propose``, ``object``, ``agree``, ``figure``, ``decide`` or ``postpone``.
        who: the speaker's name, as answers give it.
        reason: the clause, or the number of a figure.
        first, last: the turns that show it, inclusive.
    """

    kind: str
    who: str
    option: str
    reason: str
    first: int
    last: int


def plain_name(speaker: str) -> str:
    """The speaker without office or place: ``Ms. Carys Morgan``."""
    return speaker.partition(" (")[0]


class Floor:
    """The turns of one meeting.

    Args:
        draw: choices.
        spec: the domain, as in ``meetings/*.yaml``.
        people: who takes part beside the chair.

    Attributes:
        turns: ``{"speaker", "content"}``, as published.
        facts: what has been said, in order.
    """

    def __init__(self, draw: Draw, spec: dict[str, Any], people: Sequence[str]) -> None:
        self.draw = draw
        self.spec = spec
        self.people = tuple(people)
        self.turns: list[dict[str, str]] = []
        self.facts: list[Fact] = []
        self._talk = load("meetings/talk.yaml")

    @property
    def chair(self) -> str:
        """Who leads the meeting."""
        chair: str = self.spec["chair"]
        return chair

    def act(self, name: str, /, **fields: object) -> str:
        """A sentence of an act of the domain, or else of ``meetings/talk.yaml``."""
        text: str = self.draw.pick(self.spec.get(name) or self._talk[name])
        return text.format(**fields)

    def say(self, speaker: str, text: str) -> int:
        """A turn, with the hesitations of spontaneous speech; returns its index."""
        draw = self.draw
        if self.spec["spaced"]:
            if text.count(" ") > 2 and draw.chance(0.35):
                word = text.partition(" ")[0]
                if draw.chance(0.3):
                    text = f"{word} {draw.pick(self.spec['markers'])} {text}"
                else:
                    start = text if re.match(r"I\b", text) else text[0].lower() + text[1:]
                    text = draw.pick(self._talk["fillers"]) + start
            text = _SPACED.sub(r" \1", text)
        if draw.chance(0.12):
            marker = draw.pick(self.spec["markers"])
            text = f"{marker} {text}" if draw.chance(0.5) else f"{text} {marker}"
        self.turns.append({"speaker": speaker, "content": text})
        return len(self.turns) - 1

    def respond(self, speaker: str, probability: float) -> None:
        """Perhaps somebody else's backchannel, or a turn without a word."""
        draw = self.draw
        while draw.chance(probability):
            other = draw.other((self.chair, *self.people), speaker)
            if draw.chance(0.12):
                self.turns.append({"speaker": other, "content": draw.pick(self.spec["noises"])})
            else:
                formal = "nod_chair" if other == self.chair else "nod_formal"
                self.say(other, self.act("nod" if self.spec["spaced"] else formal))
            probability *= 0.5

    def state(self, kind: str, speaker: str, option: str, reason: str) -> None:
        """Somebody says something that can be asked for."""
        turn = self.say(speaker, self.act(kind, option=option, reason=reason))
        self.facts.append(Fact(kind, plain_name(speaker), option, reason, turn, turn))
        self.respond(speaker, 0.55)
