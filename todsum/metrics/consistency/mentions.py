"""Values in a sentence: what could fill a slot, before it is known of which domain and slot it speaks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from todsum.metrics.consistency.lexicon import PLACE, Lexicon, general
from todsum.metrics.consistency.names import find_names
from todsum.metrics.consistency.slots import ANY, FLAG, number
from todsum.metrics.consistency.text import COMMA
from todsum.metrics.consistency.vocabulary import vocabulary

TIME = "time of day"

_CLOCK = re.compile(r"\d\d:\d\d")
_NOT = frozenset({"not", "isnt", "arent", "never", "wasnt"})
_WITHOUT = frozenset({"no", "not", "without", "doesnt", "dont", "lacks", "lack", "lacking", "neither", "nor", "isnt"})
_ASKS = frozenset({"wonder", "wonders", "whether", "know", "knows", "what", "check", "search", "find", "information"})
_SEATED = frozenset({"seat", "seats", "table", "tables", "reservation", "booking", "ticket", "tickets", "room", "rooms",
                     "party", "group", "people", "persons", "guests"})  # fmt: skip
_BETWEEN = frozenset({"train", "bus", "flight", "more", "other", "hotel", "taxi", "cinema", "event", "adult"})


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


def _unit(tokens: Sequence[str], place: int, units: Mapping[str, str]) -> tuple[int, str] | None:
    """End and family of the counted noun at a place, a word such as ``train`` allowed before it."""
    for start in (place, place + 1):
        for length in (2, 1):
            word = tuple(tokens[start : start + length])
            kind = vocabulary().units.get(word) or (units.get(word[0]) if len(word) == 1 else None)
            if kind and len(word) == length:
                return start + length, kind
        if tokens[place : place + 1] and tokens[place] not in _BETWEEN:
            break
    return None


def _number_at(tokens: Sequence[str], place: int, units: Mapping[str, str]) -> Mention | None:
    """A counted number: ``3 people``, ``4 star``, ``5 train tickets``, ``seat for 1``, ``stars is 4``."""
    value = number(tokens[place])
    if value is None:
        return None
    if unit := _unit(tokens, place + 1, units):
        return Mention(unit[1], value, place, unit[0])
    before = [token for token in tokens[max(0, place - 4) : place] if token not in ("the", "a", "number")]
    if before and before[-1] in ("for", "of"):
        seated = any(token in _SEATED for token in before)
        if (seated or tokens[place] != "one") and (before[-1] == "for" or seated):
            following = tokens[place + 1 : place + 2]
            if not following or seated or following[0] in {COMMA, "at", "on", "in", "and", "from", "to"}:
                return Mention("people", value, place, place + 1)
    if before and before[-1] in ("is", "are", "of", COMMA) and len(before) > 1 and (kind := _counted(before[:-1], units)):
        return Mention(kind, value, place, place + 1)
    if before and (kind := _counted(before, units)) and kind != "people":
        return Mention(kind, value, place, place + 1)
    return None


def _counted(before: Sequence[str], units: Mapping[str, str]) -> str | None:
    word = before[-1]
    if word == "rating":
        return "stars"
    return vocabulary().units.get((word,)) or units.get(word) or ("stay" if word == "stay" else None)


def _indifferent(tokens: Sequence[str]) -> list[Mention]:
    """``does not care about the price and area``, ``any area``, ``the price does not matter``."""
    found = []
    slot_words = vocabulary().slot_words
    for words in vocabulary().indifference:
        size = len(words)
        for place in range(len(tokens) - size + 1):
            if tuple(tokens[place : place + size]) != words:
                continue
            if words == ("any",):
                window = range(place + 1, min(place + 2, len(tokens)))
            elif "matter" in words or "important" in words:
                window = range(max(0, place - 5), place)
            else:
                window = range(place + size, min(place + size + 8, len(tokens)))
            for i in window:
                if kind := slot_words.get((tokens[i],)):
                    family = FLAG + kind if kind in ("internet", "parking") else kind
                    found.append(Mention(family, ANY, i, i + 1))
    return found


def _is_asked(tokens: Sequence[str], place: int) -> bool:
    """Whether a yes-or-no slot is asked about rather than stated: ``wonders whether the hotel has parking``."""
    before = tokens[:place]
    if set(before) & _ASKS:
        return True
    return any(a in ("asks", "ask", "asked") and (b, c) in _ASKED for a, b, c in zip(before, before[1:], [*before[2:], ""], strict=False))


_ASKED = {(word, then) for word in ("for", "if", "about") for then in ("the", "it", "its", "internet", "parking", "there")} - {
    ("if", "there")
}


def _flag(mention: Mention, tokens: Sequence[str]) -> Mention | None:
    if _is_asked(tokens, mention.start):
        return None
    clause = tokens[max(0, mention.start - 4) : mention.start]
    for place in range(len(clause) - 1, -1, -1):
        if clause[place] in ("but", COMMA, "with", "has"):
            clause = clause[place + 1 :]
            break
    value = "no" if set(clause) & _WITHOUT else "yes"
    if value == "yes" and tokens[mention.end : mention.end + 1] in (["no"], ["not"]):
        value = "no"
    if value == "yes" and tokens[mention.end : mention.end + 2] == ["is", "no"]:
        value = "no"
    return Mention(mention.kind, value, mention.start, mention.end)


def _negated(tokens: Sequence[str], start: int) -> bool:
    before = tokens[max(0, start - 3) : start]
    return bool(set(before[-2:]) & _NOT) or before[-2:] == ["instead", "of"] or before[-2:] == ["rather", "than"]


def find_mentions(tokens: Sequence[str], gold: Lexicon, units: Mapping[str, str]) -> list[Mention]:
    """All values of a sentence in order. ``gold`` and ``units`` are what the gold state adds to the vocabulary."""
    names = {name.start: name for name in find_names(tokens, gold)}
    indifferent = _indifferent(tokens)
    found: list[Mention] = [*indifferent]
    place = 0
    while place < len(tokens):
        if name := names.get(place):
            found.append(Mention(PLACE, name.value, name.start, name.end, name.role))
            place = name.end
            continue
        here = _values_at(tokens, place, gold, units)
        for mention in here:
            if "whether" in tokens[:place]:
                continue  # asked, not stated
            kept = _flag(mention, tokens) if mention.kind.startswith(FLAG) else mention
            if kept and (kept.kind.startswith(FLAG) or not _negated(tokens, place)):
                found.append(kept)
        place = max([place + 1, *(mention.end for mention in here)])
    taken = {mention.kind for mention in indifferent}
    return sorted(
        (m for m in found if m.value == ANY or not (m.kind.startswith(FLAG) and m.kind in taken)), key=lambda m: m.start
    )


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
    counted = _number_at(tokens, place, units)
    return [counted] if counted else []
