"""ROUGE-L of a growing summary, by a bit-parallel longest common subsequence.

The reference of m tokens is a row of m bits, a Python integer; one token of the summary costs one addition and three
bit operations on it instead of m cells of a table (Crochemore et al. 2001; Hyyrö 2004, "Bit-parallel LCS-length
computation revisited"). Tokens that the reference lacks change nothing and are dropped beforehand.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence


class LcsObjective:
    """ROUGE-L F of the chosen units, joined in the order of the source, as rouge-score computes it.

    Args:
        reference: tokens of the reference.
        units: tokens of each unit.
    """

    def __init__(self, reference: Sequence[str], units: Sequence[Sequence[str]]) -> None:
        positions: dict[str, int] = {}
        for index, token in enumerate(reference):
            positions[token] = positions.get(token, 0) | 1 << index
        self._size = len(reference)
        self._ones = (1 << self._size) - 1
        # Each unit as the position masks of those of its tokens that the reference has.
        self._masks = [[positions[token] for token in unit if token in positions] for unit in units]
        self._lengths = [len(unit) for unit in units]
        self._alone = [self._lcs(self._pass(self._ones, masks)) for masks in self._masks]
        self._chosen: list[int] = []
        self._states = [self._ones]  # the row of bits after the first 0, 1, … chosen units
        self._length = 0

    def value(self, unit: int) -> float:
        """ROUGE-L F with this unit added."""
        place = bisect_left(self._chosen, unit)
        row = self._pass(self._states[place], self._masks[unit])
        for later in self._chosen[place:]:
            row = self._pass(row, self._masks[later])
        return self._fmeasure(self._lcs(row), self._length + self._lengths[unit])

    def bound(self, unit: int) -> float:
        """Adding a unit cannot lengthen the common subsequence by more than the unit has alone."""
        lcs = min(self._size, self._lcs(self._states[-1]) + self._alone[unit])
        return self._fmeasure(lcs, self._length + self._lengths[unit])

    def add(self, unit: int) -> None:
        """Chooses this unit."""
        place = bisect_left(self._chosen, unit)
        self._chosen.insert(place, unit)
        self._length += self._lengths[unit]
        del self._states[place + 1 :]
        for later in self._chosen[place:]:
            self._states.append(self._pass(self._states[-1], self._masks[later]))

    def _pass(self, row: int, masks: Sequence[int]) -> int:
        """The row of bits after more tokens; a zero stands for each token of the common subsequence."""
        for mask in masks:
            matches = row & mask
            row = (row + matches) | (row - matches)
        return row & self._ones

    def _lcs(self, row: int) -> int:
        return self._size - row.bit_count()

    def _fmeasure(self, lcs: int, length: int) -> float:
        """F by the very operations of rouge-score, so that ties and near ties fall as there."""
        if not lcs:
            return 0.0
        precision, recall = lcs / length, lcs / self._size
        return 2 * precision * recall / (precision + recall)
