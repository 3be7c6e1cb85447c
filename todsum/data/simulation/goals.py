"""What a user wants, and what goes wrong or changes on the way there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from todsum.data.simulation.draw import Draw
from todsum.data.simulation.ontology import DONT_CARE, TODSUM_DOMAINS, Domain, domain
from todsum.data.simulation.values import draw_value, other_value

LATER, MISHEARD, RETHOUGHT, UNAVAILABLE = "later", "misheard", "rethought", "unavailable"
_ON_THE_WAY = (LATER, MISHEARD, RETHOUGHT, UNAVAILABLE)
_UNSHAKEN = ("name", "flag")


@dataclass(slots=True)
class Goal:
    """One domain of a dialogue.

    Attributes:
        values: what the user finally wants, for every filled slot; ``dont care`` included.
        before: the value that stood there first, for the slots in ``how``.
        how: how the value comes to change: ``later`` (a change of mind at the end), ``misheard`` (by the agent),
            ``rethought`` (at once), ``unavailable`` (the agent has nothing for it).
        like: slots that take their value from another goal, which the user refers to by its noun.
        ride: for a taxi between two places of the dialogue, their nouns.
        requests: what the user asks for, in this order.
    """

    domain: Domain
    values: dict[str, str]
    booked: bool
    requests: list[str]
    before: dict[str, str] = field(default_factory=dict)
    how: dict[str, str] = field(default_factory=dict)
    like: dict[str, str] = field(default_factory=dict)
    ride: tuple[str, str] | None = None

    def filled(self, intent: str) -> list[str]:
        """The filled slots of an intent, in the domain's order."""
        return [slot for slot in getattr(self.domain, intent) if slot in self.values]


def choose_domains(draw: Draw, allowed: Sequence[str]) -> list[Domain]:
    """One to three of the allowed domains (all different), in the order of the dialogue.

    TODSum's five are drawn twice as often as the others. A taxi comes last, where three are drawn often after two
    places that it can run between.
    """
    size = min(len(allowed), 1 if (u := draw.random()) < 0.3 else 2 if u < 0.82 else 3)
    pool = _pool(tuple(allowed))
    chosen: dict[str, None] = {}
    while len(chosen) < size:
        chosen[draw.pick(pool)] = None
    if size == 3 and "taxi" in allowed and draw.chance(0.5):
        venues = [name for name in allowed if domain(name).venue]
        if len(venues) > 1:
            chosen = dict.fromkeys([*draw.some(venues, 2), "taxi"])
    return sorted(map(domain, chosen), key=lambda item: item.ride)


@cache
def _pool(allowed: tuple[str, ...]) -> list[str]:
    return [name for name in allowed for _ in range(1 + (name in TODSUM_DOMAINS))]


def make_goals(draw: Draw, allowed: Sequence[str], made_up: float) -> list[Goal]:
    """The goals of one dialogue, in the order in which they come up."""
    domains = choose_domains(draw, allowed)
    ride = len(domains) == 3 and domains[-1].ride and all(item.venue for item in domains[:2])
    goals: list[Goal] = []
    for item in domains:
        goal = _goal(draw, item, made_up, named=ride)
        if ride and item.ride:
            _join(goal, goals)
        elif goals:
            _share(draw, goal, goals)
        goals.append(goal)
    for goal in goals:
        _unsettle(draw, goal, goals, made_up)
    return goals


def _goal(draw: Draw, item: Domain, made_up: float, named: bool) -> Goal:
    booked = bool(item.book) and draw.chance(0.65)
    values: dict[str, str] = {}
    for name, slot in item.inform.items():
        if name not in item.one_of and (draw.chance(slot.fill) or (named and name == "name")):
            values[name] = draw_value(draw, slot, made_up)
            if slot.kind == "flag":
                values[name] = "no" if draw.chance(0.1) else "yes"
    if item.one_of:
        both = draw.chance(0.02)
        for name in item.one_of if both else [draw.pick(item.one_of)]:
            values[name] = draw_value(draw, item.inform[name], made_up)
    if not values:
        name = draw.pick(list(item.inform))
        values[name] = draw_value(draw, item.inform[name], made_up)
    _separate(draw, item, values, made_up)
    if booked:
        values.update((name, draw_value(draw, slot, made_up)) for name, slot in item.book.items())
    _stop_caring(draw, item, values)
    asked = 1 + draw.below(3) if not booked or draw.chance(0.35) else 0
    requests = draw.some(list(item.requests), asked)
    return Goal(item, values, booked, requests)


def _separate(draw: Draw, item: Domain, values: dict[str, str], made_up: float) -> None:
    """No journey ends where it starts, and none arrives before it leaves."""
    if "departure" in values and "destination" in values:
        values["destination"] = other_value(draw, item.inform["destination"], made_up, values["departure"])
    if "leaveAt" in values and "arriveBy" in values and values["leaveAt"] >= values["arriveBy"]:
        del values["leaveAt"]


def _stop_caring(draw: Draw, item: Domain, values: dict[str, str]) -> None:
    careless = [s for s in values if s in item.inform and item.inform[s].kind in ("area", "price", "flag", "stars")]
    if careless and len(values) > 1 and draw.chance(0.15):
        slot = draw.pick(careless)
        if any(s in item.inform and s != slot and v != DONT_CARE for s, v in values.items()):
            values[slot] = DONT_CARE


def _join(goal: Goal, places: Sequence[Goal]) -> None:
    goal.values["departure"], goal.values["destination"] = (place.values["name"] for place in places)
    goal.ride = (places[0].domain.noun, places[1].domain.noun)


def _share(draw: Draw, goal: Goal, earlier: Sequence[Goal]) -> None:
    """Let some slots take the value of an earlier goal: the same day, the same group of people."""
    source = earlier[-1]
    for name in goal.values:
        slot = goal.domain.slots[name]
        if slot.group is None or goal.values[name] == DONT_CARE or not draw.chance(0.3):
            continue
        for theirs, value in source.values.items():
            same = source.domain.slots[theirs]
            if same.group == slot.group and value in slot.values and theirs not in source.like:
                goal.values[name] = value
                goal.like[name] = source.domain.noun
                break


def _unsettle(draw: Draw, goal: Goal, goals: Sequence[Goal], made_up: float) -> None:
    """Choose the slots whose first value is not the final one."""
    nouns = {noun for other in goals for noun in other.like.values()}
    referred = goal.domain.noun in nouns or any(goal.domain.noun in (other.ride or ()) for other in goals)
    free = [
        name
        for name, value in goal.values.items()
        if value != DONT_CARE
        and name not in goal.like
        and not goal.domain.slots[name].offered
        and goal.domain.slots[name].kind not in _UNSHAKEN
        and not (goal.ride and name in ("departure", "destination"))
    ]
    number = (0, 1, 1, 2)[draw.below(4)]
    for name in draw.some(free, number):
        # "The same day as the hotel" would be ambiguous if the hotel's day changed after it was said.
        how = draw.pick(_ON_THE_WAY[1:] if referred or LATER in goal.how.values() else _ON_THE_WAY)
        ends = [goal.values[end] for end in ("departure", "destination") if end in goal.values]
        taken = ends if name in ("departure", "destination") else [goal.values[name]]
        goal.before[name] = other_value(draw, goal.domain.slots[name], made_up, *taken)
        goal.how[name] = how
