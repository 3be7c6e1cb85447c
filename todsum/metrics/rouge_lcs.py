"""Longest common subsequences as rouge-score counts them, by rows of bits instead of a table.

A row of the table is a Python integer with a bit for each token of the hypothesis, zero where the row's figure goes up;
one token of the reference costs an addition and three bit operations on it (Hyyrö 2004, "Bit-parallel LCS-length
computation revisited"). Which of several subsequences of the same length is taken decides R-Lsum: it is
rouge-score's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain


class Hypothesis:
    """The tokens that references are compared with: where each of them stands, as bits."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.length = len(tokens)
        self._places: dict[str, int] = {}
        for place, token in enumerate(tokens):
            self._places[token] = self._places.get(token, 0) | 1 << place

    def lcs(self, reference: Sequence[str]) -> int:
        """The length of the longest common subsequence with a reference."""
        row = ones = (1 << self.length) - 1
        for places in filter(None, map(self._places.get, reference)):
            matches = row & places
            row = (row + matches | row - matches) & ones
        return self.length - row.bit_count()

    def taken(self, reference: Sequence[str]) -> list[int]:
        """Places in the reference of the subsequence that rouge-score's ``lcs_ind`` reads out of its table.

        Tokens that the hypothesis lacks change no row, and reading the table passes them by.
        """
        own = [(place, self._places[token]) for place, token in enumerate(reference) if token in self._places]
        ones = (1 << self.length) - 1
        rows = [ones]
        for _, places in own:
            matches = rows[-1] & places
            rows.append((rows[-1] + matches | rows[-1] - matches) & ones)
        taken = []
        left = self.length - rows[-1].bit_count()  # the table's figure where the reading is
        row, column = len(own), self.length
        while left:
            place, places = own[row - 1]
            if places >> column - 1 & 1:
                taken.append(place)
                row, column, left = row - 1, column - 1, left - 1
            elif column - (rows[row - 1] & (1 << column) - 1).bit_count() < left:
                column -= 1
            else:
                row -= 1
        return taken


def summary_level_matches(reference: Sequence[Sequence[str]], hypothesis: Sequence[Sequence[str]]) -> int:
    """Matches of R-Lsum: tokens of a reference sentence in its common subsequence with some hypothesis sentence.

    No token matches more often than both sides have it.
    """
    sentences = [Hypothesis(tokens) for tokens in hypothesis]
    left = Counter(chain.from_iterable(reference)) & Counter(chain.from_iterable(hypothesis))
    matches = 0
    for tokens in reference:
        for place in {place for sentence in sentences for place in sentence.taken(tokens)}:
            if left[tokens[place]]:
                left[tokens[place]] -= 1
                matches += 1
    return matches
