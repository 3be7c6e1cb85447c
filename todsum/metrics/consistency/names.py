"""Names of places in a sentence: known ones, and unknown ones where the sentence announces a name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from todsum.metrics.consistency.lexicon import EVERYDAY, PLACE, Lexicon, general, name_tokens, place_homes
from todsum.metrics.consistency.slots import place_core
from todsum.metrics.consistency.text import Sentence, Span
from todsum.metrics.consistency.vocabulary import vocabulary

_BEFORE_NAME = frozenset({"called", "named", "from", "to", "at", "near", "visit"})
# Before names that are no everyday words.
_MAYBE_NAME = frozenset(
    {"visits", "visiting", "is", "book", "books", "booked", "reserve", "reserves", "reaches", "reach", "leaves"}
)
_MAYBE_NAME |= {
    "leaving",
    "departs",
    "departing",
    "for",
    "about",
    "of",
    "picks",
    "picked",
    "prefers",
    "recommends",
    "recommended",
    "suggests",
    "suggested",
    "chosen",
    "with",
    "towards",
    "see",
    "chooses",
    "chose",
    "selects",
    "into",
    "outside",
}
# Words that stand in no place's name.
_NO_NAME = frozenset({"its", "his", "her", "their", "type", "name", "phone", "number", "price", "user", "agent"})
_GLUE = re.compile(r"(is|at|of|from|to|the)(\w{4,})")
_LONGEST = 9  # words
_SHORTEST = 3  # letters


@dataclass(frozen=True, slots=True)
class Named:
    """A place's name in a sentence: token span, canonical value, and the role that the sentence announces."""

    start: int
    end: int
    value: str
    role: str = ""


def unglue(sentence: Sentence, gold: Lexicon) -> Sentence:
    """A sentence with tokens such as ``isexpress`` in two, where the second half starts a known name."""
    tokens = sentence.tokens
    out: list[str] = []
    spans: list[Span] = []
    for place, (token, span) in enumerate(zip(tokens, sentence.spans, strict=True)):
        match = _GLUE.fullmatch(token)
        rest = [match[2], *tokens[place + 1 :]] if match else []
        if match and token not in name_tokens() and (_known(rest, 0, gold) or match[2] in name_tokens()):
            out.extend(match.groups())
            spans.extend(_halves(span, match))
        else:
            out.append(token)
            spans.append(span)
    return Sentence(out, spans)


def _halves(span: Span, match: re.Match[str]) -> tuple[Span, Span]:
    """Where the halves of a token stand; a token that replaced another spelling has no letters to cut between."""
    start, end = span
    if end - start != len(match[0]):
        return span, span
    return (start, start + match.end(1)), (start + match.end(1), end)


def _known(tokens: Sequence[str], place: int, gold: Lexicon) -> tuple[int, str, bool] | None:
    """End, value and everydayness of the longest known name at a place."""
    token = tokens[place]
    if token not in gold.first_words and token not in general().first_words:
        return None
    best: tuple[int, str, bool] | None = None
    for lexicon in (gold, general()):
        length, entries = lexicon.at(tokens, place)
        for entry in entries:
            if entry.kind == PLACE and (best is None or place + length > best[0]):
                best = (place + length, entry.value, entry.everyday)
    return best


def _extended(tokens: Sequence[str], start: int, end: int, value: str) -> tuple[int, str]:
    """A known name with what follows it: ``nandos restaurant`` is nandos, ``pizza express fen darrys`` is not."""
    if tokens[end : end + 1] == ["station"] and place_homes().get(value) in ("station", "other"):
        return end + 1, value
    last = end
    while last < len(tokens) and tokens[last] in name_tokens() and tokens[last] not in vocabulary().name_ends:
        if tokens[last] == tokens[last - 1]:
            break  # stuttered
        last += 1
    if last > end:
        return last, " ".join(place_core(tokens[start:last]))
    trailing = ("restaurant", "hotel", "guesthouse", "trainstation", "bedandbreakfast")
    if end < len(tokens) and tokens[end] in trailing and (value != "cambridge" or tokens[end] == "trainstation"):
        return end + 1, value
    return end, value


