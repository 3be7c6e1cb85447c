"""What a text claims: values tied to a domain and a slot."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from todsum.metrics.consistency.domains import (
    Anchor,
    Keywords,
    find_anchors,
    home_anchor,
    spoken_of,
    spoken_of_together,
)
from todsum.metrics.consistency.lexicon import PLACE, of_gold, open_units, place_homes
from todsum.metrics.consistency.mentions import TIME, Mention, find_mentions
from todsum.metrics.consistency.names import unglue
from todsum.metrics.consistency.positions import announcing, misplaced, offered, stands_for_name
from todsum.metrics.consistency.roles import at_time, goes_itself, place_role, time_role
from todsum.metrics.consistency.slots import OPEN, SCHEMA, GoldSlot
from todsum.metrics.consistency.text import Sentence, Span, sentences
from todsum.metrics.consistency.times import BARE_HOUR, OPEN_HALF
from todsum.metrics.consistency.vocabulary import vocabulary

OR = "|"
_OPEN_TIME = re.compile(rf"(\d\d):(\d\d){OPEN_HALF}+")


def meanings(value: str) -> list[str]:
    """The values that a value may stand for, the likeliest first: ``06:30~`` for 06:30 and 18:30."""
    if time := _OPEN_TIME.fullmatch(value):
        hour, minute = time.groups()
        return [f"{hour}:{minute}", f"{(int(hour) + 12) % 24:02d}:{minute}"]
    return value.split(OR)


_NEAR = frozenset({"near", "nearby", "beside", "opposite", "from", "to", "towards"})
_ARTICLES = frozenset({"a", "an", "the", "this", "that"})
_ROUTE = ("departure", "destination")
_TICKETS = frozenset({"ticket", "tickets"})
_TO_THERE = frozenset(
    {"taxi", "cab", "train", "get", "gets", "go", "goes", "travel", "travels", "ride", "him", "her", "them"}
)
_BOOKED = _TICKETS | {"seat", "seats", "table", "tables"}
DENIED = "-"  # the value of a denied type


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

    @property
    def open(self) -> bool:
        """Whether the text leaves open of which domain or slot it states the value."""
        return len(self.domains) * len(self.families) > 1


_Placed = tuple[Claim, int, int]  # a claim and the tokens of its sentence from start to end


@dataclass(slots=True)
class _Sentence:
    """A sentence read: its values, its domain nouns, and what the text spoke of before it."""

    tokens: list[str]
    spans: list[Span]
    mentions: list[Mention]
    denied: list[bool]
    anchors: list[Anchor]
    topic: str | None = None

    def span(self, start: int, end: int) -> Span:
        """Where in the plain text the tokens from ``start`` to ``end`` stand."""
        return self.spans[start][0], self.spans[end - 1][1]


class Reader:
    """Reads texts against one gold state, which says what domains, slots and further names to expect."""

    def __init__(self, domains: Sequence[str], gold: Sequence[GoldSlot]) -> None:
        self.domains = tuple(dict.fromkeys([*domains, *(item.slot.domain for item in gold)]))
        self._families: dict[str, set[str]] = {domain: set(SCHEMA.get(domain, ())) for domain in self.domains}
        for item in gold:
            self._families[item.slot.domain].add(item.family)
        self._values: dict[tuple[str, str], set[str]] = {}
        for item in gold:
            self._values.setdefault((item.slot.domain, item.family), set()).add(item.value)
        self._names = {item.value: item.slot.domain for item in gold if item.family == "name"}
        self._lexicon = of_gold(gold)
        self._units = open_units(gold)
        self._keywords = Keywords.of(self.domains, self._families)

    def claims(self, text: str) -> dict[Claim, Span]:
        """All claims of a text, each once, in the order of the text, with where in the plain text they first stand."""
        found: dict[Claim, Span] = {}
        topic: str | None = None
        read = [self._sentence(words) for words in sentences(text)]
        for sentence, following in itertools.zip_longest(read, read[1:]):
            sentence.topic = topic
            sentence.anchors = self._telling(sentence, following)
            for claim, start, end in self._read(sentence):
                found.setdefault(claim, sentence.span(start, end))
            for claim, start, end in self._there(sentence, found):
                found.setdefault(claim, sentence.span(start, end))
            topic = spoken_of(sentence.anchors, len(sentence.tokens)) or topic
        return _without_contradicted(found)

    def _sentence(self, words: Sentence) -> _Sentence:
        unglued = unglue(words, self._lexicon)
        read = find_mentions(unglued.tokens, self._lexicon, self._units)
        anchors = find_anchors(unglued.tokens, read.found, self._keywords)
        anchors = anchors or home_anchor(read.found, self._names)
        return _Sentence(unglued.tokens, unglued.spans, read.stated, read.denied, anchors)

    def _telling(self, sentence: _Sentence, following: _Sentence | None) -> list[Anchor]:
        """The domain nouns of a sentence without hints at a domain that the state does not have.

        Tickets are then of whatever else can be booked; seats and tables of what the next sentence names.
        """
        anchors, tokens = sentence.anchors, sentence.tokens
        if not self.domains or any(a.strong or a.domain in self.domains for a in anchors):
            return anchors
        named = next((a.domain for a in following.anchors if a.strong), None) if following else None
        hinted = {tokens[a.noun] for a in anchors}
        if hinted and hinted <= _BOOKED and named in self.domains:
            return [replace(anchor, domain=named) for anchor in anchors]
        return [anchor for anchor in anchors if tokens[anchor.noun] not in _TICKETS]

    def _read(self, sentence: _Sentence) -> Iterable[_Placed]:
        for mention in sentence.mentions:
            read = {PLACE: self._place, TIME: self._time}.get(mention.kind, self._value)
            if misplaced(sentence.tokens, mention):
                continue
            if (claim := read(sentence, mention)) and (claim := self._settled(claim)):
                yield claim, mention.start, mention.end
                if other := spoken_of_together(sentence.tokens, sentence.anchors, mention.start):
                    yield replace(claim, domains=(other,)), mention.start, mention.end
        yield from _hotel_type(sentence)
        yield from _types_in_names(sentence)

    def _there(self, sentence: _Sentence, before: Iterable[Claim]) -> Iterable[_Placed]:
        """``a taxi from there to prezzo``: the place that was named last, where the state has it so."""
        if "there" not in sentence.tokens:
            return
        named = [claim.value for claim in before if claim.families == ("name",)]
        for place in (i for i, token in enumerate(sentence.tokens) if token == "there"):
            domain = spoken_of(sentence.anchors, place)
            if named and domain and self._schema(domain) & set(_ROUTE):
                leaving = sentence.tokens[place - 1 : place] == ["from"]
                going = sentence.tokens[place - 1 : place] and sentence.tokens[place - 1] in _TO_THERE
                if leaving or going:
                    yield Claim((domain,), (_ROUTE[not leaving],), named[-1], soft=True), place, place + 1

    def _domains(self, families: Iterable[str], sentence: _Sentence, mention: Mention) -> tuple[str, ...]:
        """The domains that a value can be stated of: the sentence's, else the topic if it has such a slot, else any."""
        if spoken := spoken_of(sentence.anchors, mention.start):
            return (spoken,)
        wanted = set(families)
        if sentence.topic and self._schema(sentence.topic) & wanted:
            return (sentence.topic,)
        fitting = [domain for domain in self.domains if self._families[domain] & wanted]
        fitting = fitting or [domain for domain, known in SCHEMA.items() if set(known) & wanted]
        return tuple(fitting) or self.domains

    def _schema(self, domain: str) -> set[str]:
        return self._families.get(domain) or set(SCHEMA.get(domain, ()))

    def _settled(self, claim: Claim) -> Claim | None:
        """A claim of slots that its domains have, of the values that its words can mean the one that the state has.

        None where no domain of the data has such a slot (``the taxi has 4 stars``).
        """
        families = tuple(f for f in claim.families if any(f in self._schema(domain) for domain in claim.domains))
        if not families and all(domain in SCHEMA for domain in claim.domains):
            return None
        families = families or claim.families
        value = claim.value
        if len(options := meanings(value)) > 1:
            places = [(domain, family) for domain in claim.domains for family in families]
            known = (option for option in options for place in places if option in self._values.get(place, ()))
            value = next(known, options[0])
        return replace(claim, families=families, value=value)

    def _value(self, sentence: _Sentence, mention: Mention) -> Claim | None:
        domains = self._domains([mention.kind], sentence, mention)
        typed = any("type" in self._schema(domain) for domain in domains)
        if mention.kind == "type" and not _is_type(sentence.tokens, mention, typed and _own_type(domains, mention)):
            return None
        return Claim(domains, (mention.kind,), mention.value, soft=mention.kind.startswith(OPEN))

    def _time(self, sentence: _Sentence, mention: Mention) -> Claim | None:
        if offered(sentence.tokens, mention):
            return None
        role = time_role(sentence.tokens, mention, sentence.mentions)
        families: tuple[str, ...] = (role,) if role else ("leave", "arrive", "time")
        soft = mention.value.endswith(BARE_HOUR)
        domains = self._domains(families, sentence, mention)
        schemas = [self._schema(domain) for domain in domains]
        if not role and any("leave" in schema for schema in schemas):
            if not at_time(sentence.tokens, mention):
                return None
            return Claim(domains, ("leave", "time"), mention.value, soft=True)
        if not any(schema & set(families) for schema in schemas):
            families = ("time",)  # a restaurant neither leaves nor arrives: "leaves at 18:00" is its only time
        return Claim(domains, families, mention.value, soft)

    def _place(self, sentence: _Sentence, mention: Mention) -> Claim | None:
        role, certain = place_role(sentence.tokens, mention, sentence.mentions)
        expected = (role,) if certain else ("name", *_ROUTE)
        domains = self._domains(expected, sentence, mention)
        moving = any(self._schema(domain) & set(_ROUTE) for domain in domains)
        if role in _ROUTE and (certain or moving):
            return Claim(domains, (role,), mention.value)
        if role != "name" and (
            moving or goes_itself(sentence.tokens, mention) or not stands_for_name(sentence.tokens, mention)
        ):
            return None
        if role != "name" and place_homes().get(mention.value) in ("station", "other"):
            return Claim(domains, ("name",), mention.value, soft=True)  # a town says where, not what
        return Claim(domains, ("name",), mention.value)


