"""The moves of a dialogue: telling a slot, offers, booking, facts, remarks beside the point."""

from __future__ import annotations

from collections.abc import Callable

from todsum.data.simulation.conversation import Conversation, listed
from todsum.data.simulation.draw import Draw
from todsum.data.simulation.goals import LATER, MISHEARD, RETHOUGHT, UNAVAILABLE, Goal
from todsum.data.simulation.ontology import DONT_CARE, Choices
from todsum.data.simulation.ontology import talk as wording
from todsum.data.simulation.values import other_value

_SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
_STREETS = ("Mill Road", "Regent Street", "Park Lane", "Castle Hill", "Station Road", "King Street", "Bridge Lane")
_MAKES = ("toyota", "skoda", "volvo", "honda", "ford", "tesla", "lexus", "audi")
_COLOURS = ("black", "white", "red", "blue", "yellow", "grey")


def reference(draw: Draw) -> str:
    """A booking reference of eight signs."""
    return "".join([draw.pick(_SIGNS) for _ in range(8)])


def _price(draw: Draw) -> str:
    return f"{5 + draw.below(120)}.{draw.below(10)}0 pounds"


_FACTS: dict[str, Callable[[Draw], str]] = {
    "phone": lambda draw: f"01{draw.below(900) + 100}{draw.below(900000) + 100000}",
    "address": lambda draw: f"{1 + draw.below(180)} {draw.pick(_STREETS)}",
    "postcode": lambda draw: f"cb{1 + draw.below(9)}{1 + draw.below(9)}{draw.pick('abdefgh')}{draw.pick('jlnpqr')}",
    "fee": lambda draw: f"{3 + draw.below(57)} pounds",
    "price": _price,
    "duration": lambda draw: f"{17 + draw.below(160)} minutes",
    "trainid": lambda draw: f"TR{1000 + draw.below(9000)}",
    "flightno": lambda draw: f"{draw.pick('ABKLNQ')}{draw.pick('ABFX')} {100 + draw.below(900)}",
    "lineno": lambda draw: f"line {draw.below(90) + 10}",
    "luggage": lambda draw: f"{15 + draw.below(20)} kilos",
    "rate": lambda draw: f"{1 + draw.below(7)}.{10 + draw.below(90)} percent",
    "clock": lambda draw: f"{17 + draw.below(5)}:{10 + draw.below(49)}",
    "cartype": lambda draw: f"a {draw.pick(_COLOURS)} {draw.pick(_MAKES)}",
}


def fact(draw: Draw, kind: str) -> str:
    """A fact of a kind that ``requests`` of a domain names."""
    return _FACTS[kind](draw)


def said_first(goal: Goal, name: str) -> str:
    """The value that the user names first: not yet the final one where the user is to change their mind."""
    return goal.values[name] if goal.how.get(name) == MISHEARD else goal.before.get(name, goal.values[name])


def tell(talk: Conversation, goal: Goal, slot: Choices, asked: bool = False) -> None:
    """The user tells a slot, asked or now and then unasked, with what goes wrong about it."""
    draw = talk.draw
    careless = goal.values[slot.name] == DONT_CARE
    asked = asked or careless or draw.chance(0.65)
    if asked:
        talk.agent(draw.pick(slot.ask).format(label=slot.label))
    if careless:
        talk.say("user", "whatever", label=slot.label)
        talk.say("agent", "noted")
        return
    if slot.name in goal.like:
        talk.user(draw.pick(wording()["same"][slot.group]).format(noun=goal.like[slot.name]))
    else:
        value = said_first(goal, slot.name)
        if not asked and draw.chance(0.5):
            talk.say("user", "also", short=talk.short(slot, value, "user"))
        elif asked and draw.chance(0.4):
            talk.user(draw.pick(wording()["polite"]).format(talk.short(slot, value, "user")))
        else:
            talk.user(draw.pick(slot.answer).format(talk.shown(slot, value, "user")))
    stumble(talk, goal, slot, "nothing", "instead")
    if goal.how.get(slot.name, LATER) == LATER and draw.chance(0.5):
        talk.say("agent", "noted")


def stumble(talk: Conversation, goal: Goal, slot: Choices, failure: str, retry: str) -> None:
    """What goes wrong once a slot has been told, until the agent has the right value."""
    how = goal.how.get(slot.name)
    if how is None or how == LATER:
        return
    mine = _change(talk, goal, slot, "user")
    if how == RETHOUGHT:
        if talk.draw.chance(0.5):
            talk.say("agent", "noted")
        talk.say("user", "rethink", **mine)
        talk.say("agent", "noted")
        return
    theirs = _change(talk, goal, slot, "agent")
    if how == MISHEARD:
        talk.say("agent", "misheard", **theirs)
        talk.say("user", "correct", **mine)
        talk.say("agent", "sorry", **theirs)
    elif how == UNAVAILABLE:
        talk.say("agent", failure, label=slot.label, **theirs)
        talk.say("user", retry, **mine)
        talk.say("agent", "better")


