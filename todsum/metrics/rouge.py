"""ROUGE through the rouge-score package: stemmed F, R-Lsum over sentences separated by newlines."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, ClassVar

from todsum import sentences
from todsum.metrics.base import Gold, Metric, join_signature

if TYPE_CHECKING:
    from rouge_score.rouge_scorer import RougeScorer

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
        found = _scorer().score("\n".join(gold.summary), "\n".join(sentences.split_sentences(hypothesis)))
        return {name: float(found[name].fmeasure) for name in TYPES}


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


class _Tokenizer:
    """What :class:`RougeScorer` takes in place of its own tokenizer."""

    def tokenize(self, text: str) -> list[str]:
        """See :func:`tokens`."""
        return tokens(text)


@cache
def _stemmer() -> _CachedStemmer:
    return _CachedStemmer()


@cache
def _scorer() -> RougeScorer:
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(list(TYPES), tokenizer=_Tokenizer())
