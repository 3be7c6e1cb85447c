"""ROUGE-1 + ROUGE-2 of a growing summary, by counting only what a unit adds."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any


class NgramObjective:
    """ROUGE-1 F + ROUGE-2 F of the chosen units, joined in the order of the source, as rouge-score computes them.

    Bigrams across the border of two units count, as they do for rouge-score.

    Args:
        reference: tokens of the reference.
        units: tokens of each unit.
    """

    def __init__(self, reference: Sequence[str], units: Sequence[Sequence[str]]) -> None:
        self._unigrams = _Overlap(Counter(reference))
        self._bigrams = _Overlap(Counter(pairwise(reference)))
        self._units = units
        self._tokens = [Counter(token for token in unit if token in self._unigrams.reference) for unit in units]
        self._pairs = [Counter(pair for pair in pairwise(unit) if pair in self._bigrams.reference) for unit in units]
        self._alone = [
            (self._unigrams.gain(tokens), self._bigrams.gain(pairs))
            for tokens, pairs in zip(self._tokens, self._pairs, strict=True)
        ]
        self._chosen: list[int] = []  # units without tokens are left out: they have no border
        self._length = 0

    def value(self, unit: int) -> float:
        """ROUGE-1 F + ROUGE-2 F with this unit added."""
        ones = self._unigrams.gain(self._tokens[unit])
        twos = self._bigrams.gain(self._pair_changes(unit))
        return self._sum(ones, twos, self._length + len(self._units[unit]))

    def bound(self, unit: int) -> float:
        """Adding a unit cannot add more matches than it has alone, and two bigrams across its borders."""
        ones, twos = self._alone[unit]
        return self._sum(ones, twos + 2, self._length + len(self._units[unit]))

    def add(self, unit: int) -> None:
        """Chooses this unit."""
        if not self._units[unit]:
            return
        self._unigrams.add(self._tokens[unit])
        self._bigrams.add(self._pair_changes(unit))
        self._chosen.insert(bisect_left(self._chosen, unit), unit)
        self._length += len(self._units[unit])

    def _pair_changes(self, unit: int) -> Mapping[tuple[str, str], int]:
        """How often each bigram comes or goes when this unit is put between its neighbours."""
        tokens = self._units[unit]
        if not self._chosen or not tokens:
            return self._pairs[unit]
        changes = Counter(self._pairs[unit])
        place = bisect_left(self._chosen, unit)
        before = self._units[self._chosen[place - 1]][-1] if place else None
        after = self._units[self._chosen[place]][0] if place < len(self._chosen) else None
        if before is not None:
            changes[before, tokens[0]] += 1
        if after is not None:
            changes[tokens[-1], after] += 1
        if before is not None and after is not None:
            changes[before, after] -= 1
        return changes

    def _sum(self, ones: int, twos: int, length: int) -> float:
        return self._unigrams.fmeasure(ones, length) + self._bigrams.fmeasure(twos, max(length - 1, 0))


class _Overlap:
    """Clipped matches between the n-grams of the reference and those of what is chosen."""

    def __init__(self, reference: Mapping[Any, int]) -> None:
        self.reference = reference
        self._size = sum(reference.values())
        self._counts: Counter[Any] = Counter()
        self._matches = 0

    def gain(self, changes: Mapping[Any, int]) -> int:
        """Matches that these changes of the counts would add."""
        total = 0
        for gram, change in changes.items():
            if limit := self.reference.get(gram, 0):
                count = self._counts[gram]
                total += min(count + change, limit) - min(count, limit)
        return total

    def add(self, changes: Mapping[Any, int]) -> None:
        """Makes these changes."""
        self._matches += self.gain(changes)
        for gram, change in changes.items():
            self._counts[gram] += change

    def fmeasure(self, gain: int, length: int) -> float:
        """F over ``length`` n-grams with ``gain`` more matches, by the very operations of rouge-score."""
        precision = (self._matches + gain) / max(length, 1)
        recall = (self._matches + gain) / max(self._size, 1)
        return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0