def _change(talk: Conversation, goal: Goal, slot: Choices, speaker: str) -> dict[str, str]:
    before = goal.before[slot.name]
    return {
        "right": talk.short(slot, goal.values[slot.name], speaker),
        "wrong": talk.short(slot, before, speaker),
        "wrongly": talk.post(slot, before, speaker),
    }


def ride(talk: Conversation, goal: Goal) -> None:
    """The user asks for a ride between two places of the dialogue, by their nouns or by their names."""
    if goal.ride is None:
        raise ValueError("not a ride between places of the dialogue")
    if talk.draw.chance(0.5):
        start, end = (f"the {noun}" for noun in goal.ride)
    else:
        start, end = (
            talk.shown(goal.domain.inform[name], goal.values[name], "user") for name in ("departure", "destination")
        )
    talk.say("user", "ride", noun=goal.domain.noun, a=start, b=end)


def offer(talk: Conversation, goal: Goal, slot: Choices, made_up: float) -> None:
    """The agent offers values, the user takes one."""
    draw = talk.draw
    value = goal.values[slot.name]
    name = talk.shown(slot, value, "agent")
    others = [talk.shown(slot, other_value(draw, slot, made_up, value), "agent") for _ in range(2)]
    others = list(dict.fromkeys(others))
    style = draw.below(3)
    if style == 0:
        if draw.chance(0.5):
            talk.say("agent", "offer", name=others[0])
            talk.say("user", "decline")
        talk.say("agent", "offer", name=name)
        talk.say("user", "accept")
        return
    names = draw.shuffled([name, *others])
    talk.say("agent", "options", options=listed(names))
    if style == 1:
        talk.say("user", "choose", name=talk.shown(slot, value, "user"))
    else:
        talk.say("user", "ordinal", ordinal=wording()["ordinals"][names.index(name)])


def book(talk: Conversation, goal: Goal, made_up: float, at_once: bool) -> None:
    """The user books, with all details in one turn or asked for one by one; failures and corrections included."""
    draw, domain = talk.draw, goal.domain
    slots = [domain.book[name] for name in draw.pick(domain.orders)]
    told = [slot for slot in slots if slot.name not in goal.like] if at_once else []
    _name_any(talk, goal, made_up)
    if told:
        details = " ".join([talk.short(slot, said_first(goal, slot.name), "user") for slot in told])
        talk.user(draw.pick(domain.booking["ask"]).format(details=details))
        for slot in told:
            stumble(talk, goal, slot, "full", "retry")
    else:
        talk.user(draw.pick(domain.booking["start"]))
    for slot in slots:
        if slot not in told:
            tell(talk, goal, slot)
    talk.agent(draw.pick(domain.booking["done"]))
    talk.say("agent", "booked", reference=reference(draw))


def _name_any(talk: Conversation, goal: Goal, made_up: float) -> None:
    """Where the user has no name in mind, the agent may list some; the user leaves the choice to the agent."""
    slot = goal.domain.inform.get("name")
    if slot is None or slot.name in goal.values or not talk.draw.chance(0.35):
        return
    first = other_value(talk.draw, slot, made_up)
    second = other_value(talk.draw, slot, made_up, first)
    options = [talk.shown(slot, value, "agent") for value in (first, second)]
    talk.say("agent", "options", options=listed(options))
    talk.say("user", "any")
    talk.say("agent", "picked")


def ask_facts(talk: Conversation, goal: Goal) -> None:
    """The user asks for what is in ``requests``; the agent answers."""
    requests = goal.domain.requests
    talk.say("user", "request", list=listed(goal.requests))
    facts = [f"the {name} is {fact(talk.draw, requests[name])}" for name in goal.requests]
    talk.say("agent", "facts", facts=listed(facts))


def aside(talk: Conversation, goal: Goal, made_up: float) -> None:
    """A remark that names another value of a slot, which is not what the user wants."""
    draw = talk.draw
    slots = [slot for name in goal.values if (slot := goal.domain.slots[name]).aside_user or slot.aside_agent]
    if not slots:
        return
    slot = draw.pick(slots)
    taken = [value for value in (goal.values[slot.name], goal.before.get(slot.name)) if value]
    ends = [goal.values[end] for end in ("departure", "destination") if end in goal.values]
    value = other_value(draw, slot, made_up, *taken, *(ends if slot.name in ("departure", "destination") else ()))
    if slot.aside_agent and (not slot.aside_user or draw.chance(0.6)):
        talk.agent(draw.pick(slot.aside_agent).format(talk.shown(slot, value, "agent")))
    else:
        talk.user(
            f"{draw.pick(wording()['thanks'])} {draw.pick(slot.aside_user).format(talk.shown(slot, value, 'user'))}"
        )
        talk.say("agent", "noted")
