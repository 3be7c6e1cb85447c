"""Which slot a value fills, told from the words around it."""

from __future__ import annotations

from collections.abc import Sequence

from todsum.metrics.consistency.lexicon import PLACE
from todsum.metrics.consistency.mentions import TIME, Mention
from todsum.metrics.consistency.vocabulary import vocabulary

_NOUN_REACH = 6  # how far before a time "departure" still speaks of it …
_NOUN_TO_TIME = frozenset({"time", "is", "at", "of", "by", "the", "train", "taxi"})  # … over these words
_GOALS = frozenset({"go", "goes", "going", "heading", "headed", "travels"})
_BEING = frozenset({"there", "be", "get", "in"})
_RUNS = frozenset({"train", "trains", "bus", "flight", "taxi", "cab", "from"})
_AT_TIME = frozenset({"at", "around", "about", "for", "the", "a", "is", ","})
_LOOK_BACK = 8  # how far before a place its verb may stand …
_TO_PLACE = frozenset(
    {"at", "in", "the", "is", "of", "a", "this", "point", "place", "station", "trainstation", "location", "up"}
)
_TO_PLACE |= {
    "off",
    "will",
    "be",
    "being",
    "should",
    "city",
    "town",
    "s",
    "user",
    "him",
    "her",
    "them",
    "by",
    "its",
    "train",
    "taxi",
    "that",
}  # … over these
_FETCHES = dict.fromkeys(("picked", "picks", "pick", "collects", "collected", "collect"), "departure")
_FETCHES |= dict.fromkeys(("dropped", "drops", "drop", "delivers", "delivered"), "destination")
_NOUNS = frozenset({"departure", "destination", "origin", "pickup", "dropoff"})


def _last(tokens: Sequence[str], words: frozenset[str], start: int, end: int) -> int:
    return next((i for i in range(end - 1, start - 1, -1) if tokens[i] in words), -1)


def _first(tokens: Sequence[str], words: frozenset[str], start: int, end: int) -> int:
    return next((i for i in range(start, end) if tokens[i] in words), len(tokens))


def at_time(tokens: Sequence[str], mention: Mention) -> bool:
    """Whether something goes at a time, as its words stand: ``the train at 09:15``, not ``the train offers 09:15``."""
    return not mention.start or tokens[mention.start - 1] in _AT_TIME


def goes_itself(tokens: Sequence[str], mention: Mention) -> bool:
    """Whether a thing that does not move is said to go to a place: ``the restaurant goes to ely``."""
    before = [token for token in tokens[max(0, mention.start - 4) : mention.start] if token not in ("the", "to")]
    return len(before) > 1 and before[-1] in ("goes", "heads") and before[-2] in vocabulary().nouns


def time_role(tokens: Sequence[str], mention: Mention, others: Sequence[Mention]) -> str:
    """``leave``, ``arrive``, or "" where the sentence does not tell."""
    cues = vocabulary().cues
    if tokens[mention.end : mention.end + 1] and tokens[mention.end] in _RUNS and _attributive(tokens, mention):
        return "leave"
    last = max((_last(tokens, cues[role], 0, mention.start), role) for role in ("leave", "arrive"))
    for role in ("leave", "arrive"):
        noun = _last(tokens, cues[role + "_nouns"], max(0, mention.start - _NOUN_REACH), mention.start)
        if set(tokens[noun + 1 : mention.start]) <= _NOUN_TO_TIME:
            last = max(last, (noun, role))
    before = tokens[mention.start - 1] if mention.start else ""
    if before in ("by", "before") and (last[0] < 0 or set(tokens[last[0] + 1 : mention.start - 1]) & _BEING):
        return "arrive"
    if last[0] >= 0:
        return last[1]
    if before in ("by", "before", "after"):
        return "leave" if before == "after" else "arrive"
    end = next((m.start for m in others if m.kind == TIME and m.start > mention.start), len(tokens))
    following = min(
        (_first(tokens, cues[role] | cues[role + "_nouns"], mention.end, end), role) for role in ("leave", "arrive")
    )
    return following[1] if following[0] < len(tokens) else ""


def _attributive(tokens: Sequence[str], mention: Mention) -> bool:
    """Whether a time belongs to the noun behind it: ``the 09:15 train``, ``the 11:35 from broxbourne``."""
    return mention.start > 0 and tokens[mention.start - 1] in ("the", "a", "an", "this", "that")


