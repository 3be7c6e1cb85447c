"""Of which domain a sentence speaks, word by word."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from todsum.metrics.consistency.lexicon import PLACE, place_homes
from todsum.metrics.consistency.mentions import Mention
from todsum.metrics.consistency.slots import OPEN, SCHEMA, name_words, number
from todsum.metrics.consistency.text import COMMA
from todsum.metrics.consistency.vocabulary import Phrase, vocabulary

_DETERMINERS = frozenset({"a", "an", "the", "this", "that", "his", "her", "their", "another", "some", "its"})
_FILLERS = frozenset({"star", "stars", "type", "price", "pricerange", "nice", "new", "good", "same", "of"})
_JOINS = frozenset({"and", "or", "also", "plus", "then", "but", "as", COMMA})
_COORDINATED = frozenset({"and", "the", "a", "an", "his", "her", "their"})
_TOWARDS = frozenset({"from", "to", "towards", "into", "near", "between"})
_AT = frozenset({"at", "in", "leaving", "leaves", "leave", "reach", "reaches", "by"})
# Domains whose name is an everyday word or a type of attraction count only if the gold state has them.
_ONLY_IN_GOLD = frozenset({"cinema", "event"})


@dataclass(frozen=True, slots=True)
class Anchor:
    """A noun that says of which domain its surroundings speak.

    Attributes:
        start: where its noun phrase starts, adjectives and article included.
        noun: where the noun itself stands.
        strong: it names the domain; otherwise it only hints at it.
        opens: it starts a new part of the sentence (``…, and a table for 2``).
        refers: it only refers to another domain's place (``a taxi to the hotel``).
    """

    domain: str
    start: int
    noun: int
    strong: bool
    opens: bool = False
    refers: bool = False


@dataclass
class Keywords:
    """The nouns to look for, given the domains of the gold state."""

    strong: dict[Phrase, str] = field(default_factory=dict)
    weak: dict[Phrase, str] = field(default_factory=dict)
    transport: frozenset[str] = frozenset()

    @classmethod
    def of(cls, domains: Iterable[str], families: Mapping[str, set[str]]) -> Keywords:
        """Nouns of TODSum's domains and of the gold domains, whatever they are called."""
        known = vocabulary()
        gold = list(domains)
        new = [domain for domain in gold if domain not in SCHEMA]
        words = cls(transport=frozenset({"train", "taxi"} | {d for d in new if "departure" in families.get(d, set())}))
        for domain, phrases in known.strong.items():
            listed = domain in SCHEMA or domain in new
            if listed or domain not in _ONLY_IN_GOLD:
                words.strong.update(dict.fromkeys(phrases if listed else phrases[:1], domain))
        for domain, phrases in known.weak.items():
            if domain in gold or (domain in SCHEMA and not new):
                words.weak.update(dict.fromkeys(phrases, domain))
        for domain in new:
            key = "".join(name_words(domain)) or domain
            for phrase in (tuple(name_words(domain)), (key,), (key + "s",), *known.strong.get(key, ())):
                words.strong[phrase] = domain
                words.weak.pop(phrase, None)
        return words


def find_anchors(tokens: Sequence[str], mentions: Sequence[Mention], keywords: Keywords) -> list[Anchor]:
    """The domain nouns of a sentence, in order; those inside names do not count."""
    inside = [False] * len(tokens)  # of a value
    named = [False] * len(tokens)
    for mention in mentions:
        for i in range(mention.start, mention.end):
            named[i] = mention.kind == PLACE or mention.kind.startswith(OPEN)
            inside[i] = not named[i]
    found: list[tuple[int, int, str, bool]] = []
    place = 0
    while place < len(tokens):
        size = 1
        for length in (2, 1):
            words = tuple(tokens[place : place + length])
            domain = keywords.strong.get(words) or keywords.weak.get(words)
            if domain and len(words) == length and not any(named[place : place + length]):
                found.append((place, length, domain, words in keywords.strong))
                size = length
                break
        else:
            if not named[place] and (domain := _spun_out(tokens[place])):
                found.append((place, 1, domain, True))
        place += size
    moving = any(domain in keywords.transport and (strong or domain == "taxi") for _, _, domain, strong in found)
    return [_anchor(tokens, inside, place, domain, strong, moving) for place, _, domain, strong in found]


def _spun_out(token: str) -> str | None:
    """The domain whose noun a garbled word starts with: ``restachchurant``, ``taxiii``."""
    known = vocabulary()
    if len(token) < 5 or token in known.no_stems:
        return None
    return known.stems.get(token[:5]) or known.stems.get(token[:4])


def _anchor(
    tokens: Sequence[str], inside: Sequence[bool], place: int, domain: str, strong: bool, moving: bool
) -> Anchor:
    start = place
    while start > 0 and (inside[start - 1] or tokens[start - 1] in _FILLERS) and tokens[start - 1] != COMMA:
        start -= 1
    counted = start < place and number(tokens[start]) is not None
    determined = start > 0 and tokens[start - 1] in _DETERMINERS
    start -= determined
    before = tokens[start - 1] if start else ""
    joined = start > 1 and tokens[start - 2] in _JOINS  # "…, and takes a taxi", "… and for a restaurant"
    joined = joined and (before in vocabulary().denial.finite or before == "for")
    opens = (before in _JOINS or joined) and (strong or determined or counted)
    entering = before == "to" and tokens[start - 2 : start - 1] == ["in"]  # "checks in to the hotel"
    refers = (before in _TOWARDS and not entering) or (before in _AT and moving and domain not in ("train", "taxi"))
    return Anchor(domain, start, place, strong, opens, refers)


def spoken_of(anchors: Sequence[Anchor], place: int) -> str | None:
    """The domain that the words at a place speak of, by the anchors of their sentence."""
    real = [anchor for anchor in anchors if not anchor.refers] or list(anchors)
    if not real:
        return None
    part: list[Anchor] = []
    for anchor in real:
        if anchor.opens and anchor.start > place and part:
            break
        if anchor.opens and part:
            part = []
        part.append(anchor)
    strong = [anchor for anchor in part if anchor.strong] or part
    before = [anchor for anchor in strong if anchor.start <= place]
    return (before[-1] if before else strong[0]).domain


def spoken_of_together(tokens: Sequence[str], anchors: Sequence[Anchor], place: int) -> str | None:
    """The other domain that a sentence states a value of: ``the college and the restaurant are in the centre``."""
    for first, second in itertools.pairwise(anchors):
        between = tokens[first.noun + 1 : second.noun]
        joined = "and" in between and _COORDINATED.issuperset(between)
        if (
            joined
            and second.noun < place
            and tokens[second.noun + 1 : second.noun + 2] in (["are"], ["both"], ["were"])
        ):
            return first.domain
    return None


def home_anchor(mentions: Sequence[Mention], names: Mapping[str, str]) -> list[Anchor]:
    """What a sentence without a domain noun speaks of: the domain where the place that it names belongs."""
    for mention in mentions:
        home = names.get(mention.value) or place_homes().get(mention.value, "")
        if mention.kind == PLACE and mention.role in ("", "name") and home in SCHEMA:
            return [Anchor(home, mention.start, mention.start, strong=False)]
    return []
