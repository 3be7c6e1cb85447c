"""Where a text that is generated ends, and what it may not repeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Ending:
    """Limits of a text.

    Attributes:
        at_least: tokens before its end.
        at_most: tokens of it, the end included.
        tokens: any of which ends it.
        pad: what stands behind its end.
        no_repeat: tokens of a sequence that is written once at most; 0 allows any repetition.
    """

    at_least: int
    at_most: int
    tokens: tuple[int, ...]
    pad: int
    no_repeat: int = 0

    def processors(self, source: int = 0) -> list[Any]:
        """Makes what changes the scores of the next token, for the library's search and for greedy search.

        Args:
            source: tokens at the beginning of a row that are not the text's own, and may be repeated in it.
        """
        return [_NoRepeat(self.no_repeat, source)] if self.no_repeat else []


class _NoRepeat:
    """The library's rule on what is written alone: by itself it would forbid a causal model to copy its source."""

    def __init__(self, size: int, source: int) -> None:
        from transformers import NoRepeatNGramLogitsProcessor

        self._rule = NoRepeatNGramLogitsProcessor(size)
        self._source = source

    def __call__(self, tokens: Tensor, scores: Tensor) -> Tensor:
        """Scores, (rows, words), in which each token that would repeat a sequence of ``tokens`` is impossible."""
        found: Tensor = self._rule(tokens[:, self._source :], scores)
        return found
