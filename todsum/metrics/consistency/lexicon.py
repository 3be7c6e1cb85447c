"""Phrases that may be looked for in a sentence, by their first token: the vocabulary's, and those of one gold state."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from todsum.metrics.consistency.slots import (
    ANY,
    FLAG,
    NUMBERS,
    OPEN,
    PLACES,
    TIMES,
    GoldSlot,
    name_words,
    place_core,
)
from todsum.metrics.consistency.text import words
from todsum.metrics.consistency.vocabulary import Phrase, phrase, vocabulary

PLACE = "place"

# Names that are everyday words too: they count only where a name is expected.
EVERYDAY = frozenset({"ask", "place", "junction", "home", "school", "city", "museum", "college", "india", "moon"})
_FUNCTION_WORDS = frozenset({"a", "and", "of", "the", "at", "by", "in", "on", "from", "for", "to"})


@dataclass(frozen=True, slots=True)
class Entry:
    """What a phrase stands for.

    Attributes:
        kind: a slot family, or ``place`` where only the sentence tells which.
        value: the canonical value.
        everyday: the phrase counts only behind a word that announces a name.
    """

    kind: str
    value: str
    everyday: bool = False


class Lexicon:
    """Longest-match lookup of phrases in token lists."""

    def __init__(self, entries: Iterable[tuple[Phrase, Entry]]) -> None:
        table: dict[str, dict[Phrase, list[Entry]]] = {}
        for source, entry in entries:
            if source:
                table.setdefault(source[0], {}).setdefault(source, []).append(entry)
        self.first_words = table.keys()
        self._table = {
            first: sorted(phrases.items(), key=lambda item: -len(item[0])) for first, phrases in table.items()
        }

    def at(self, tokens: Sequence[str], place: int) -> tuple[int, list[Entry]]:
        """Length and meanings of the longest phrase that starts at a place; length 0 where there is none."""
        for source, entries in self._table.get(tokens[place], ()):
            if len(source) == 1 or tuple(tokens[place : place + len(source)]) == source:
                return len(source), entries
        return 0, []


def _place_entries(name: str) -> Iterable[tuple[Phrase, Entry]]:
    full = words(name)
    core = place_core(full)
    value = " ".join(core)
    yield full, Entry(PLACE, value)
    if core != full:
        cut = core[-1] != full[-1]
        yield core, Entry(PLACE, value, everyday=len(core) == 1 and (cut or core[0] in EVERYDAY))


def _cut_names(name: str) -> Iterable[tuple[Phrase, Entry]]:
    """The beginnings of a name of the state, of two words at least: ``the blue heron`` of the blue heron bistro."""
    full = words(name)
    core = place_core(full)
    for length in range(2, len(core)):
        cut = core[:length]
        telling = not vocabulary().plain_words.issuperset(cut) and cut[-1] not in _FUNCTION_WORDS
        if telling and " ".join(cut) not in place_homes():
            yield cut, Entry(PLACE, " ".join(core))


@functools.cache
def name_parts() -> dict[Phrase, str]:
    """Parts of known names that only one known place has, with the place's name: ``kings cross``, ``don pasquale``."""
    known = vocabulary()
    cores = {place_core(words(name)) for name in known.places}
    owners: dict[Phrase, set[Phrase]] = {}
    for core in cores:
        for start in range(len(core)):
            for end in range(start + 1, len(core) + 1):
                owners.setdefault(core[start:end], set()).add(core)
    found: dict[Phrase, str] = {}
    for part, places in owners.items():
        ends = {part[0], part[-1]} & _FUNCTION_WORDS
        weak = len(part) == 1 and (part[0] in known.weak_words or len(part[0]) < 4)
        if part not in cores and len(places) == 1 and not ends and not weak and not known.plain_words.issuperset(part):
            found[part] = " ".join(*places)
    return found


@functools.cache
def general() -> Lexicon:
    """Values of the vocabulary and places of the data."""
    known = vocabulary()
    entries: list[tuple[Phrase, Entry]] = []
    for family, values in known.values.items():
        for value, variants in values.items():
            entry = Entry(FLAG + value, "yes") if family == "flag" else Entry(family, value)
            entries.extend((phrase(text), entry) for text in (value, *variants))
    for name in known.places:
        entries.extend(_place_entries(name))
    entries.extend((part, Entry(PLACE, name, everyday=len(part) == 1)) for part, name in name_parts().items())
    everyday = [(source, Entry(e.kind, e.value, True)) for source, e in entries if source in {(w,) for w in EVERYDAY}]
    plain = [(source, e) for source, e in entries if e.kind != PLACE or source not in {(w,) for w in EVERYDAY}]
    return Lexicon([*plain, *(pair for pair in everyday if pair[1].kind == PLACE)])


@functools.cache
def place_homes() -> dict[str, str]:
    """The domain where a known place belongs; all known places are keys."""
    return {" ".join(place_core(words(name))): domain for name, domain in vocabulary().places.items()}


@functools.cache
def name_tokens() -> frozenset[str]:
    """Words that occur in names of places and hardly elsewhere."""
    common = {"a", "and", "at", "by", "of", "the", "to", "from", "on", "in", "for", "all", "north", "city", "centre"}
    common |= {"restaurant", "hotel", "guesthouse", "trainstation", "bedandbreakfast", "cambridge", "food", "house"}
    return frozenset(token for name in vocabulary().places for token in words(name)) - common


def of_gold(gold: Iterable[GoldSlot]) -> Lexicon:
    """What the gold state adds: its own names and values, and the names of its yes-or-no slots."""
    entries: list[tuple[Phrase, Entry]] = []
    known = vocabulary().values
    ordinary = EVERYDAY | {value for values in known.values() for value in values}
    for item in gold:
        if item.family.startswith(FLAG):
            entries.append((words(" ".join(name_words(item.slot.slot))), Entry(item.family, "yes")))
        elif item.value == ANY or item.family in TIMES | NUMBERS or (item.family, item.value) == ("type", "hotel"):
            continue  # found by their form, or by rules of their own
        elif item.family in PLACES:
            entries.extend(
                (source, Entry(PLACE, e.value, e.everyday or " ".join(source) in ordinary))
                for source, e in [*_place_entries(item.slot.value), *_cut_names(item.slot.value)]
            )
        elif item.value not in known.get(item.family, ()) and not item.value.isdigit():
            entries.append((words(item.slot.value), Entry(item.family, item.value)))
    return Lexicon(entries)


def open_units(gold: Iterable[GoldSlot]) -> dict[str, str]:
    """Words of numeric slots that the metric has no rules for: ``{"bags": "slot:bags", "bag": "slot:bags"}``."""
    units: dict[str, str] = {}
    for item in gold:
        if item.family.startswith(OPEN) and item.value.isdigit():
            for word in name_words(item.slot.slot):
                units[word] = units[word.rstrip("s")] = units[word.rstrip("s") + "s"] = item.family
    return units
