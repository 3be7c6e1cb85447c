"""Counted things in a sentence: how many people, nights, stars, tickets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from todsum.metrics.consistency.slots import number
from todsum.metrics.consistency.text import COMMA
from todsum.metrics.consistency.vocabulary import vocabulary

# For whom a number without a noun counts people: ``a seat for 1``.
_SEATED = frozenset(
    {"seat", "seats", "table", "tables", "reservation", "booking", "ticket", "tickets", "room", "rooms"}
)
_SEATED |= {"party", "group", "family", "people", "persons", "guests"}
# What may stand between a number and what it counts: ``5 train tickets``.
_BETWEEN = frozenset(
    {"train", "bus", "flight", "more", "other", "hotel", "taxi", "cinema", "event", "adult", "restaurant"}
)
_FOLLOWS = frozenset(
    {COMMA, "at", "on", "in", "and", "from", "to", "with", "this", "by", "but", "or", "is", "that", "of", "please"}
)
_FOLLOWS |= {"under", "for", "was", "has", "will"}


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


def number_at(tokens: Sequence[str], place: int, units: Mapping[str, str]) -> tuple[str, str, int] | None:
    """Family, value and end of a counted number: ``3 people``, ``5 train tickets``, ``seat for 1``, ``stars is 4``.

    ``units`` are counted nouns beside the vocabulary's, with their families.
    """
    value = number(tokens[place])
    if value is None:
        return None
    if unit := _unit(tokens, place + 1, units):
        return (unit[1], value, unit[0])
    before = [token for token in tokens[max(0, place - 4) : place] if token not in ("the", "a", "number")]
    if before and before[-1] in ("for", "of"):
        seated = any(token in _SEATED for token in before)
        if (seated or tokens[place] != "one") and (before[-1] == "for" or seated):
            following = tokens[place + 1 : place + 2]
            if not following or following[0] in _FOLLOWS:
                return ("people", value, place + 1)
    linked = len(before) > 1 and before[-1] in ("is", "are", "of", COMMA)
    linked = linked and not (tokens[place] == "one" and before[-1] == COMMA)  # "a week, one where he can park"
    kind = _counted(before[-2], units) if linked else _counted(before[-1], units) if before else None
    return (kind, value, place + 1) if kind and (linked or kind != "people") else None


def _counted(word: str, units: Mapping[str, str]) -> str | None:
    named = {"rating": "stars", "rated": "stars", "stay": "stay"}
    return vocabulary().units.get((word,)) or units.get(word) or named.get(word)
