"""Values in a sentence: what could fill a slot, before it is known of which domain and slot it speaks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from todsum.metrics.consistency.lexicon import PLACE, Lexicon, general
from todsum.metrics.consistency.names import find_names
from todsum.metrics.consistency.numbers import number_at
from todsum.metrics.consistency.polarity import indifferent, is_asked, is_denied, yes_or_no
from todsum.metrics.consistency.slots import ANY, FLAG

TIME = "time of day"

_CLOCK = re.compile(r"\d\d:\d\d")


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


def find_mentions(tokens: Sequence[str], gold: Lexicon, units: Mapping[str, str]) -> list[Mention]:
    """All values that a sentence states, in order.

    Args:
        tokens: the sentence.
        gold: phrases that the gold state adds to the vocabulary.
        units: counted nouns that it adds, with their families.
    """
    names = {name.start: name for name in find_names(tokens, gold)}
    found = [Mention(family, ANY, i, i + 1) for i, family in indifferent(tokens)]
    unimportant = {mention.kind for mention in found}
    place = 0
    while place < len(tokens):
        if name := names.get(place):
            found.append(Mention(PLACE, name.value, name.start, name.end, name.role))
            place = name.end
            continue
        here = _values_at(tokens, place, gold, units)
        for mention in here:
            if mention.kind.startswith(FLAG):
                if mention.kind not in unimportant and not is_asked(tokens, place):
                    value = yes_or_no(tokens, place, mention.end)
                    found.append(Mention(mention.kind, value, place, mention.end))
            elif "whether" not in tokens[:place] and not is_denied(tokens, place):
                found.append(mention)
        place = max([place + 1, *(mention.end for mention in here)])
    return sorted(found, key=lambda mention: mention.start)


def _values_at(tokens: Sequence[str], place: int, gold: Lexicon, units: Mapping[str, str]) -> list[Mention]:
    if _CLOCK.fullmatch(tokens[place]):
        return [Mention(TIME, tokens[place], place, place + 1)]
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
