"""Which slot a value fills, told from the words around it."""

from __future__ import annotations

from collections.abc import Sequence

from todsum.metrics.consistency.lexicon import PLACE
from todsum.metrics.consistency.mentions import TIME, Mention
from todsum.metrics.consistency.vocabulary import vocabulary

_NOUN_REACH = 4  # how far before a time "departure" still speaks of it …
_NOUN_TO_TIME = frozenset({"time", "is", "at", "of", "by", "the", "train", "taxi"})  # … over these words
_GOALS = frozenset({"go", "goes", "going", "heading", "headed", "travels"})
_BEING = frozenset({"there", "be", "get", "in"})


def _last(tokens: Sequence[str], words: frozenset[str], start: int, end: int) -> int:
    return next((i for i in range(end - 1, start - 1, -1) if tokens[i] in words), -1)


def _first(tokens: Sequence[str], words: frozenset[str], start: int, end: int) -> int:
    return next((i for i in range(start, end) if tokens[i] in words), len(tokens))


def time_role(tokens: Sequence[str], mention: Mention, others: Sequence[Mention]) -> str:
    """``leave``, ``arrive``, or "" where the sentence does not tell."""
    cues = vocabulary().cues
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
    if tokens[mention.end : mention.end + 1] == ["to"]:
        follower = [m for m in others if m.kind == PLACE and mention.end < m.start <= mention.end + 2]
        if follower:
            return "departure", True
    since = max((m.end for m in others if m.kind == PLACE and m.end <= start), default=0)
    role, place = max(
        ((name, _last(tokens, cues[name], since, start)) for name in ("departure", "destination")), key=lambda c: c[1]
    )
    return (role, tokens[place] not in _GOALS) if place >= 0 else ("", False)
