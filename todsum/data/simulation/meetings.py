"""Simulated meetings as QMSum's authors publish them, each a function of seed and index alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from todsum.data.simulation.draw import Draw
from todsum.data.simulation.meeting_floor import Floor
from todsum.data.simulation.meeting_queries import Asker, Pair
from todsum.data.simulation.meeting_topics import Topic, discuss
from todsum.data.simulation.ontology import load

MEETING_DOMAINS = ("academic", "committee", "product")
SHORTEST = 60

_MARKER = re.compile(r"\{\w+\}|\[[A-Z]\w+\.\]")
_TOKENS = re.compile(r"\w+(?=n't\b)|n't\b|'\w+|\w+(?:-\w+)*|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting.

    Attributes:
        domain: ``academic``, ``committee`` or ``product``.
        folder: the folder of that domain in the published layout.
        name: of the meeting, unique in a simulation.
        record: ``topic_list``, ``general_query_list``, ``specific_query_list``, ``meeting_transcripts``.
        located: a line of ``extracted_span`` for each pair, general ones first.
    """

    domain: str
    folder: str
    name: str
    record: dict[str, Any]
    located: tuple[str, ...]

    @property
    def pairs(self) -> int:
        """The number of query–summary pairs."""
        return len(self.record["general_query_list"]) + len(self.record["specific_query_list"])


def meeting(index: int, seed: int) -> Meeting:
    """The meeting of this index; the three domains take turns."""
    domain = MEETING_DOMAINS[index % len(MEETING_DOMAINS)]
    draw = Draw("meeting", seed, index)
    spec = load(f"meetings/{domain}.yaml")
    subject = draw.pick(spec["subjects"])
    floor = Floor(draw, spec, draw.some(spec["speakers"], 3 + draw.below(2)))
    floor.say(floor.chair, draw.pick(spec["open"]).format(subject=subject))
    floor.respond(floor.chair, 0.7)
    waiting = draw.shuffled(spec["topics"])
    number = 3 + draw.below(3)
    topics: list[Topic] = []
    while len(topics) < number or len(floor.turns) < SHORTEST:
        topics.append(discuss(floor, waiting.pop()))
    floor.say(floor.chair, draw.pick(spec["close"]))
    asker = Asker(draw, floor)
    general, specific = asker.general(topics, subject), asker.specific(topics)
    record = {
        "topic_list": [
            {"topic": topic.name.capitalize(), "relevant_text_span": [[str(topic.first), str(topic.last)]]}
            for topic in topics
        ],
        "general_query_list": general,
        "specific_query_list": specific,
        "meeting_transcripts": floor.turns,
    }
    located = tuple(_located(draw, floor, [*general, *specific]))
    return Meeting(domain, spec["folder"], f"{spec['prefix']}{index:05d}", record, located)


def _located(draw: Draw, floor: Floor, pairs: list[Pair]) -> Iterator[str]:
    """Lines like those of the authors' locator: most of the right turns, and some others."""
    told = {turn for fact in floor.facts for turn in range(fact.first, fact.last + 1)}
    for pair in pairs:
        spans = pair.get("relevant_text_span", [["0", str(len(floor.turns) - 1)]])
        gold = {turn for first, last in spans for turn in range(int(first), int(last) + 1)}
        found = {turn for turn in gold if turn in told or draw.chance(0.5)}
        found.update(draw.below(len(floor.turns)) for _ in range(draw.below(4)))
        text = " ".join(_tokens(f"{t['speaker']}: {t['content']}") for t in map(floor.turns.__getitem__, sorted(found)))
        yield f"<s> {_tokens(pair['query'])} </s> {text}"


def _tokens(text: str) -> str:
    """Lower-cased tokens without markers, as the authors' files have them."""
    return " ".join(_TOKENS.findall(_MARKER.sub("", text).lower()))
