"""What a sentence does with a slot: leaves its value to chance, asks for it, or says yes or no to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from todsum.metrics.consistency.slots import FLAG
from todsum.metrics.consistency.text import COMMA
from todsum.metrics.consistency.vocabulary import vocabulary

_REACH = 8  # how far behind "does not care" the slot may stand, …
_BACK = 7  # … and how far before "does not matter"
# The slot stands before these.
_BEFORE = frozenset(
    {
        "difference",
        "irrelevant",
        "same",
        "matter",
        "matters",
        "important",
        "unimportant",
        "importance",
        "fine",
        "ok",
        "okay",
        "do",
    }
)
_BEING = frozenset({"is", "are", COMMA})
_ASKED_FOR = {"where": "area", "when": "day"}
_EITHER = frozenset({"dont", "doesnt", "any", "dontcare", "anything", "flexible", "open"})
_ASKS = frozenset({"wonder", "wonders", "whether", "know", "knows", "what", "check", "search", "find", "information"})
_ASKED = (
    "asks for the",
    "asks for its",
    "asks for internet",
    "asks for parking",
    "asks about",
    "asks if the",
    "asks if it",
)


def indifferent(tokens: Sequence[str]) -> Iterator[tuple[int, str, int]]:
    """Places of slot words that any value will do for, with their families and where the words of indifference stand.

    ``does not care about the price and area``, ``any area``, ``the price does not matter``, ``the area is dont care``.
    """
    known = vocabulary()
    for place, token in enumerate(tokens):
        for words in known.indifference.get(token, ()):
            end = place + len(words)
            if tuple(tokens[place:end]) != words:
                continue
            if tokens[end : end + 1] and (family := _ASKED_FOR.get(tokens[end])) and _BEFORE.isdisjoint(words):
                yield end, family, place  # "does not mind where the restaurant is"
            for i in _reach(tokens, words, place, end):
                if family := known.slot_words.get((tokens[i],)):
                    yield i, FLAG + family if family in known.values["flag"] else family, place
            break
        preferring = token == "no" and tokens[place + 2 : place + 3] in (["preference"], ["preferences"])
        if preferring and (family := known.slot_words.get((tokens[place + 1],))):
            yield place + 1, family, place + 1
        if family := known.anywhere.get(token):
            yield place, family, place


def _reach(tokens: Sequence[str], words: tuple[str, ...], place: int, end: int) -> range:
    """Where the slot words of some words of indifference may stand."""
    if not _BEFORE.isdisjoint(words):
        return range(max(0, place - _BACK), place)
    if (
        place
        and tokens[place - 1] in _BEING
        and words[0] in _EITHER
        and tokens[end : end + 1] in ([], [COMMA], ["and"])
    ):
        return range(max(0, place - 4), place - 1)
    breaks = vocabulary().denial.breaks
    reach = range(end, min(len(tokens), end + (1 if words == ("any",) else _REACH)))
    return range(end, next((i for i in reach if tokens[i] in breaks), reach.stop))


def is_asked(tokens: Sequence[str], place: int) -> bool:
    """Whether a yes-or-no slot is asked about rather than stated: ``wonders what the hotel's parking is``."""
    before = tokens[:place]
    return not _ASKS.isdisjoint(before) or any(phrase in " ".join([*before, tokens[place]]) for phrase in _ASKED)


def answer(tokens: Sequence[str], end: int, *, denied: bool) -> str:
    """The value of a yes-or-no slot whose noun ends at a place: ``parking``, ``parking is no``, ``parking, yes``.

    Args:
        tokens: the sentence.
        end: the token behind the noun.
        denied: the noun is denied (``no parking``).
    """
    after = tokens[end : end + 8]
    if after[:1] in (["of"], ["at"], ["for"]):  # "the parking of the hotel is no"
        after = after[next((i for i, token in enumerate(after) if token in _BEING | {"isnt"}), len(after)) :]
    after = [token for token in after if token not in _BEING][:4]
    said = after[0] if after else ""
    if said in ("not", "isnt", "neither") and after[1:2] in (["yes"], ["no"]):
        return "no" if after[1] == "yes" else "yes"
    if said == "no" and (len(after) < 2 or after[1] in ("and", "but")):
        return "yes" if denied else "no"
    return "no" if denied else "yes"
