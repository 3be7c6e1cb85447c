"""The words of a dialogue that may tell its domain: what is left without stop words and values.

Values are recognised by the text alone, in the same way in every domain; no state is read. What is left out:

* whatever holds a figure (times, reference codes, postcodes, phone numbers) or looks like an address of the internet,
  and words of one or two letters;
* names: words that are capitalised in more than :data:`NAME_SHARE` of the places inside a sentence where they stand
  (not half of them: many people write ``acorn guest house`` and ``monday``);
* values that are ordinary words, such as numbers, days, directions, colours and price levels, by a list;
* stop words: scikit-learn's, and those of conversation, by a list (both in ``stop_words.yaml``).

What passes: values that people write in lower case and that no list has, such as the makes of TODSum's taxis.

A word stands for its inflections: those with the same Porter stem are one word, shown in the form that is said most.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

import yaml

NAME_SHARE = 1 / 3
SHORTEST = 3

_TOKEN = re.compile(r"(?P<end>[.!?:]+(?=\s|$))|(?P<chunk>\w+(?:[^\w\s]+\w+)*)")
_LETTERS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Word:
    """A word in a dialogue.

    Attributes:
        stem: its Porter stem.
        form: as written, in lower case.
        inside: whether it stands inside a sentence, where only names are capitalised.
        capital: whether it has a capital letter.
    """

    stem: str
    form: str
    inside: bool
    capital: bool


def content_words(texts: Iterable[str]) -> list[Word]:
    """The words of a dialogue's turns in their order, without stop words, listed values and what holds a figure."""
    return [word for text in texts for word in _words(text) if word.stem not in _stop_stems()]


def _words(text: str) -> Iterator[Word]:
    inside = False
    for token in _TOKEN.finditer(text):
        if token["end"]:
            inside = False
            continue
        if not _is_value(token["chunk"]):
            for match in _LETTERS.finditer(token["chunk"]):
                form = match[0].lower()
                if len(form) >= SHORTEST and form.isalpha():
                    yield Word(_stem(form), form, inside, form != match[0])
                inside = True
        inside = True


def _is_value(chunk: str) -> bool:
    return "@" in chunk or chunk.lower().startswith("www.") or any(character.isnumeric() for character in chunk)


def names(dialogues: Iterable[Sequence[Word]]) -> set[str]:
    """The stems of the words that are names, judged over all dialogues together."""
    inside, capital = Counter[str](), Counter[str]()
    for dialogue in dialogues:
        inside.update(word.stem for word in dialogue if word.inside)
        capital.update(word.stem for word in dialogue if word.inside and word.capital)
    return {stem for stem, count in capital.items() if count > NAME_SHARE * inside[stem]}


def commonest_forms(dialogues: Iterable[Sequence[Word]]) -> dict[str, str]:
    """The form in which each stem is said most; of equal ones the first in the alphabet."""
    counts = Counter((word.stem, word.form) for dialogue in dialogues for word in dialogue)
    best: dict[str, tuple[int, str]] = {}
    for (stem, form), count in counts.items():
        best[stem] = min(best.get(stem, (0, "")), (-count, form))
    return {stem: form for stem, (_, form) in best.items()}


@functools.cache
def _stop_stems() -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    lists: dict[str, str] = yaml.safe_load((files(__package__) / "stop_words.yaml").read_text(encoding="utf-8"))
    kept = set(lists.pop("kept").split())
    listed = {word for words in lists.values() for word in words.split()}
    return frozenset(map(_stem, (ENGLISH_STOP_WORDS - kept) | listed))


@functools.cache
def _stem(form: str) -> str:
    from nltk.stem.porter import PorterStemmer

    found: str = PorterStemmer().stem(form)
    return found
