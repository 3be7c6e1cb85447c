"""Sets of domain words that ``dop`` makes its prefixes of, and which of them a training example has."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from todsum.data.schema import Example
from todsum.domain_words import RunWords, interleave

ALL = "words"
"""The name of the set of words that the model uses unless told otherwise."""


@dataclass(frozen=True)
class WordSets:
    """The sets that training uses.

    Attributes:
        words: of each set, by its name. The order of the names numbers the sets.
        domains: of each training dialogue, by its id. A copy of a dialogue has its id, and perhaps made-up domains.
    """

    words: Mapping[str, tuple[str, ...]]
    domains: Mapping[str, Sequence[str]]

    @classmethod
    def of(cls, words: RunWords, examples: Iterable[Example]) -> WordSets:
        """The set of all training domains, and one of each domain.

        Args:
            words: of the run.
            examples: that the model is trained and validated on.
        """
        own = {f"of {domain}": found for domain, found in words.source.items()}
        sets = {ALL: chosen(words, "source")} | own
        return cls(dict(sorted(sets.items())), {example.id: example.domains for example in examples})

    def number_of(self, example: Example) -> int:
        """The number of the set that an example has: for about half of them, that of one of its own domains."""
        own = [name for domain in self.domains[example.id] if (name := f"of {domain}") in self.words]
        draw = zlib.crc32(" ".join([example.id, *example.summary]).encode())  # copies differ
        return list(self.words).index(own[draw // 2 % len(own)] if own and draw % 2 else ALL)


def chosen(words: RunWords, which: str) -> tuple[str, ...]:
    """The words of a prefix: of the training domains (``source``), of the ``target``, or of their ``union``."""
    lists = {
        "source": interleave(*words.source.values()),
        "target": interleave(*words.target.values()),
        "union": words.union,
    }
    return lists[which][: words.n]


def word_ids(tokenizer: Any, words: Sequence[str]) -> list[list[int]]:
    """The token ids of each word as it stands inside a text."""
    from todsum.training.plain_text import PlainText

    encode = PlainText(tokenizer).ids
    return [encode(f" {word}") for word in words]
