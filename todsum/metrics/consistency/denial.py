"""Which words of a sentence are denied: the scope of *not*, *no*, *without*, *instead of*, *it is false that* ….

A sentence is a row of clauses. A denied verb (``does not serve``) denies the rest of its clause, a denied noun (``no
restaurant in the north``) too; a preposition (``without parking``, ``instead of thai``) only the noun phrase behind it.
``but``, a new predicate and a contrast end every scope. A verdict on what was said (``the north is ruled out``,
``asked for thai, but there is none``) denies the words before it; *it is false that* turns its whole clause around,
denials included. Words of doubt and of indifference (``is not sure``, ``does not care``) deny nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from todsum.metrics.consistency.clauses import Clauses
from todsum.metrics.consistency.vocabulary import vocabulary

Value = tuple[int, int, bool]  # start and end, and whether it is a yes-or-no slot


def denied(tokens: Sequence[str], values: Sequence[Value]) -> list[bool]:
    """For each token of a sentence whether it is denied; an empty list where nothing is.

    Args:
        tokens: the sentence.
        values: the token spans of its values, each with whether it is a yes-or-no slot. Words inside a value (``a and b
            guest house``) are no words of denial.
    """
    words = vocabulary().denial
    return [] if words.signs.isdisjoint(tokens) else _Scopes(tokens, values).denied()


class _Scopes:
    """The scopes of one sentence, by their strength: verbs, nouns, whole clauses."""

    def __init__(self, tokens: Sequence[str], values: Sequence[Value]) -> None:
        self._words = vocabulary().denial
        self._clauses = Clauses(tokens, values)
        self._tokens = self._clauses.tokens
        self._verbs, self._nouns, self._whole = ([False] * len(tokens) for _ in range(3))

    def denied(self) -> list[bool]:
        """Reads the sentence from left to right."""
        place = 0
        while place < len(self._tokens):
            place += self._read(place)
        pairs = zip(self._verbs, self._nouns, self._whole, strict=True)
        return [(verb or noun) != whole for verb, noun, whole in pairs]

    def _read(self, place: int) -> int:
        """Takes the word at a place for what it is; returns how many tokens it takes."""
        words, at = self._words, self._clauses.at
        if length := at(words.harmless, place):
            return length
        if length := at(words.falsity, place):
            self._falsity(place, length)
        elif length := at(words.narrow, place):
            if self._clauses.start(place) == place:  # "instead of a hotel in the north, …"
                self._mark(self._nouns, place, self._clauses.topic_end(place + length))
            self._narrow(place + length, turns=False)
        elif length := at(words.lacking, place):
            self._narrow(place + length, turns=True)
        elif length := at(words.verdicts, place):
            if self._tokens[max(0, place - 1)] in words.links:
                self._deny_before(place)
            elif at(words.wide, place):
                self._noun(place, length)
        elif length := at(words.wide, place):
            self._noun(place, length)
        elif (length := at(words.failing, place)) and not self._clauses.has_value(
            place, self._clauses.scope_end(place + 1)
        ):
            self._deny_before(place)
        elif length := at(words.verbs, place):
            self._verb(place, length)
        elif self._tokens[place] == "from" and not words.changes.isdisjoint(self._clauses.before(place)):
            self._narrow(place + 1, turns=False)
        elif self._tokens[place] == "but" and not self._clauses.opens(place):
            self._narrow(place + 1, turns=False)  # "any day but monday"
        return length or 1

    def _verb(self, place: int, length: int) -> None:
        start = place + length
        while start < len(self._tokens) and self._tokens[start] in self._words.adverbs:
            start += 1
        if self._clauses.at(self._words.spared, start):
            return
        end = self._clauses.scope_end(start, predicate=True)
        value = self._clauses.next_value(start, end)
        if value is not None and self._clauses.any_of(self._words.information, start, value):
            return  # "does not have the phone number of cotto"
        if self._clauses.has_value(start, end):
            self._mark(self._verbs, start, end)
            return
        identity = self._tokens[place] != "not" or self._tokens[max(0, place - 1)] in self._words.links
        if self._clauses.any_of(self._words.verdict_predicates, start, end) or (
            identity and self._clauses.is_noun(start, end)
        ):
            self._deny_before(place)

    def _noun(self, place: int, length: int) -> None:
        start = place + length
        end = self._clauses.scope_end(start)
        first = self._clauses.next_value(start, end)
        if self._tokens[place] == "none":
            self._deny_before(place)
        if first is not None and self._clauses.any_of(self._words.information, start, first):
            return  # "there is no phone number for cotto"
        if first is None:
            if self._tokens[place] == "no" and start >= len(self._tokens):
                return  # an answer: "parking is no"
            if start >= end or self._clauses.any_of(self._words.verdict_nouns, start, end):
                self._deny_before(place)
        elif self._clauses.is_flag(first) and self._tokens[place] == "no":
            self._narrow(start, turns=False)
        else:
            self._mark(self._nouns, start, end)

    def _narrow(self, start: int, *, turns: bool) -> None:
        """Denies a noun phrase; ``not without parking`` denies the denial."""
        span = self._clauses.noun_phrase(start)
        if span is None:
            return
        if turns and self._verbs[span[0]]:
            self._mark(self._verbs, *span, value=False)
        else:
            self._mark(self._nouns, *span)

    def _falsity(self, place: int, length: int) -> None:
        start = place + length
        end = self._clauses.statement_end(start)
        if self._clauses.has_value(start, end):
            self._mark(self._whole, start, end)
        else:
            self._mark(self._whole, self._clauses.statement_start(place), place)

    def _deny_before(self, place: int) -> None:
        """What the words before a verdict say, in its clause or else in the one before."""
        start = self._clauses.start(place)
        while not self._clauses.has_value(start, place) and start:
            start, place = self._clauses.start(start - 1), start
        self._mark(self._nouns, start, place)

    @staticmethod
    def _mark(marks: list[bool], start: int, end: int, *, value: bool = True) -> None:
        marks[start:end] = [value] * len(marks[start:end])
