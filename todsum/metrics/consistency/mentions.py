"""Values in a sentence: what could fill a slot, before it is known of which domain and slot it speaks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from todsum.metrics.consistency.denial import denied
from todsum.metrics.consistency.lexicon import PLACE, Lexicon, general
from todsum.metrics.consistency.names import find_names
from todsum.metrics.consistency.numbers import number_at
from todsum.metrics.consistency.polarity import answer, indifferent, is_asked
from todsum.metrics.consistency.slots import ANY, FLAG

TIME = "time of day"

_CLOCK = re.compile(r"\d\d:\d\d~{0,2}")


@dataclass(frozen=True, slots=True)
class Mention:
    """A value at a token span.

    Attributes:
        kind: a slot family; ``place`` or ``time of day`` where the family must be told from the sentence.
        role: the family of a place that the sentence announces, or "".
    """

    kind: str
    value: str
    start: int
    end: int
    role: str = ""


@dataclass(frozen=True, slots=True)
class Mentions:
    """The values of a sentence.

    Attributes:
        stated: in order; denied values are left out.
        found: all, the denied ones included.
        denied: for each token whether it is denied, empty where none is.
    """

    stated: list[Mention]
    found: list[Mention]
    denied: list[bool]


def find_mentions(tokens: Sequence[str], gold: Lexicon, units: Mapping[str, str]) -> Mentions:
    """Reads all values of a sentence.

    Args:
        tokens: the sentence.
        gold: phrases that the gold state adds to the vocabulary.
        units: counted nouns that it adds, with their families.
    """
    found = _candidates(tokens, gold, units)
    any_value = list(indifferent(tokens))
    spans = [(m.start, m.end, m.kind.startswith(FLAG)) for m in found]
    spans += [(place, place + 2, False) for i, _, place in any_value if i < place]
    marks = denied(tokens, spans)
    stated = [Mention(family, ANY, i, i + 1) for i, family, place in any_value if not marks or not marks[place]]
    unimportant = {mention.kind for mention in stated}
    asked = _asked(tokens)
    for mention in found:
        is_denied = bool(marks) and marks[mention.end - 1]
        if mention.kind.startswith(FLAG):
            if mention.kind not in unimportant and not is_asked(tokens, mention.start):
                value = answer(tokens, mention.end, denied=is_denied)
                stated.append(Mention(mention.kind, value, mention.start, mention.end))
        elif not is_denied and (mention.kind == PLACE or mention.start not in asked):
            stated.append(mention)
    return Mentions(sorted(stated, key=lambda mention: mention.start), found, marks)


def _asked(tokens: Sequence[str]) -> range:
    """The words that ``whether`` asks about: up to a contrast."""
    if "whether" not in tokens:
        return range(0)
    start = tokens.index("whether")
    return range(start, next((i for i in range(start, len(tokens)) if tokens[i] == "but"), len(tokens)))


def _candidates(tokens: Sequence[str], gold: Lexicon, units: Mapping[str, str]) -> list[Mention]:
    """Everything that could be a value, in order."""
    names = {name.start: name for name in find_names(tokens, gold)}
    found: list[Mention] = []
    place = 0
    while place < len(tokens):
        if name := names.get(place):
            found.append(Mention(PLACE, name.value, name.start, name.end, name.role))
            place = name.end
            continue
        here = _values_at(tokens, place, gold, units)
        found += here
        place = max([place + 1, *(mention.end for mention in here)])
    return found


def _values_at(tokens: Sequence[str], place: int, gold: Lexicon, units: Mapping[str, str]) -> list[Mention]:
    token = tokens[place]
    if ":" in token and _CLOCK.fullmatch(token):
        return [Mention(TIME, token, place, place + 1)]
    if token not in gold.first_words and token not in general().first_words:
        counted = number_at(tokens, place, units)
        return [Mention(counted[0], counted[1], place, counted[2])] if counted else []
    found = [lexicon.at(tokens, place) for lexicon in (gold, general())]
    longest = max(length for length, _ in found)
    mentions = [
        Mention(entry.kind, entry.value, place, place + length)
        for length, entries in found
        for entry in entries
        if length == longest and entry.kind != PLACE
    ]
    if mentions:
        return list(dict.fromkeys(mentions))
    counted = number_at(tokens, place, units)
    return [Mention(counted[0], counted[1], place, counted[2])] if counted else []
