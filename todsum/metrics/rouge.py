"""ROUGE as the rouge-score package computes it: stemmed F, R-Lsum over sentences separated by newlines.

The tokens are rouge-score's. They are counted here, for its tables of common subsequences were most of the time that
scoring took; the figures are the same to the last bit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib.metadata import version
from itertools import chain, pairwise
from typing import ClassVar

from todsum import sentences
from todsum.metrics.base import Gold, Metric, join_signature
from todsum.metrics.rouge_lcs import Hypothesis, summary_level_matches

TYPES = ("rouge1", "rouge2", "rougeL", "rougeLsum")


class Rouge(Metric):
    """F-measures in 0…1 of rouge-score with its Porter stemmer.

    Sentences of the reference are those of the data set; sentences of the hypothesis are its lines, or, where it has
    only one, what :func:`todsum.sentences.split_sentences` finds. Compare what older papers print as R-L with
    ``rougeLsum``.
    """

    name: ClassVar[str] = "rouge"
    columns: ClassVar[tuple[str, ...]] = TYPES
    scores: ClassVar[tuple[str, ...]] = TYPES

    def signature(self) -> str:
        """Package version and the choices that move the figures."""
        fields = [("v", version("rouge_score")), ("stem", "yes"), ("lsum", "newline"), ("split", sentences.VERSION)]
        return join_signature(self.name, [*fields, ("stat", "f1")])

    def applies(self, gold: Gold) -> bool:
        """Needs a reference."""
        return gold.summary is not None

    def score(self, hypothesis: str, gold: Gold) -> dict[str, float]:
        """The four figures of one example; an empty hypothesis scores 0."""
        if gold.summary is None:
            raise ValueError("ROUGE needs a reference summary")
        reference = [line_tokens(line) for line in _lines(gold.summary)]
        summary = [line_tokens(line) for line in _lines(sentences.split_sentences(hypothesis))]
        theirs, mine = list(chain(*reference)), list(chain(*summary))
        figures = (
            _fmeasure(_common(theirs, mine), len(theirs), len(mine)),
            _fmeasure(_common(pairwise(theirs), pairwise(mine)), len(theirs) - 1, len(mine) - 1),
            _fmeasure(Hypothesis(mine).lcs(theirs), len(theirs), len(mine)),
            _fmeasure(summary_level_matches(reference, summary), len(theirs), len(mine)),
        )
        return dict(zip(TYPES, figures, strict=True))


def _lines(texts: Sequence[str]) -> list[str]:
    return [line for line in "\n".join(texts).split("\n") if line]


def _common(reference: Iterable[object], hypothesis: Iterable[object]) -> int:
    return (Counter(reference) & Counter(hypothesis)).total()


def _fmeasure(matches: int, reference: int, hypothesis: int) -> float:
    """F by the very operations of rouge-score."""
    if not matches:
        return 0.0
    precision, recall = matches / hypothesis, matches / reference
    return 2 * precision * recall / (precision + recall)


def tokens(text: str) -> list[str]:
    """The stemmed tokens that rouge-score counts in a text."""
    from rouge_score.tokenize import tokenize

    found: list[str] = tokenize(text, _stemmer())
    return found


class _CachedStemmer:
    """The Porter stemmer of rouge-score with a memory: stemming is most of the time ROUGE takes."""

    def __init__(self) -> None:
        from rouge_score.tokenizers import porter

        self.stem = lru_cache(maxsize=1 << 17)(porter.PorterStemmer().stem)


@lru_cache(maxsize=1 << 15)
def line_tokens(text: str) -> tuple[str, ...]:
    """As :func:`tokens`, remembered: references come again with every cell, a meeting's turns with every query."""
    return tuple(tokens(text))


@cache
def _stemmer() -> _CachedStemmer:
    return _CachedStemmer()
