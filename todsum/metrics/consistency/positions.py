"""Values that stand where the words ask for another kind of value, and so state nothing.

``the type of the train is ely``, ``the area of the hotel is cheap``, ``its destination is moderate``, ``serves centre
food``.
"""

from __future__ import annotations

from collections.abc import Sequence

from todsum.metrics.consistency.lexicon import PLACE
from todsum.metrics.consistency.mentions import TIME, Mention
from todsum.metrics.consistency.slots import FLAG, NUMBERS, TIMES, number
from todsum.metrics.consistency.vocabulary import vocabulary

_ARTICLES = frozenset({"the", "a", "an"})
_FILLERS = _ARTICLES | {"in", "on", "at", "for", "very", "also", "only", "just", "about", "around", "not"}
_LINKS = frozenset({"is", "are", "was", "be", "isnt", "has", "being"})
_OWNERS = frozenset(
    {"of", "the", "this", "that", "its", "his", "her", "their", "a", "an", "s", "there", "will", "should"}
)
_BELONGING = frozenset({"of", "there", "for", "will", "should"})
_PLACES = frozenset({"departure", "destination", "name"})
_ROUTE = frozenset({"from", "to", "towards"})
_SERVES = frozenset({"offers", "offer", "offering", "serves", "serving", "leaves", "leaving"})
_NO_NAME_AFTER = frozenset(
    {"where", "offers", "offer", "offering", "serves", "serving", "has", "have", "having", "with", "on", "leaves"}
)
_CHOSEN = frozenset({"went", "goes", "settles", "settled", "sticks", "stuck", "proceeds", "happy", "ok"})
_LYING = frozenset({"is", "located", "situated", "lies"})
_NAMES = frozenset({"called", "named"})
_ARRIVES = frozenset({"arrives", "arrive", "arriving"})
_NO = frozenset({"no", "not", "doesnt", "isnt", "never"})
_STARS = frozenset({"star", "stars"})
_FOOD = frozenset({"food", "cuisine", "dish", "dishes", "meals"})
_UNTIL = frozenset({"until", "till", "through", "thru"})
# What may stand where a slot is announced, beside the slot's own values.
_ALSO = {
    "food": {"price"},
    "type": {"food"},
    "departure": {TIME, "day"},
    "stay": {"day"},
    "day": {TIME},
    "arrive": {"day"},
}


def misplaced(tokens: Sequence[str], mention: Mention) -> bool:
    """Whether the words around a value ask for another kind of value."""
    kind = mention.kind
    if announced := announcing(tokens, mention.start) or announced_behind(tokens, mention.end):
        return not _fits(announced, kind)
    start = mention.start
    articles = start > 0 and tokens[start - 1] in _ARTICLES
    start -= articles
    before, after = tokens[start - 1] if start else "", tokens[mention.end] if mention.end < len(tokens) else ""
    if kind in NUMBERS and _bounded(tokens, mention.start):
        return True
    if kind == PLACE:
        return after in ("type", "class")
    if kind in (TIME, "people", "stay"):
        return False
    if kind == "day":
        return before in _UNTIL or (before == "to" and _ends_days(tokens, start - 1))
    earlier = tokens[max(0, start - 2) : start]
    if before in _NAMES or earlier == ["name", "of"]:
        return True
    if kind.startswith(FLAG) or kind not in ("area", "price", "food", "type", "stars"):
        return False
    if before == "where" or earlier == ["up", "at"] or (before in ("in", "at") and earlier[0] in _ARRIVES):
        return True
    if (kind in ("area", "type", "stars") and after in _FOOD) or (kind != "stars" and after in _STARS):
        return True
    last = after not in vocabulary().nouns
    if kind == "area":
        return last and (before in _ROUTE or (before in _SERVES and not articles))
    aim = articles and tokens[start - 2 : start - 1] in (["go"], ["going"])  # "go to a museum"
    return last and ((before in _ROUTE and not aim) or (before in ("leaves", "leaving", "by", "on") and not articles))


def stands_for_name(tokens: Sequence[str], mention: Mention) -> bool:
    """Whether a place may be what is spoken of, rather than something that it has or lies in."""
    place = mention.start - 1
    while place >= 0 and tokens[place] in _ARTICLES:
        place -= 1
    before = tokens[place] if place >= 0 else ""
    if before == "with" and place and tokens[place - 1] in _CHOSEN:
        return True
    return before not in _NO_NAME_AFTER and not (before == "in" and place and tokens[place - 1] in _LYING)


def _ends_days(tokens: Sequence[str], place: int) -> bool:
    """Whether ``to`` at a place ends a span of days: ``friday to sunday``, not ``changed from friday to``."""
    spans = place > 0 and tokens[place - 1] in vocabulary().values["day"]
    return spans and vocabulary().denial.changes.isdisjoint(tokens[:place])


def _bounded(tokens: Sequence[str], start: int) -> bool:
    """Whether a number is a bound: ``fewer than 5 stars``; ``no more than 5`` are five."""
    before = tokens[max(0, start - 4) : start]
    return before[-1:] == ["than"] and before[-2:-1] in (["fewer"], ["less"], ["more"]) and _NO.isdisjoint(before)


def offered(tokens: Sequence[str], mention: Mention) -> bool:
    """Whether a value is what something offers: ``the train offers 09:15``."""
    return mention.start > 0 and tokens[mention.start - 1] in ("offers", "offer", "offering", "serves")


def announcing(tokens: Sequence[str], start: int) -> str:
    """The slot whose value is announced at a place, "" where none is: ``the area of the hotel is …``."""
    place = start - 1
    while place >= 0 and start - place <= 3 and tokens[place] in _FILLERS:
        place -= 1
    if place < 0 or tokens[place] not in _LINKS:
        return ""
    known, link = vocabulary(), place
    for place in range(link - 1, max(-1, link - 7), -1):
        if family := known.slot_words.get((tokens[place],)):
            between = tokens[place + 1 : link]
            counted = place > 0 and number(tokens[place - 1]) is not None  # "the 4 star hotel is"
            return "" if counted or (between and between[0] not in _BELONGING) else family
        if tokens[place] not in _OWNERS and tokens[place] not in known.nouns:
            return ""
    return ""


def announced_behind(tokens: Sequence[str], end: int) -> str:
    """The slot that a value before a place is said to be, "" where none is: ``… is the area of the hotel``."""
    if tokens[end : end + 1] != ["is"]:
        return ""
    words = [token for token in tokens[end + 1 : end + 4] if token not in _OWNERS]
    return vocabulary().slot_words.get((words[0],), "") if words else ""


def _fits(announced: str, kind: str) -> bool:
    if kind == PLACE:
        return announced in _PLACES
    if kind == TIME:
        return announced in TIMES or TIME in _ALSO.get(announced, ())
    return announced == kind.removeprefix(FLAG) or kind in _ALSO.get(announced, ())
