"""What the metric knows of the data's language: ``vocabulary.yaml`` and ``places.json``, read once."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import yaml

_FILES = ("vocabulary.yaml", "places.json")

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Vocabulary:
    """The files' content, phrases as token tuples.

    Attributes:
        rewrites: first token to (source, target) phrases, longest source first.
        values: family to value to its further spellings.
        strong: phrase to domain, nouns that name a domain; weak: phrase to domain, nouns that hint at one.
        units: phrase to the slot family that it counts.
        cues: name to single words.
        slot_words: phrase to the slot family that it names.
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
    indifference: tuple[Phrase, ...]
    slot_words: Mapping[Phrase, str]
    places: Mapping[str, str]
    name_ends: frozenset[str]
    no_name: frozenset[str]


def phrase(text: str) -> Phrase:
    """A phrase's tokens."""
    return tuple(text.split())


def _by_first(rewrites: Mapping[str, str]) -> dict[str, tuple[tuple[Phrase, Phrase], ...]]:
    table: dict[str, list[tuple[Phrase, Phrase]]] = {}
    for source, target in rewrites.items():
        table.setdefault(phrase(source)[0], []).append((phrase(source), phrase(target)))
    return {first: tuple(sorted(pairs, key=lambda pair: -len(pair[0]))) for first, pairs in table.items()}


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
        rewrites=_by_first(raw["rewrites"]),
        numbers=raw["numbers"],
        values=raw["values"],
        strong={domain: tuple(map(phrase, words["strong"])) for domain, words in raw["domains"].items()},
        weak={domain: tuple(map(phrase, words["weak"])) for domain, words in raw["domains"].items()},
        units=_inverted(raw["units"]),
        cues={name: frozenset(words) for name, words in raw["cues"].items()},
        indifference=tuple(map(phrase, raw["indifference"])),
        slot_words=_inverted(raw["slot_words"]),
        places={name: domain for domain, names in places.items() for name in names},
        name_ends=frozenset(raw["name_ends"]),
        no_name=frozenset(raw["no_name"]),
    )


@functools.cache
def fingerprint() -> str:
    """A short hash of the vocabulary, for the signature."""
    return hashlib.sha256("".join(_texts()).encode()).hexdigest()[:8]