def _name_at(tokens: Sequence[str], start: int, gold: Lexicon) -> tuple[int, str] | None:
    """End and value of the name that is announced at a place, known or not; None where there is none."""
    if start < len(tokens) and tokens[start] == "the" and not _known(tokens, start, gold):
        if gold.at(tokens, start)[0]:
            return None  # a value of another slot
        start += 1
    if start >= len(tokens):
        return None
    if found := _known(tokens, start, gold):
        return _extended(tokens, start, found[0], found[1])
    if gold.at(tokens, start)[0]:
        return None
    end = start
    while (
        end < len(tokens)
        and end - start < _LONGEST
        and tokens[end] not in vocabulary().name_ends
        and ":" not in tokens[end]
    ):
        end += 1
    phrase = tokens[start:end]
    if len("".join(phrase)) < _SHORTEST or phrase[0].isdigit() or phrase[0] in vocabulary().no_name:
        return None
    if not _NO_NAME.isdisjoint(phrase):
        return None  # "from the bro its type of …"
    if not vocabulary().values["flag"].keys().isdisjoint(phrase):
        return None  # "free internet"
    length, entries = general().at(tokens, start)
    if entries and start + length == end:
        return None  # a day, an area …, no name
    return end, " ".join(place_core(phrase))


def _announced(tokens: Sequence[str]) -> list[tuple[int, str]]:
    """Places where a name is announced, with its role: ``name is …``, ``departure is …``, ``from … to …``."""
    found: list[tuple[int, str]] = []
    domains = {word for phrases in vocabulary().strong.values() for phrase in phrases for word in phrase}
    for place, token in enumerate(tokens):
        if token in ("called", "named"):
            found.append((place + 1, "name"))
        elif token in ("name", "departure", "destination"):
            verb = next((i for i in range(place + 1, min(place + 7, len(tokens))) if tokens[i] in ("is", "has")), None)
            between = set(tokens[place + 1 : verb]) if verb else set()
            plain = between <= domains | {"of", "the", "point", "place", "this", "station", "city", "s"}
            if verb and plain:
                found.append((verb + 1, token))
            elif token == "name" and tokens[place + 1 : place + 2] == ["of"]:
                found.append((place + 2, token))
            elif token == "name" and tokens[max(0, place - 1) : place] == ["the"]:
                found.append((place + 1, token))
        elif token in ("goes", "heads", "heading", "bound", "travels") and tokens[place + 1 : place + 2] == ["to"]:
            found.append((place + 2, "towards"))
        elif token == "from":
            found.append((place + 1, "departure"))
        elif token in ("arrives", "arrive", "arriving") and set(tokens[place + 1 : place + 2]) & {"at", "in"}:
            found.append((place + 2, "destination"))
    return found


def _starts_known(tokens: Sequence[str], start: int, gold: Lexicon) -> bool:
    """Whether a known name stands at a place, an article before it left out."""
    start += tokens[start : start + 1] == ["the"]
    return start < len(tokens) and _known(tokens, start, gold) is not None


def _ordinary(tokens: Sequence[str], place: int) -> bool:
    """Whether a name at a place is an everyday word too, or a value of another slot (``park``)."""
    return tokens[place] in EVERYDAY or any(entry.kind != PLACE for entry in general().at(tokens, place)[1])


def find_names(tokens: Sequence[str], gold: Lexicon) -> list[Named]:
    """All names in a sentence, in order, without overlaps."""
    found: dict[int, Named] = {}
    for start, role in _announced(tokens):
        if role == "towards":
            if _starts_known(tokens, start, gold):
                continue  # one may go to any place: its role is told later
            role = "destination"
        if name := _name_at(tokens, start, gold):
            found.setdefault(start, Named(start, name[0], name[1], role))
            after = name[0]
            if (
                role == "departure"
                and tokens[after : after + 1] == ["to"]
                and (goal := _name_at(tokens, after + 1, gold))
            ):
                found.setdefault(after + 1, Named(after + 1, goal[0], goal[1], "destination"))
    taken = {i for name in found.values() for i in range(name.start, name.end)}
    place = 0
    while place < len(tokens):
        known = None if place in taken else _known(tokens, place, gold)
        before = [token for token in tokens[max(0, place - 2) : place] if token != "the"]
        announced = before and (
            before[-1] in _BEFORE_NAME or (before[-1] in _MAYBE_NAME and not _ordinary(tokens, place))
        )
        if known and (not known[2] or announced):
            end, value = _extended(tokens, place, known[0], known[1])
            found[place] = Named(place, end, value)
            place = end
        else:
            place += 1
    return sorted(found.values(), key=lambda name: name.start)
