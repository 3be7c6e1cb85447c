"""The course of a dialogue: each goal is searched for, settled, booked; minds change on the way and at the end."""

from __future__ import annotations

from collections.abc import Sequence

from todsum.data.simulation.conversation import Conversation
from todsum.data.simulation.draw import Draw
from todsum.data.simulation.goals import LATER, Goal
from todsum.data.simulation.moves import aside, ask_facts, book, offer, ride, said_first, tell
from todsum.data.simulation.ontology import DONT_CARE
from todsum.data.simulation.ontology import talk as wording


def converse(draw: Draw, goals: Sequence[Goal], made_up: float) -> list[str]:
    """The utterances of a dialogue about these goals: an even number, user and agent in turn."""
    talk = Conversation(draw)
    for number, goal in enumerate(goals):
        _pursue(talk, goal, made_up, first=number == 0, brisk=0.25 * (len(goals) - 1))
    for goal in goals:
        _change_later(talk, goal)
    talk.say("user", "bye")
    talk.say("agent", "goodbye")
    return talk.finish()


def _pursue(talk: Conversation, goal: Goal, made_up: float, first: bool, brisk: float) -> None:
    draw = talk.draw
    offered = [
        slot
        for name in goal.filled("inform")
        if (slot := goal.domain.inform[name]).offered and goal.values[name] != DONT_CARE and draw.chance(0.7)
    ]
    _search(talk, goal, [slot.name for slot in offered], first, brisk)
    for slot in offered:
        offer(talk, goal, slot, made_up)
    late = goal.booked and draw.chance(0.4)
    if goal.requests and not late:
        ask_facts(talk, goal)
    if goal.booked:
        book(talk, goal, made_up, at_once=draw.chance(0.5 + brisk))
    if draw.chance(0.55 - brisk):
        aside(talk, goal, made_up)
    if goal.requests and late:
        ask_facts(talk, goal)
    elif draw.chance(0.5):
        talk.say("agent", "more")


def _search(talk: Conversation, goal: Goal, offered: Sequence[str], first: bool, brisk: float) -> None:
    draw = talk.draw
    todo = [name for name in goal.filled("inform") if name not in offered]
    if goal.ride:
        ride(talk, goal)
        todo = [name for name in todo if name not in ("departure", "destination")]
    else:
        opening = _opening(draw, goal, todo, brisk)
        todo = [name for name in todo if name not in opening]
        greeting = draw.pick(wording()["greet"]) if first else ""
        talk.user(greeting + _need(talk, goal, opening, "open" if first else "next"))
        if not opening and todo:
            tell(talk, goal, goal.domain.inform[todo.pop(0)], asked=True)
    if draw.chance(0.5) and not goal.domain.ride:
        talk.say("agent", "found", n=2 + draw.below(20), plural=goal.domain.plural)
    elif not talk.answered:
        talk.say("agent", "noted")
    for name in todo:
        tell(talk, goal, goal.domain.inform[name])


def _opening(draw: Draw, goal: Goal, names: Sequence[str], brisk: float) -> set[str]:
    """The slots that the user names at once: some of those about which nothing goes wrong."""
    plain = [
        name
        for name in names
        if goal.values[name] != DONT_CARE and goal.how.get(name, LATER) == LATER and name not in goal.like
    ]
    return set(draw.some(plain, (0, 1, 1, 2, 2, 3)[draw.below(6)] + draw.chance(brisk)))


def _need(talk: Conversation, goal: Goal, opening: set[str], act: str) -> str:
    """A sentence such as "I need a cheap restaurant in the north."."""
    draw = talk.draw
    before, noun, after = ["a"], draw.pick(goal.domain.need), []
    for name, slot in goal.domain.inform.items():
        if name not in opening:
            continue
        value = said_first(goal, name)
        if slot.head:
            noun = talk.shown(slot, value, "user")
        elif slot.pre:
            before.append(slot.pre.format(talk.shown(slot, value, "user")))
        else:
            after.append(talk.post(slot, value, "user"))
    sentence: str = draw.pick(wording()[act])
    return sentence.format(need=" ".join([*before, noun, *after]))


def _change_later(talk: Conversation, goal: Goal) -> None:
    for name, how in goal.how.items():
        if how == LATER:
            slot = goal.domain.slots[name]
            fields = {"noun": goal.domain.noun, "old": "", "new": ""}
            for speaker, act in (("user", "later"), ("agent", "changed")):
                fields["old"] = talk.short(slot, goal.before[name], speaker)
                fields["new"] = talk.short(slot, goal.values[name], speaker)
                talk.say(speaker, act, **fields)