def _is_type(tokens: Sequence[str], mention: Mention, typed: bool) -> bool:
    """Whether a type's noun says what something is, rather than pointing to a place nearby."""
    before = [token for token in tokens[max(0, mention.start - 6) : mention.start] if token not in _ARTICLES]
    aim = before[-2:] in (["go", "to"], ["going", "to"]) and tokens[mention.start - 1] in ("a", "an")
    if before and before[-1] in _NEAR and not aim:
        return False
    return typed or "type" in [*before, *tokens[mention.end : mention.end + 1]] or before[-1:] == ["is"]


def _own_type(domains: Sequence[str], mention: Mention) -> bool:
    """Whether a type is one of the domain's own: a theatre in a sentence on a hotel is mostly a place nearby."""
    return domains != ("hotel",) or mention.value == "guesthouse"


def _hotel_type(sentence: _Sentence) -> Iterable[_Placed]:
    """The noun ``hotel`` agrees with a state that has it as the type, and is no error elsewhere."""
    tokens = sentence.tokens
    for place, token in enumerate(tokens):
        typed = tokens[place + 1 : place + 2] == ["type"] and tokens[place + 2 : place + 3] not in (["is"], ["isnt"])
        if token == "hotel" and (typed or announcing(tokens, place) == "type"):
            yield Claim(("hotel",), ("type",), _denial(sentence, place) or "hotel", soft=True), place, place + 1
            return
    anchor = next((a for a in sentence.anchors if a.domain == "hotel" and a.strong), None)
    if anchor and not _denial(sentence, anchor.noun):
        yield Claim(("hotel",), ("type",), "hotel", soft=True), anchor.noun, anchor.noun + 1


