"""What a sentence does with a value: states it, denies it, asks about it, or does not care about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from todsum.metrics.consistency.slots import FLAG
from todsum.metrics.consistency.text import COMMA
from todsum.metrics.consistency.vocabulary import vocabulary

_NOT = frozenset({"not", "isnt", "arent", "never", "wasnt"})
_WITHOUT = frozenset({"no", "not", "without", "doesnt", "dont", "lacks", "lack", "lacking", "neither", "nor", "isnt"})
_LINKS = frozenset({"the", "a", "an", "in", "on", "at"})
_BREAKS = frozenset({"but", COMMA, "with", "has"})
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


def indifferent(tokens: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Places of slot words that any value will do for, with their families.

    ``does not care about the price and area``, ``any area``, ``the price does not matter``.
    """
    known = vocabulary()
    for words in known.indifference:
        for place in (i for i, token in enumerate(tokens) if token == words[0]):
            end = place + len(words)
            if tuple(tokens[place:end]) != words:
                continue
            window = range(end, end + (1 if words == ("any",) else 8))
            if "matter" in words or "important" in words:
                window = range(max(0, place - 5), place)
            for i in window:
                if i < len(tokens) and (family := known.slot_words.get((tokens[i],))):
                    yield i, FLAG + family if family in known.values["flag"] else family


def is_asked(tokens: Sequence[str], place: int) -> bool:
    """Whether a yes-or-no slot is asked about rather than stated: ``wonders what the hotel's parking is``."""
    before = tokens[:place]
    return bool(set(before) & _ASKS) or any(phrase in " ".join([*before, tokens[place]]) for phrase in _ASKED)


def is_denied(tokens: Sequence[str], start: int) -> bool:
    """Whether a value is one that it is not: ``not in the north``, ``the east instead of the north``."""
    before = [token for token in tokens[max(0, start - 4) : start] if token not in _LINKS]
    return bool(set(before[-2:]) & _NOT) or before[-2:] in (["instead", "of"], ["rather", "than"])


def yes_or_no(tokens: Sequence[str], start: int, end: int) -> str:
    """The value of a yes-or-no slot that is named at a span: ``with parking``, ``without parking``, ``no parking``."""
    clause = list(tokens[max(0, start - 4) : start])
    for place in range(len(clause) - 1, -1, -1):
        if clause[place] in _BREAKS:
            clause = clause[place + 1 :]
            break
    near = [token for token in clause if token not in ("free", "any", "a", "an")]
    alone = "no" in near[:-1] and "or" not in near  # "no parking and internet": only the first is denied
    after = list(tokens[end : end + 2])
    denied = after[:1] in (["no"], ["not"], ["isnt"]) or after in (["is", "no"], ["is", "not"])
    return "no" if denied or set(near) & (_WITHOUT - {"no"} if alone else _WITHOUT) else "yes"
