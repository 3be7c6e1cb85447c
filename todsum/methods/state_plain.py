"""The gold dialogue state in plain words of its own: a rule baseline that owes its wording to no data set."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from todsum.data.schema import Example, Slot
from todsum.methods.base import Method, MethodSettings
from todsum.methods.state_values import EMPTY, INDIFFERENT

# Between the words of a name: signs and blanks, and where a capital begins a word.
_SEAM = re.compile(r"[\W_]+|(?<=[^\W_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

# A name that ends in one of these, such as ``leaveAt``, says what the domain does; a time or place follows.
_PREPOSITIONS = (" at", " by", " from", " to")


class StatePlain(Method[MethodSettings]):
    """One plain sentence a filled slot, in the order of the state, worded from the names of domain and slot alone.

    Shows what a gold state is worth to a writer who has never seen a reference. ``state-template`` can't: it was
    worded from references of every domain, and does not compete where one is held out. The rules here are rules of
    English. They take any domain and slot:

    ===================  ===============================
    ``area = north``     The hotel's area is north.
    ``leaveAt = 10:15``  The train is to leave at 10:15.
    ``internet = yes``   The hotel has internet.
    ``parking = no``     The hotel has no parking.
    ``area = dontcare``  The hotel's area does not matter.
    ===================  ===============================
    """

    reads_state = True

    def summarize(self, examples: Sequence[Example]) -> list[str]:
        """One summary an example, one sentence a line; empty where no slot is filled."""
        return ["\n".join(_sentences(example.state)) for example in examples]


def _sentences(state: Sequence[Slot]) -> Iterator[str]:
    for entry in state:
        value = " ".join(entry.value.split())
        if value.lower() not in EMPTY:
            yield _sentence(_words(entry.domain), _words(entry.slot), value)


def _sentence(domain: str, slot: str, value: str) -> str:
    acts = slot.endswith(_PREPOSITIONS)
    if value.lower() in INDIFFERENT:
        return f"What the {domain} is to {slot} does not matter." if acts else f"The {domain}'s {slot} does not matter."
    if value.lower() in ("yes", "no"):
        return f"The {domain} has {'no ' if value.lower() == 'no' else ''}{slot}."
    return f"The {domain} is to {slot} {value}." if acts else f"The {domain}'s {slot} is {value}."


def _words(name: str) -> str:
    """``arriveBy`` as ``arrive by``, ``pick_up-time`` as ``pick up time``."""
    return " ".join(filter(None, _SEAM.split(name))).lower()
