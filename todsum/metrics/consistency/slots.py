"""Slots by what they mean: a family for every slot name, and one written form for every value.

Families are what the text can tell apart: ``departure destination leave arrive time day people stay stars area price
food type name``, a flag (``flag:internet``: yes or no), and ``slot:<name>`` for slots of domains that the metric has
no rules for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from todsum.data.schema import Slot
from todsum.metrics.consistency.text import words
from todsum.metrics.consistency.vocabulary import vocabulary

ANY = "dontcare"
PLACES = frozenset({"departure", "destination", "name"})
TIMES = frozenset({"leave", "arrive", "time"})
NUMBERS = frozenset({"people", "stay", "stars"})
OPEN = "slot:"
FLAG = "flag:"

# The slots of TODSum's domains by family: what a claim about the domain can be about.
SCHEMA = {
    "restaurant": {"food": "food", "price": "pricerange", "area": "area", "name": "name"}
    | {"time": "time", "day": "day", "people": "people"},
    "hotel": {"area": "area", "price": "pricerange", "name": "name", "stars": "stars", "type": "type"}
    | {"flag:internet": "internet", "flag:parking": "parking", "day": "day", "people": "people", "stay": "stay"},
    "attraction": {"area": "area", "name": "name", "type": "type"},
    "train": {"departure": "departure", "destination": "destination", "day": "day", "leave": "leaveAt"}
    | {"arrive": "arriveBy", "people": "people"},
    "taxi": {"departure": "departure", "destination": "destination", "leave": "leaveAt", "arrive": "arriveBy"},
}

_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_ANY_VALUES = frozenset({"dont care", "doesnt care", "any", "dontcare", "do nt care"})
# Words of a slot's name that tell its family, most telling first.
_NAME_WORDS = (
    ("leave", {"leave", "leaveat", "leaves"}),
    ("arrive", {"arrive", "arriveby", "arrives"}),
    ("departure", {"departure", "origin", "from", "pickup"}),
    ("destination", {"destination", "to", "dropoff"}),
    ("day", {"day", "date", "weekday"}),
    ("time", {"time", "showtime", "hour"}),
    ("people", {"people", "passengers", "persons", "guests", "tickets", "travellers", "travelers", "seats", "party"}),
    ("stay", {"stay", "nights", "days"}),
    ("stars", {"stars", "star"}),
    ("area", {"area"}),
    ("price", {"price", "pricerange"}),
    ("food", {"food", "cuisine"}),
    ("name", {"name"}),
)
_TIME_WORDS = frozenset({"time", "at", "by", "hour"})


@dataclass(frozen=True, slots=True)
class GoldSlot:
    """A filled slot of the gold state with its family and its value in the form that mentions have."""

    slot: Slot
    family: str
    value: str


def name_words(slot: str) -> list[str]:
    """The words of a slot's name: ``pick_upTime`` gives pick, up, time."""
    return [part.lower() for part in _PARTS.findall(slot)] or list(words(slot))


def family(slot: str, value: str, domain: str) -> str:
    """The family of a slot, by its name; by its value where that is yes or no, or a time."""
    known = SCHEMA.get(domain, {})
    for name, published in known.items():
        if published == slot:
            return name
    if value.strip().lower() in ("yes", "no"):
        return FLAG + " ".join(name_words(slot))
    parts = set(name_words(slot))
    if "duration" in parts and value.strip().isdigit():
        return "stay"
    found = next((name for name, hints in _NAME_WORDS if parts & hints), OPEN + slot)
    if found in ("departure", "destination") and (parts & _TIME_WORDS or _clock(value)):
        return "leave" if found == "departure" else "arrive"
    if found == OPEN + slot and "arrival" in parts:
        return "arrive" if parts & _TIME_WORDS or _clock(value) else "destination"
    return found


def _clock(value: str) -> str | None:
    found = words(value)
    if len(found) == 1 and found[0].isdigit():
        found = words(f"at {value}")
    return next((token for token in found if re.fullmatch(r"\d\d:\d\d", token)), None)


def number(token: str) -> str | None:
    """A number in digits, from digits or a number word."""
    if token.isascii() and token.isdigit():
        return token.lstrip("0") or "0"
    value = vocabulary().numbers.get(token)
    return None if value is None else str(value)


_TRAILING = frozenset({"restaurant", "hotel", "guesthouse", "bedandbreakfast", "trainstation"})
_AREAS = frozenset({"north", "south", "east", "west", "centre", "cambridge"})


def place_core(tokens: Iterable[str]) -> tuple[str, ...]:
    """What is left of a place's name without ``the`` in front and ``hotel``, ``restaurant`` or the like behind."""
    core = [*tokens]
    if len(core) > 1 and core[0] == "the":
        core = core[1:]
    if len(core) > 1 and core[-1] in _TRAILING:
        short = core[:-1]
        if core[-1] == "trainstation" or (len(short[-1]) > 2 and not _AREAS.issuperset(short) and short[-1] != "the"):
            core = short
    return tuple(core)


def canonical(family: str, value: str) -> str:
    """A value in the one form that values of the family are compared in."""
    tokens = words(value)
    text = " ".join(tokens)
    if text in _ANY_VALUES:
        return ANY
    if family in TIMES:
        return _clock(value) or text
    if family in NUMBERS:
        return next((n for token in tokens if (n := number(token.strip())) is not None), text)
    if family in PLACES:
        return " ".join(place_core(tokens))
    if family.startswith(FLAG):
        return {"y": "yes", "n": "no", "free": "yes"}.get(text, text)
    for known, variants in vocabulary().values.get(family, {}).items():
        if text == known or text in variants:
            return known
    return text


def gold_slots(state: Iterable[Slot]) -> list[GoldSlot]:
    """The filled slots of a state; the unfilled ones (empty values) say nothing and are left out."""
    found = []
    for entry in state:
        kind = family(entry.slot, entry.value, entry.domain)
        if value := canonical(kind, entry.value):
            found.append(GoldSlot(entry, kind, value))
    return found