def _denial(sentence: _Sentence, place: int) -> str:
    """What stands for a denied type, "" where the word at a place is not denied."""
    return DENIED if sentence.denied and sentence.denied[place] else ""


def _types_in_names(sentence: _Sentence) -> Iterable[_Placed]:
    """``jesus college`` is a college: the name, be it no more than *college*, agrees with a state that says so."""
    for mention in sentence.mentions:
        named = mention.kind == PLACE and mention.role in ("", "name") and not misplaced(sentence.tokens, mention)
        if named and spoken_of(sentence.anchors, mention.start) == "attraction":
            for kind in vocabulary().values["type"]:
                if kind in mention.value.split():
                    yield Claim(("attraction",), ("type",), kind, soft=True), mention.start, mention.end
        elif mention.kind == "type" and announcing(sentence.tokens, mention.start) == "name":
            yield Claim(("attraction",), ("type",), mention.value, soft=True), mention.start, mention.end


def _without_contradicted(claims: dict[Claim, Span]) -> dict[Claim, Span]:
    """Without the bare noun ``hotel`` as a type where the text gives the hotel another type, or denies this one."""
    types = [c for c in claims if c.families == ("type",) and c.domains == ("hotel",)]
    told = any(not c.soft for c in types)
    return {c: span for c, span in claims.items() if c.value != DENIED and not (told and c.soft and c in types)}
