"""Sets of domain words, and which example of a batch has which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor

from todsum.errors import unknown_name
from todsum.modeling.domain_prefix.configuration import DomainPrefixError

WORDS = "words"
"""The name of the set that every example has unless told otherwise."""

WordIds = Sequence[int] | Sequence[Sequence[int]] | Tensor


def parse_words(word_ids: WordIds, vocabulary: int) -> list[list[int]]:
    """The words as lists of their tokens' ids.

    Args:
        word_ids: a list of words, each a list of ids; or flat ids, (tokens,) or (1, tokens), each token a word.
        vocabulary: how many tokens there are.

    Raises:
        DomainPrefixError: it is nothing of the kind, a word is empty or an id is not in the vocabulary.
    """
    given = word_ids
    if isinstance(given, Tensor):
        given = given.tolist()[0] if given.ndim == 2 and given.shape[0] == 1 else given.tolist()
    words: list[list[Any]] = [[word] if isinstance(word, (int, str)) else list(word) for word in given]
    for word in words:
        if not word or not all(isinstance(token, int) and 0 <= token < vocabulary for token in word):
            raise DomainPrefixError(f"{word} is no word: pass ids from 0 to {vocabulary - 1}, some for each word")
    return words


@dataclass(frozen=True, eq=False)
class Pick:
    """The tokens of a batch's words.

    Attributes:
        tokens: which rows of the adapter: a slice that holds for every example, or (examples, tokens).
        mask: (batch, tokens), False where a token does not count; None where all do.
        repeats: rows of the batch for each example, next to each other.
    """

    tokens: slice | Tensor
    mask: Tensor | None = None
    repeats: int = 1


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the tokens of each word set are among an adapter's rows.

    Attributes:
        spans: for each set, its rows.
        word: for each row, the number of its word within the set.
        whole: what an example has unless told otherwise.
    """

    spans: Mapping[str, range]
    word: tuple[int, ...]
    whole: Pick

    @classmethod
    def of(cls, sets: Mapping[str, Sequence[int]]) -> Layout:
        """The layout of sets that are given as the number of tokens of each word.

        The rows are in the order of the sets' names: a saved configuration keeps no other.
        """
        sets = dict(sorted(sets.items()))
        ends = [0, *accumulate(sum(lengths) for lengths in sets.values())]
        spans = {name: range(start, end) for name, start, end in zip(sets, ends, ends[1:], strict=False)}
        word = (i for lengths in sets.values() for i, length in enumerate(lengths) for _ in range(length))
        return cls(spans, tuple(word), Pick(slice(spans[WORDS].start, spans[WORDS].stop)))

    def span(self, name: str) -> range:
        """The rows of a set.

        Raises:
            DomainPrefixError: there is none of that name.
        """
        if name not in self.spans:
            raise DomainPrefixError(str(unknown_name("word set", name, self.spans)))
        return self.spans[name]


@dataclass(frozen=True, eq=False)
class Choice:
    """Which words the examples of one batch have: the same for every layer, and for a recomputed one.

    Attributes:
        names: a set for each example, or one for all.
        dropout: the share of words to leave out.
        seed: of the draw of those words.
    """

    names: str | tuple[str, ...] = WORDS
    dropout: float = 0.0
    seed: int = 0
    _picks: dict[tuple[Layout, int, torch.device], Pick] = field(default_factory=dict, repr=False)

    def pick(self, layout: Layout, batch: int, device: torch.device) -> Pick:
        """The tokens for ``batch`` rows, of which each example may have several, as beams are.

        Raises:
            DomainPrefixError: no such set, or the batch is not made of the examples that were named.
        """
        key = layout, batch, device
        if key not in self._picks:
            self._picks[key] = self._pick(*key)
        return self._picks[key]

    def _pick(self, layout: Layout, batch: int, device: torch.device) -> Pick:
        names = (self.names,) * batch if isinstance(self.names, str) else self.names
        if not names or batch % len(names):
            raise DomainPrefixError(f"{len(names)} word sets for a batch of {batch}; pass one for each example")
        spans = [layout.span(name) for name in names]
        longest, repeats = max(map(len, spans)), batch // len(names)
        real = torch.arange(longest) < torch.tensor([[len(span)] for span in spans])
        rows = torch.tensor([[*span, *[0] * (longest - len(span))] for span in spans], dtype=torch.long)
        if self.dropout:
            real &= self._keep(layout, rows)
        mask = None if bool(real.all()) else real.repeat_interleave(repeats, 0).to(device)
        if len(set(names)) == 1:
            return Pick(slice(spans[0].start, spans[0].stop), mask)
        return Pick(rows.to(device), mask, repeats)

    def _keep(self, layout: Layout, rows: Tensor) -> Tensor:
        """Whether each token's word stays; ``rows`` and the result are (examples, tokens)."""
        generator = torch.Generator().manual_seed(self.seed)
        draw = torch.rand(len(rows), max(layout.word, default=0) + 1, generator=generator)
        return draw.gather(1, torch.tensor(layout.word, dtype=torch.long)[rows]) >= self.dropout
