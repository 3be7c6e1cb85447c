"""Queries about a meeting, their answers and the spans that support them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from todsum.data.simulation.conversation import listed
from todsum.data.simulation.draw import Draw
from todsum.data.simulation.meeting_floor import Fact, Floor
from todsum.data.simulation.meeting_topics import Topic
from todsum.data.simulation.ontology import load

Pair = dict[str, Any]


class Asker:
    """Makes the queries of one meeting."""

    def __init__(self, draw: Draw, floor: Floor) -> None:
        wording = load("meetings/talk.yaml")
        self.draw = draw
        self.floor = floor
        self._queries: dict[str, list[str]] = wording["queries"]
        self._answers: dict[str, list[str]] = wording["answers"]
        self._group = {"group": floor.spec["group"], "Group": floor.spec["group"].capitalize()}

    def general(self, topics: Sequence[Topic], subject: str) -> list[Pair]:
        """The queries about the whole meeting, without spans."""
        outcome = " ".join(
            sentence
            for topic in topics
            for sentence in (self._answer("intro", topic=topic.name), self.fact(topic.facts[-1]))
        )
        pairs = [
            {"query": self._query("general"), "answer": f"{self._answer('overview', subject=subject)} {outcome}"},
        ]
        if self.draw.chance(0.1):
            names = listed([topic.name for topic in topics])
            pairs.append({"query": self._query("topics"), "answer": self._answer("topics", topics=names)})
        return pairs

    def specific(self, topics: Sequence[Topic]) -> list[Pair]:
        """The queries about parts of the meeting, topic by topic."""
        repeated = self._query("repeated") if len(topics) > 2 and self.draw.chance(0.4) else None
        pairs = []
        for number, topic in enumerate(topics):
            pairs.append(self._about(topic))
            closing = topic.facts[-1]
            chosen = self.draw.some(topic.facts[:-1], 1 + self.draw.below(2))
            pairs += [self._about_fact(topic, fact) for fact in sorted(chosen, key=lambda fact: fact.first)]
            if repeated is not None and number < 2:
                pairs.append(self._pair(repeated, self.fact(closing), topic, closing, 1))
            elif self.draw.chance(0.3):
                query = self._query("decision", topic=topic.name)
                pairs.append(self._pair(query, self.fact(closing), topic, closing, 1))
        return pairs

    def fact(self, fact: Fact) -> str:
        """A fact as a sentence of an answer."""
        if fact.kind == "figure":
            text: str = self.floor.spec["figure"]["answer"]
            return text.format(who=fact.who, option=fact.option, n=fact.reason)
        return self._answer(fact.kind, who=fact.who, option=fact.option, reason=fact.reason)

    def _about(self, topic: Topic) -> Pair:
        kept = [fact for fact in topic.facts if fact.kind in ("propose", "decide", "postpone") or self.draw.chance(0.5)]
        answer = " ".join([self._answer("intro", topic=topic.name), *map(self.fact, kept)])
        query = self._query("topic", topic=topic.name)
        return {"query": query, "answer": answer, "relevant_text_span": [[str(topic.first), str(topic.last)]]}

    def _about_fact(self, topic: Topic, fact: Fact) -> Pair:
        kind = {"propose": "for", "object": "against"}.get(fact.kind, fact.kind)
        label = self.floor.spec["figure"]["label"]
        query = self._query(kind, who=fact.who, option=fact.option, topic=topic.name, label=label)
        return self._pair(query, self.fact(fact), topic, fact, 1 + self.draw.below(4))

    def _pair(self, query: str, answer: str, topic: Topic, fact: Fact, margin: int) -> Pair:
        first, last = max(topic.first, fact.first - margin), min(topic.last, fact.last + margin)
        return {"query": query, "answer": answer, "relevant_text_span": [[str(first), str(last)]]}

    def _query(self, kind: str, **fields: object) -> str:
        return self.draw.pick(self._queries[kind]).format(**fields, **self._group)

    def _answer(self, kind: str, **fields: object) -> str:
        return self.draw.pick(self._answers[kind]).format(**fields, **self._group)