def place_role(tokens: Sequence[str], mention: Mention, others: Sequence[Mention]) -> tuple[str, bool]:
    """``departure``, ``destination``, ``name`` or "", and whether it is certain (one may ``go to`` any place)."""
    if mention.role:
        return mention.role, True
    cues = vocabulary().cues
    start = mention.start - 1 if mention.start and tokens[mention.start - 1] == "the" else mention.start
    before = tokens[start - 1] if start else ""
    if before in cues["departure_prepositions"]:
        return "departure", True
    if before in cues["destination_prepositions"]:
        return "destination", start > 1 and tokens[start - 2] not in _GOALS
    if tokens[mention.end : mention.end + 1] == ["to"] and _place_at(others, mention.end + 1):
        return "departure", True
    if before == "between":
        return "departure", True
    if before == "and" and any(m.end == start - 1 and _between(tokens, m) for m in others if m.kind == PLACE):
        return "destination", True
    if before == "for" and _bound(tokens, start - 1, others):
        return "destination", True
    if role := _behind(tokens, mention.end) or _said_before(tokens, start, others):
        return role, True
    return "", False


def _between(tokens: Sequence[str], mention: Mention) -> bool:
    return "between" in tokens[max(0, mention.start - 2) : mention.start]


def _place_at(others: Sequence[Mention], place: int) -> bool:
    return any(m.kind == PLACE and place <= m.start <= place + 1 for m in others)


def _bound(tokens: Sequence[str], place: int, others: Sequence[Mention]) -> bool:
    """Whether ``for`` at a place says where somebody goes: ``leaves ely for …``, ``heads for …``, ``a train for …``."""
    cues = vocabulary().cues
    going = cues["departure"] | _GOALS | {"heads", "bound", "train", "tickets", "ticket", "taxi"}
    covered = {i for m in others for i in range(m.start, m.end)}
    for i in range(place - 1, max(-1, place - 1 - _LOOK_BACK), -1):
        if tokens[i] in going and i not in covered:
            return True
        if i not in covered and tokens[i] not in _TO_PLACE and tokens[i] != "from":
            return False
    return False


def _behind(tokens: Sequence[str], end: int) -> str:
    """The role that is given behind a place: ``… is the destination``, ``… is where the taxi picks up``."""
    cues = vocabulary().cues
    following = tokens[end : end + 9]
    if following[:1] == ["the"] and following[1:2] and following[1] in _NOUNS and following[2:3] != ["is"]:
        return "departure" if following[1] in cues["departure"] else "destination"
    if following[:1] not in (["is"], ["as"], ["being"]):
        return ""
    words = [token for token in following[1:] if token not in ("the", "its", "his", "their", "a")]
    if words and words[0] in _NOUNS and "is" not in words[1:5]:
        return "departure" if words[0] in cues["departure"] else "destination"
    if words and words[0] == "where":
        for word in words[1:]:
            if word in cues["departure"] or word in ("picks", "pick"):
                return "departure"
            if word in cues["destination"] or word in ("bound", "drops", "drop", "headed"):
                return "destination"
    return ""


def _said_before(tokens: Sequence[str], start: int, others: Sequence[Mention]) -> str:
    """The role that a verb or noun before a place gives it: ``departs from``, ``arrives on monday at``, ``reaches``."""
    cues = vocabulary().cues
    skipped = {i for m in others if m.kind != PLACE for i in range(m.start, m.end)}
    for i in range(start - 1, max(-1, start - 1 - _LOOK_BACK), -1):
        token = tokens[i]
        if i in skipped:
            continue
        if token in _GOALS:
            return ""
        if token in _FETCHES and (not token.startswith("pick") or "up" in tokens[i + 1 : start]):
            return _FETCHES[token]
        if token == "be" and tokens[i + 1] in ("at", "in"):
            return "destination"  # "the taxi has to be at ely"
        for role in ("departure", "destination"):
            if token in cues[role]:
                return role
        if token == "," and ((tokens[i - 1 : i] and tokens[i - 1] in _NOUNS) or tokens[i + 1] == "at"):
            continue  # "destination: ely"; "leaves at 09:15, at ely"
        if token not in _TO_PLACE and not (token == "on" and i + 1 in skipped):
            return ""
    return ""
