"""What a text claims: values tied to a domain and a slot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from todsum.metrics.consistency.domains import Anchor, Keywords, find_anchors, home_anchor, spoken_of
from todsum.metrics.consistency.lexicon import PLACE, of_gold, open_units, place_homes
from todsum.metrics.consistency.mentions import TIME, Mention, find_mentions
from todsum.metrics.consistency.names import unglue
from todsum.metrics.consistency.roles import place_role, time_role
from todsum.metrics.consistency.slots import OPEN, SCHEMA, GoldSlot
from todsum.metrics.consistency.text import sentences

_NEAR = frozenset({"near", "nearby", "beside", "opposite", "from", "to", "towards"})


@dataclass(frozen=True, slots=True)
class Claim:
    """A value that a text states.

    Attributes:
        domains: the domain it is stated of; several where the text leaves it open.
        families: the slot family it fills; several where the text leaves it open.
        value: the canonical value.
        soft: it counts where it agrees with the state, and is no error where it does not.
    """

    domains: tuple[str, ...]
    families: tuple[str, ...]
    value: str
    soft: bool = False


class Reader:
    """Reads texts against one gold state: which domains, families and further names to expect."""

    def __init__(self, domains: Sequence[str], gold: Sequence[GoldSlot]) -> None:
        self.domains = tuple(dict.fromkeys([*domains, *(item.slot.domain for item in gold)]))
        self.families: dict[str, set[str]] = {domain: set(SCHEMA.get(domain, ())) for domain in self.domains}
        self.names: dict[str, str] = {}
        for item in gold:
            self.families[item.slot.domain].add(item.family)
            if item.family == "name":
                self.names[item.value] = item.slot.domain
        self.lexicon = of_gold(gold)
        self.units = open_units(gold)
        self.keywords = Keywords.of(self.domains, self.families)

    def claims(self, text: str) -> list[Claim]:
        """All claims of a text, each once, in the order of the text."""
        found: dict[Claim, None] = {}
        topic: str | None = None
        for tokens in sentences(text):
            tokens = unglue(tokens, self.lexicon)
            mentions = find_mentions(tokens, self.lexicon, self.units)
            anchors = find_anchors(tokens, mentions, self.keywords)
            anchors = anchors or home_anchor(mentions, self.names)
            for mention in mentions:
                if claim := self._claim(tokens, mention, mentions, anchors, topic):
                    found[claim] = None
            if claim := _hotel_type(tokens, anchors):
                found[claim] = None
            real = [anchor for anchor in anchors if not anchor.refers] or list(anchors)
            topic = (spoken_of(anchors, len(tokens)) if real else None) or topic
        return _without_contradicted(found)

    def _domains(self, families: Iterable[str], anchors: Sequence[Anchor], place: int, topic: str | None) -> tuple[str, ...]:
        """The domains that a value can be stated of: the sentence's, else the topic if it has such a slot, else any."""
        if spoken := spoken_of(anchors, place):
            return (spoken,)
        fitting = [domain for domain in self.domains if self.families[domain] & set(families)]
        if topic and (topic in fitting or self._schema(topic) & set(families)):
            return (topic,)
        return tuple(fitting or [domain for domain, known in SCHEMA.items() if set(known) & set(families)] or self.domains)

    def _schema(self, domain: str) -> set[str]:
        return self.families.get(domain) or set(SCHEMA.get(domain, ()))

    def _claim(
        self, tokens: Sequence[str], mention: Mention, mentions: Sequence[Mention], anchors: Sequence[Anchor], topic: str | None
    ) -> Claim | None:
        if mention.kind == PLACE:
            return self._place(tokens, mention, mentions, anchors, topic)
        if mention.kind == TIME:
            return self._time(tokens, mention, mentions, anchors, topic)
        domains = self._domains([mention.kind], anchors, mention.start, topic)
        if mention.kind == "type" and not _is_type(tokens, mention, [self._schema(domain) for domain in domains]):
            return None
        return Claim(domains, (mention.kind,), mention.value, soft=mention.kind.startswith(OPEN))

    def _time(
        self, tokens: Sequence[str], mention: Mention, mentions: Sequence[Mention], anchors: Sequence[Anchor], topic: str | None
    ) -> Claim:
        role = time_role(tokens, mention, mentions)
        families = (role,) if role else ("leave", "arrive", "time")
        domains = self._domains(families, anchors, mention.start, topic)
        if not any(set(families) & self._schema(domain) for domain in domains):
            families = ("time", *families)
        return Claim(domains, families, mention.value)

    def _place(
        self, tokens: Sequence[str], mention: Mention, mentions: Sequence[Mention], anchors: Sequence[Anchor], topic: str | None
    ) -> Claim | None:
        role, certain = place_role(tokens, mention, mentions)
        expected = [role] if certain else [role or "name", "name", "departure", "destination"]
        domains = self._domains(expected, anchors, mention.start, topic)
        moving = any(self._schema(domain) & {"departure", "destination"} for domain in domains)
        city = place_homes().get(mention.value) in ("station", "other")
        if role in ("departure", "destination") and (certain or moving):
            return Claim(domains, (role,), mention.value)
        if moving and role != "name":
            return Claim(domains, ("departure", "destination"), mention.value, soft=True)
        return Claim(domains, ("name",), mention.value, soft=city and role != "name")


def _is_type(tokens: Sequence[str], mention: Mention, schemas: Sequence[set[str]]) -> bool:
    """Whether a type's noun says what something is, rather than pointing to a place nearby."""
    before = tokens[max(0, mention.start - 6) : mention.start]
    if set(before[-3:]) & _NEAR:
        return False
    if any("type" in schema for schema in schemas):
        return True
    return "type" in before or "type" in tokens[mention.end : mention.end + 1] or before[-1:] == ["is"]


def _hotel_type(tokens: Sequence[str], anchors: Sequence[Anchor]) -> Claim | None:
    """``hotel`` is a hotel's type where the sentence says so; the bare noun only agrees with a state that has it."""
    text = f" {' '.join(tokens)} "
    if " hotel type " in text or (" type " in text and " is hotel " in text):
        return Claim(("hotel",), ("type",), "hotel")
    named = any(anchor.domain == "hotel" and anchor.strong for anchor in anchors)
    return Claim(("hotel",), ("type",), "hotel", soft=True) if named else None


def _without_contradicted(claims: Mapping[Claim, None]) -> list[Claim]:
    types = [c for c in claims if c.domains == ("hotel",) and c.families == ("type",) and not c.soft]
    return [c for c in claims if not (types and c.soft and c.domains == ("hotel",) and c.families == ("type",))]
