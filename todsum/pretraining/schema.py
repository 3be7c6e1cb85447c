"""Examples whose whole schema is made up: domain, slots and values, with plain sentences that fit any domain.

A handful of simulated domains teaches a model their sentences; these teach it to state whatever slots a state has.
"""

from __future__ import annotations

from todsum.data import made_up
from todsum.data.schema import Example, Slot, Turn
from todsum.data.simulation.conversation import listed
from todsum.data.simulation.draw import Draw

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_AREAS = ("north", "south", "east", "west", "centre")
_CLOSED = (*_DAYS, *_AREAS, *"12345678")
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
    "the user wants to book the {noun} for {values}.",
    "the user asks the agent to book the {noun} with {values}.",
    "the user would like to reserve the {noun}, {values}.",
    "the user takes the {noun} for {values}.",
)
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
    """A made-up example of one to three domains, each of one to five slots, in ``book`` and ``inform``."""
    taken: set[str] = set()
    turns: list[Turn] = []
    state: list[Slot] = []
    summary: list[str] = []
    for _ in range(draw.pick((1, 1, 2, 2, 3))):
        noun = made_up.distinct(lambda: made_up.word(draw), taken)
        booked = [_slot(draw, noun, "book", taken) for _ in range(draw.pick((0, 0, 1, 2, 3)))]
        told = [_slot(draw, noun, "inform", taken) for _ in range(draw.pick((1, 2, 2, 3, 3, 4)))]
        turns += _talk(draw, noun, draw.shuffled([*booked, *told]), taken)
        state += [*booked, *told]
        if booked:
            summary.append(
                _fill(draw, _BOOKED, noun=noun, values=listed([slot.value for slot in draw.shuffled(booked)]))
            )
        summary += _stated(draw, noun, told)
    domains = tuple(dict.fromkeys(slot.domain for slot in state))
    return Example("made up", "made up", "made up", domains, tuple(turns), state=tuple(state), summary=tuple(summary))


def _slot(draw: Draw, noun: str, intent: str, taken: set[str]) -> Slot:
    name = made_up.distinct(lambda: made_up.word(draw), taken)
    kind = draw.random()
    if kind < 0.15:
        return Slot(noun, intent, name, draw.pick(_CLOSED))
    if kind < 0.3:
        return Slot(noun, intent, name, made_up.distinct(lambda: made_up.clock(draw), taken))
    return Slot(noun, intent, name, made_up.distinct(lambda: made_up.name(draw), taken))


def _stated(draw: Draw, noun: str, slots: list[Slot]) -> list[str]:
    order = draw.shuffled(slots)
    if len(order) == 1 and draw.chance(0.5):
        return [_fill(draw, _OF_ONE, noun=noun, slot=order[0].slot, value=order[0].value)]
    facts = listed([_fill(draw, _FACTS, slot=slot.slot, value=slot.value) for slot in order])
    return [_fill(draw, _SENTENCES, noun=noun, facts=facts)]


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
