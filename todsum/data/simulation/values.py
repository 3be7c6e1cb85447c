"""Values: drawn from a slot's list or made up, and how they are written in running text."""

from __future__ import annotations

from functools import lru_cache
from string import capwords

from todsum.data.simulation.draw import Draw
from todsum.data.simulation.ontology import Choices

_ONSETS, _VOWELS, _ENDS, _LAST = (
    tuple(line.split())
    for line in (
        "b br c cl d dr f fl g gr h j k l m n p pr qu r s st t tr v w y z",
        "a e i o u ai ea ou io",
        "l n r s th x nd lk m rn ck sh v st",
        "a o en el is or in um ey ick ora ine",
    )
)
_RUDE = ("fuck", "dick", "cock", "suck", "prick")
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight")


def coin(draw: Draw) -> str:
    """A made-up word that begins with a consonant, such as ``brealkora``; never a rude one."""
    pick = draw.pick
    word = pick(_ONSETS) + pick(_VOWELS) + pick(_ENDS) + pick(_LAST)
    return coin(draw) if any(rude in word for rude in _RUDE) else word


def draw_value(draw: Draw, slot: Choices, made_up: float) -> str:
    """A value of the slot; with probability ``made_up`` one that is in no list, where the slot is an open one."""
    if slot.coined and draw.chance(made_up):
        value = draw.pick(slot.coined)
        while "{coin}" in value:
            value = value.replace("{coin}", coin(draw), 1)
        return value.replace("{noun}", draw.pick(slot.nouns)) if slot.nouns else value
    return draw.pick(slot.values)


def other_value(draw: Draw, slot: Choices, made_up: float, *taken: str) -> str:
    """A value of the slot that is none of ``taken`` and neither contains one of them nor is contained in one."""
    while True:
        value = draw_value(draw, slot, made_up)
        if not any(value in old or old in value for old in taken):
            return value


@lru_cache(maxsize=65536)
def titled(value: str) -> str:
    """The value as a proper name: ``Saint John's``."""
    return capwords(value)


def counted(value: str, slot: Choices, words: bool = False) -> str:
    """A number with its unit (``3 people``, ``one night``); other values as they are.

    ``yes`` and ``no`` of a flag become its name: ``parking``, ``no parking``.
    """
    if slot.kind == "flag":
        return slot.label if value == "yes" else f"no {slot.label}"
    if slot.unit is None:
        return value
    number = _NUMBERS[int(value)] if words else value
    return f"{number} {slot.unit[value != '1']}"
