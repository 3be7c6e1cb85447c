"""One domain's state as two sentences, booking and facts, worded like the summaries of TODSum.

The wording was taken from the validation split. A pattern names slots in braces; ``[…]`` is left out where it names a
slot without value. Of a domain's patterns the first whose other slots all have values is used; slots that it leaves
are told one by one, so that every value of the state is said once.
"""

from __future__ import annotations

import re

BOOKING = {
    "restaurant": (
        "the user wants to book the restaurant seat for {people} people[ at {time}][ on {day}]",
        "the user wants to book the restaurant seat at {time}[ on {day}]",
        "the user wants to book the restaurant seat on {day}",
    ),
    "hotel": (
        "the user asks if there is a hotel that can accommodate {people} people[ for {stay} days]"
        "[, and he plans to stay on {day}]",
        "the user wants to stay at the hotel for {stay} days[, and he plans to stay on {day}]",
        "the user plans to stay at the hotel on {day}",
    ),
    "train": ("the user wants to book {people} train tickets",),
}

FACTS = {
    "restaurant": (
        "the restaurant offers the [{pricerange} ]{food} dishes[, which is located in the {area}]",
        "the restaurant is located in the {area}[ and has {pricerange} food]",
        "the restaurant has {pricerange} food",
        "the restaurant has the name of {name}",
    ),
    "hotel": (
        "the hotel is the[ {pricerange}][ {stars}-star] {type}[ in the {area}]",
        "the hotel is the[ {pricerange}] {stars}-star hotel[ in the {area}]",
        "the hotel is the {pricerange} hotel[ in the {area}]",
        "the hotel is in the {area}",
        "the hotel's name is {name}",
    ),
    "attraction": (
        "the attraction is the {type}[, and it is in the {area}]",
        "the attraction is in the {area}",
        "the attraction's name is {name}",
    ),
    "train": (
        "this train leaves at {leaveAt}[ on {day}][, from {departure}][ to {destination}][, and arrives at {arriveBy}]",
        "this train departs from {departure} and arrives in {destination}[ at {arriveBy}][ on {day}]",
        "this train arrives at {arriveBy}[ on {day}]",
    ),
    "taxi": (
        "the taxi leaves at {leaveAt}[, from {departure}][ to {destination}][, and arrives at {arriveBy}]",
        "the taxi arrives at {arriveBy}[, from {departure}][ to {destination}]",
        "the taxi goes from {departure} to {destination}",
    ),
}

# What is asked for where nothing is booked is not in the state; about taxis it is always this.
REQUESTS = {"taxi": "the user wants to know the car type and the driver's phone number"}

_NAMES = {"leaveAt": "time of leaving", "arriveBy": "time of arrival", "pricerange": "price range"}

_OPTIONAL = re.compile(r"\[([^\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_SINGULAR = ((re.compile(r"\b1 people\b"), "1 person"), (re.compile(r"\b1 days\b"), "1 day"))


def booking_sentence(domain: str, slots: dict[str, str]) -> str:
    """What the user books, or that the user asks about the domain.

    Args:
        domain: such as ``hotel``; one without patterns gets a plain sentence.
        slots: the filled booking slots; none where nothing is booked.
    """
    if not slots:
        return f"{REQUESTS.get(domain) or f'the user asks for information about the {domain}'}."
    if domain == "train" and slots.get("people") == "1":
        return _close("the user wants to book the train ticket for 1 person,", slots, {"people"})
    return _sentence(BOOKING.get(domain, ()), slots, f"the user wants to book the {domain}")


def fact_sentence(domain: str, slots: dict[str, str]) -> str:
    """What is known about the place or journey; empty where nothing is.

    Args:
        domain: such as ``hotel``; one without patterns gets a plain sentence.
        slots: the filled informing slots.
    """
    return _sentence(FACTS.get(domain, ()), slots, f"the {domain} is one") if slots else ""


def _sentence(patterns: tuple[str, ...], slots: dict[str, str], opening: str) -> str:
    for pattern in patterns:
        if all(name in slots for name in _SLOT.findall(_OPTIONAL.sub("", pattern))):
            chosen = _OPTIONAL.sub(lambda part: part[1] if _SLOT.findall(part[1])[0] in slots else "", pattern)
            told = set(_SLOT.findall(chosen))
            return _close(_SLOT.sub(lambda name: slots[name[1]], chosen) + ",", slots, told)
    return _close(opening, slots, set())


def _close(text: str, slots: dict[str, str], told: set[str]) -> str:
    """The sentence with what it has not told: ``…, with parking, internet and the name x, without pets.``"""
    rest = {slot: value for slot, value in slots.items() if slot not in told}
    present = [_words(slot) for slot, value in rest.items() if value == "yes"]
    present += [f"the {_words(slot)} {value}" for slot, value in rest.items() if value not in ("yes", "no")]
    absent = [_words(slot) for slot, value in rest.items() if value == "no"]
    for preposition, named in (("with", present), ("without", absent)):
        if named:
            text += f" {preposition} {' and '.join(filter(None, (', '.join(named[:-1]), named[-1])))},"
    for plural, singular in _SINGULAR:
        text = plural.sub(singular, text)
    return f"{text.rstrip(',')}."


def _words(slot: str) -> str:
    """``leaveAt`` as ``time of leaving``, ``openHours`` as ``open hours``."""
    return _NAMES.get(slot) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", slot).lower()
