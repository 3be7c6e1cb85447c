"""Examples whose whole schema is made up: domain, slots and values, with plain sentences that fit any domain.

A handful of simulated domains teaches a model their sentences; these teach it to state whatever slots a state has.
"""

from __future__ import annotations

from todsum.data import made_up
from todsum.data.schema import Example, Slot, Turn
from todsum.data.simulation.conversation import listed
from todsum.data.simulation.draw import Draw

COMMON = 0.35
"""Probability that a slot is one that most domains have, such as ``area``."""
IN_ORDER = 0.6
"""Probability that a sentence states its slots in the order of the state: to leave none out is then easy to learn."""
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_AREAS = ("north", "south", "east", "west", "centre")
_PRICES = ("cheap", "moderate", "expensive")
_CLOSED = (*_DAYS, *_AREAS, *_PRICES, *"12345678")
_COMMON = {"name": (), "area": _AREAS, "pricerange": _PRICES, "day": _DAYS, "time": (), "people": tuple("12345678")}
"""Slots that most domains have, with their values; where there are none, values are made up."""
_COMMON_OF = {"inform": ("name", "name", "area", "pricerange"), "book": ("day", "time", "people")}
_FACTS = (
    "has {value} as {slot}",
    "has the {slot} {value}",
    "has {slot} {value}",
    "is {value}",
    "is {value} by {slot}",
    "is of the {value} {slot}",
    "is in {value}",
    "is called {value}",
    "goes to {value}",
    "comes from {value}",
    "is at {value}",
    "is for {value}",
    "offers {value}",
    "is with {value}",
    "gets {value}",
)
_COMMON_FACTS = {
    "name": ("is called {value}", "has the name of {value}", "is {value}"),
    "area": ("is in the {value}", "is located in the {value}"),
    "pricerange": ("is {value}", "is {value} in price"),
}
_SENTENCES = (
    "the {noun} {facts}.",
    "the {noun} {facts}.",
    "this {noun} {facts}.",
    "the user wants a {noun} that {facts}.",
    "the user looks for the {noun} that {facts}.",
    "there is a {noun} that {facts}.",
)
_OF_ONE = (
    "the {slot} of the {noun} is {value}.",
    "{value} is the {slot} of the {noun}.",
    "the {noun}'s {slot} is {value}.",
    "the {value} {noun} is what the user wants.",
    "the {slot} is {value}.",
)
_BOOKED = (
    "the user wants to book the {noun} {values}.",
    "the user asks the agent to book the {noun} {values}.",
    "the user would like to reserve the {noun} {values}.",
    "the user takes the {noun} {values}.",
)
_WITH = ("with {value}", "for {value}", "with {value} as {slot}", "with the {slot} {value}")
_COMMON_WITH = {"day": ("on {value}",), "time": ("at {value}",), "people": ("for {value} people", "for {value}")}
_OPEN = (
    "i need a {noun}.",
    "i am looking for a {noun}, please.",
    "can you help me with a {noun}?",
    "what about a {noun}?",
    "is there a {noun} for me?",
)
_ASK = ("what {slot} would you like?", "and the {slot}?", "which {slot}?", "do you have a {slot} in mind?", "okay.")
_TELL = ("{value}.", "{value}, please.", "the {slot} should be {value}.", "i would like {value}.", "let's say {value}.")
_WRONG = ("not {value}.", "someone else wanted {value}, not me.", "{value} was full.", "no, not {value}.")
_DONE = ("all done.", "that is booked.", "anything else?", "here you are.")


def example(draw: Draw) -> Example:
    """A made-up example of one to three domains, each with up to three slots in ``book``, up to five in ``inform``."""
    taken: set[str] = set()
    turns: list[Turn] = []
    state: list[Slot] = []
    summary: list[str] = []
    for _ in range(draw.pick((1, 1, 2, 2, 3))):
        noun = made_up.distinct(lambda: made_up.word(draw), taken)
        booked = _slots(draw, noun, "book", draw.pick((0, 0, 1, 2, 3)), taken)
        told = _slots(draw, noun, "inform", draw.pick((1, 2, 2, 3, 3, 4, 5)), taken)
        turns += _talk(draw, noun, draw.shuffled([*booked, *told]), taken)
        state += [*booked, *told]
        if booked:
            summary.append(_booked(draw, noun, booked))
        summary += _stated(draw, noun, told)
    domains = tuple(dict.fromkeys(slot.domain for slot in state))
    return Example("made up", "made up", "made up", domains, tuple(turns), state=tuple(state), summary=tuple(summary))


def _slots(draw: Draw, noun: str, intent: str, n: int, taken: set[str]) -> list[Slot]:
    """``n`` slots: common ones with probability :data:`COMMON`, the others made up."""
    slots: dict[str, Slot] = {}
    while len(slots) < n:
        if draw.chance(COMMON):
            name = draw.pick(_COMMON_OF[intent])
        else:
            name = made_up.distinct(lambda: made_up.word(draw), taken)
        if name not in slots:
            slots[name] = Slot(noun, intent, name, _value(draw, name, taken))
    return list(slots.values())


def _value(draw: Draw, slot: str, taken: set[str]) -> str:
    kind = draw.random()
    closed: tuple[str, ...] = _COMMON.get(slot) or (_CLOSED if slot not in _COMMON and kind < 0.15 else ())
    if closed:
        return draw.pick(closed)
    if slot == "time" or (slot not in _COMMON and kind < 0.3):
        return made_up.distinct(lambda: made_up.clock(draw), taken)
    return made_up.distinct(lambda: made_up.name(draw), taken)


def _booked(draw: Draw, noun: str, slots: list[Slot]) -> str:
    said = [_say(draw, slot, _COMMON_WITH, _WITH) for slot in _ordered(draw, slots)]
    return _fill(draw, _BOOKED, noun=noun, values=" ".join(said) if draw.chance(0.5) else listed(said))


def _stated(draw: Draw, noun: str, slots: list[Slot]) -> list[str]:
    order = _ordered(draw, slots)
    if len(order) == 1 and draw.chance(0.5):
        return [_fill(draw, _OF_ONE, noun=noun, slot=order[0].slot, value=order[0].value)]
    facts = listed([_say(draw, slot, _COMMON_FACTS, _FACTS) for slot in order])
    return [_fill(draw, _SENTENCES, noun=noun, facts=facts)]


def _ordered(draw: Draw, slots: list[Slot]) -> list[Slot]:
    return slots if draw.chance(IN_ORDER) else draw.shuffled(slots)


def _say(draw: Draw, slot: Slot, common: dict[str, tuple[str, ...]], others: tuple[str, ...]) -> str:
    return _fill(draw, common.get(slot.slot, others), slot=slot.slot, value=slot.value)


def _talk(draw: Draw, noun: str, slots: list[Slot], taken: set[str]) -> list[Turn]:
    turns = [Turn("user", _fill(draw, _OPEN, noun=noun))]
    for slot in slots:
        turns.append(Turn("agent", _fill(draw, _ASK, slot=slot.slot)))
        said = _fill(draw, _TELL, slot=slot.slot, value=slot.value)
        if draw.chance(0.25):
            wrong = made_up.distinct(lambda: made_up.name(draw), taken)
            said = f"{_fill(draw, _WRONG, value=wrong)} {said}"
        turns.append(Turn("user", said))
    return [*turns, Turn("agent", _fill(draw, _DONE))]


def _fill(draw: Draw, templates: tuple[str, ...], **fields: str) -> str:
    text: str = draw.pick(templates)
    return text.format_map(fields)
