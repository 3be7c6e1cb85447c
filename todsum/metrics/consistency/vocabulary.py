"""What the metric knows of the data's language: ``vocabulary.yaml``, ``denial.yaml`` and ``places.json``, read once."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml

_FILES = ("vocabulary.yaml", "places.json", "denial.yaml")

Phrase = tuple[str, ...]
Phrases = Mapping[str, tuple[Phrase, ...]]  # by their first token, longest first


@dataclass(frozen=True)
class DenialWords:
    """The words of ``denial.yaml``, which says what each list is for.

    Attributes:
        signs: a word of every phrase that denies; a sentence without them denies nothing.
    """

    verbs: Phrases
    wide: Phrases
    narrow: Phrases
    lacking: Phrases
    verdicts: Phrases
    failing: Phrases
    verdict_predicates: Phrases
    verdict_nouns: Phrases
    falsity: Phrases
    harmless: Phrases
    spared: Phrases
    information: Phrases
    bounds: Phrases
    adverbs: frozenset[str]
    finite: frozenset[str]
    breaks: frozenset[str]
    no_breaks_after: frozenset[str]
    contrasts: frozenset[str]
    subjects: frozenset[str]
    subjects_alone: frozenset[str]
    links: frozenset[str]
    phrase_nouns: frozenset[str]
    changes: frozenset[str]
    signs: frozenset[str]

    @classmethod
    def read(cls, raw: Mapping[str, list[str]]) -> DenialWords:
        """From the file's lists."""
        tables = ("verbs", "wide", "narrow", "lacking", "verdicts", "failing", "falsity")
        phrases = {name: _listed(raw[name]) for name in (*tables, *_MORE_PHRASES)}
        words = {name: frozenset(raw[name]) for name in raw.keys() - phrases.keys()}
        signs = words["changes"].union(max(text.split(), key=_telling) for name in tables for text in raw[name])
        return cls(**phrases, **words, signs=signs)  # type: ignore[arg-type]


def _telling(word: str) -> int:
    """How much a word tells of the phrase that it stands in."""
    return len(word) * (word not in ("from", "that", "with"))


_NO_UNITS = ("single", "couple")
_MORE_PHRASES = ("information", "verdict_predicates", "verdict_nouns", "harmless", "spared", "bounds")


@dataclass(frozen=True)
class Vocabulary:
    """The files' content, phrases as token tuples.

    Attributes:
        rewrites: first token to (source, target) phrases, longest source first.
        values: family to value to its further spellings.
        strong: phrase to domain, nouns that name a domain; weak: phrase to domain, nouns that hint at one.
        units: phrase to the slot family that it counts.
        cues: name to single words.
        anywhere: words of indifference to the family that they speak of themselves.
        slot_words: phrase to the slot family that it names.
        plain_words: words that tell no place from another; weak_words: words that do not alone.
        stems: how a domain's noun starts, for nouns spun out or broken off; no_stems: other words that start so.
        nouns: all words that name a domain or hint at one.
        places: name to the domain where it belongs (``station`` and ``other`` are no domains).
        name_ends: words before which an unknown name ends; no_name: words that start none.
    """

    rewrites: Mapping[str, tuple[tuple[Phrase, Phrase], ...]]
    numbers: Mapping[str, int]
    values: Mapping[str, Mapping[str, list[str]]]
    strong: Mapping[str, tuple[Phrase, ...]]
    weak: Mapping[str, tuple[Phrase, ...]]
    units: Mapping[Phrase, str]
    cues: Mapping[str, frozenset[str]]
    indifference: Phrases
    anywhere: Mapping[str, str]
    slot_words: Mapping[Phrase, str]
    places: Mapping[str, str]
    name_ends: frozenset[str]
    no_name: frozenset[str]
    nouns: frozenset[str]
    stems: Mapping[str, str]
    no_stems: frozenset[str]
    plain_words: frozenset[str]
    weak_words: frozenset[str]
    denial: DenialWords


def phrase(text: str) -> Phrase:
    """A phrase's tokens."""
    return tuple(text.split())


def _listed(texts: Iterable[str]) -> dict[str, tuple[Phrase, ...]]:
    table: dict[str, list[Phrase]] = {}
    for text in texts:
        table.setdefault(phrase(text)[0], []).append(phrase(text))
    return {first: tuple(sorted(phrases, key=len, reverse=True)) for first, phrases in table.items()}


def _by_first(rewrites: Mapping[str, str]) -> dict[str, tuple[tuple[Phrase, Phrase], ...]]:
    table: dict[str, list[tuple[Phrase, Phrase]]] = {}
    for source, target in rewrites.items():
        table.setdefault(phrase(source)[0], []).append((phrase(source), phrase(target)))
    return {first: tuple(sorted(pairs, key=lambda pair: -len(pair[0]))) for first, pairs in table.items()}


def _compound_numbers(numbers: Mapping[str, int]) -> dict[str, str]:
    """``twenty one`` and the like, in digits."""
    tens = {word: value for word, value in numbers.items() if value >= 20}
    units = {word: value for word, value in numbers.items() if 0 < value < 10 and word not in _NO_UNITS}
    return {f"{ten} {unit}": str(tens[ten] + units[unit]) for ten in tens for unit in units}


def _inverted(families: Mapping[str, Iterable[str]]) -> dict[Phrase, str]:
    return {phrase(text): family for family, texts in families.items() for text in texts}


def _texts() -> list[str]:
    return [(files(__package__) / name).read_text(encoding="utf-8") for name in _FILES]


@functools.cache
def vocabulary() -> Vocabulary:
    """The vocabulary that ships with the package."""
    raw: dict[str, Any] = yaml.safe_load(_texts()[0])
    places = {k: v for k, v in json.loads(_texts()[1]).items() if isinstance(v, list)}
    return Vocabulary(
        rewrites=_by_first(raw["rewrites"] | _compound_numbers(raw["numbers"])),
        numbers=raw["numbers"],
        values=raw["values"],
        strong={domain: tuple(map(phrase, words["strong"])) for domain, words in raw["domains"].items()},
        weak={domain: tuple(map(phrase, words["weak"])) for domain, words in raw["domains"].items()},
        units=_inverted(raw["units"]),
        cues={name: frozenset(words) for name, words in raw["cues"].items()},
        indifference=_listed(raw["indifference"]),
        anywhere=raw["anywhere"],
        slot_words=_inverted(raw["slot_words"]),
        places={name: domain for domain, names in places.items() for name in names},
        name_ends=frozenset(raw["name_ends"]),
        no_name=frozenset(raw["no_name"]),
        nouns=frozenset(
            word
            for kinds in raw["domains"].values()
            for texts in kinds.values()
            for text in texts
            for word in phrase(text)
        ),
        stems=raw["stems"],
        no_stems=frozenset(raw["no_stems"]),
        plain_words=frozenset(raw["plain_words"]),
        weak_words=frozenset(raw["weak_words"]),
        denial=DenialWords.read(yaml.safe_load(_texts()[2])),
    )


@functools.cache
def fingerprint() -> str:
    """A short hash of the vocabulary, for the signature."""
    return hashlib.sha256("".join(_texts()).encode()).hexdigest()[:8]
