"""Where the clauses and noun phrases of a sentence end, as far as a denial reaches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from todsum.metrics.consistency.text import COMMA
from todsum.metrics.consistency.vocabulary import Phrases, vocabulary

_VALUE = ""
_LIST = 12  # how many tokens ahead the "or" of a list may stand
_PHRASE = 5  # how many words a noun phrase may have before its value


class Clauses:
    """A sentence's tokens with its values blanked out, and where its clauses start."""

    def __init__(self, tokens: Sequence[str], values: Iterable[tuple[int, int, bool]]) -> None:
        """Takes the spans of values, each with whether it is a yes-or-no slot."""
        self._words = vocabulary().denial
        self.tokens = list(tokens)
        self._flags: set[int] = set()
        for start, end, flag in values:
            self.tokens[start:end] = [_VALUE] * len(self.tokens[start:end])
            if flag:
                self._flags.add(start)
        self._starts = {i for i in range(len(self.tokens)) if self._opens(i)}

    def at(self, table: Phrases, place: int) -> int:
        """Returns the length of the longest phrase of a table that starts at a place, 0 where there is none."""
        for phrase in table.get(self.tokens[place], ()) if place < len(self.tokens) else ():
            if tuple(self.tokens[place : place + len(phrase)]) == phrase:
                return len(phrase)
        return 0

    def any_of(self, table: Phrases, start: int, end: int) -> bool:
        """Whether a phrase of a table starts between two places."""
        return any(self.at(table, place) for place in range(start, end))

    def has_value(self, start: int, end: int) -> bool:
        """Whether a value stands between two places."""
        return _VALUE in self.tokens[start:end]

    def opens(self, place: int) -> bool:
        """Whether a clause starts at a place."""
        return place in self._starts

    def is_noun(self, start: int, end: int) -> bool:
        """Whether there are no words between two places but a noun of a domain: ``(cotto is not) the restaurant``."""
        return vocabulary().nouns.union(self._words.subjects).issuperset(self.tokens[start:end])

    def next_value(self, start: int, end: int) -> int | None:
        """Returns where the first value between two places stands."""
        return next((place for place in range(start, end) if self.tokens[place] == _VALUE), None)

    def is_flag(self, place: int) -> bool:
        """Whether the value that starts at a place is a yes-or-no slot."""
        return place in self._flags

    def start(self, place: int) -> int:
        """Returns where the clause of a place starts."""
        return max((start for start in self._starts if start <= place), default=0)

    def before(self, place: int) -> list[str]:
        """Returns the tokens of the clause before a place."""
        return self.tokens[self.start(place) : place]

    def scope_end(self, start: int, *, predicate: bool = False) -> int:
        """Returns where a denial that starts at a place ends.

        Args:
            start: the first word denied.
            predicate: the denied word is a verb, so that another verb behind a value is no longer denied.
        """
        seen = False
        for place in range(start, len(self.tokens)):
            token = self.tokens[place]
            seen = seen or token == _VALUE
            if place in self._starts:
                return place
            if self.at(self._words.bounds, place) and self.tokens[place + 1 : place + 3].count(_VALUE):
                return place
            if predicate and seen and token in self._words.finite and self.tokens[place - 1] not in _RELATIVE:
                return place
        return len(self.tokens)

    def noun_phrase(self, start: int) -> tuple[int, int] | None:
        """Returns the span of the value behind a preposition, with the values joined to it; None if there is none."""
        place = start
        while place < len(self.tokens) and place - start < _PHRASE and self._inside(place):
            place += 1
        if place >= len(self.tokens) or self.tokens[place] != _VALUE:
            return None
        end = place
        while end < len(self.tokens):
            token, following = self.tokens[end], self.tokens[end + 1 : end + 2]
            joins = token in _JOINS or (token == COMMA and self._lists(end))
            if not (token == _VALUE or token in self._words.phrase_nouns or (joins and following == [_VALUE])):
                break
            end += 1
        return place, end

    def topic_end(self, start: int) -> int:
        """Returns where the words that a sentence opens with end: before a comma, a clause, or its subject."""
        for place in range(start, len(self.tokens)):
            if place in self._starts or self.tokens[place] == COMMA:
                return place
            if place > start and self._subject(place) and self.tokens[place - 1] not in _LEADING:
                return place
        return start

    def statement_end(self, start: int) -> int:
        """Returns where a statement that is called false ends: before a contrast or a new statement."""
        for place in range(start + 1, len(self.tokens)):
            if self.tokens[place] in self._words.contrasts:
                return place
            if self.tokens[place] == COMMA and self.tokens[place + 1 : place + 2] and self._subject(place + 1):
                return place
        return len(self.tokens)

    def statement_start(self, place: int) -> int:
        """Returns where the statement before a verdict starts."""
        starts = (i + 1 for i in range(place - 1, -1, -1) if self.tokens[i] in self._words.contrasts)
        return next(starts, 0)

    def _inside(self, place: int) -> bool:
        token = self.tokens[place]
        stops = token in self._words.finite or token in self._words.breaks
        return not stops and token not in (_VALUE, COMMA, "to", "into")

    def _opens(self, place: int) -> bool:
        """Whether a clause starts at a place."""
        token = self.tokens[place]
        if token in self._words.breaks:
            excepts = token == "but" and self.tokens[max(0, place - 2) : place][:1] in (["any"], ["every"], ["all"])
            return not excepts and (not place or self.tokens[place - 1] not in self._words.no_breaks_after)
        if token == COMMA:
            return not self._lists(place)
        if token in ("and", "or"):
            return self._predicate(place + 1) or (token == "and" and self._subject(place + 1))
        return False

    def _predicate(self, place: int) -> bool:
        """Whether a new predicate starts at a place: a verb, or a preposition."""
        following = [token for token in self.tokens[place : place + 2] if token not in self._words.adverbs][:1]
        return bool(following) and (following[0] in self._words.finite or following[0] in _PREPOSITIONS)

    def _subject(self, place: int) -> bool:
        """Whether a subject with its verb starts at a place."""
        first = self.tokens[place : place + 1]
        if not first or first[0] not in self._words.subjects:
            return False
        return any(token in self._words.finite for token in self.tokens[place + 1 : place + 6])

    def _lists(self, comma: int) -> bool:
        """Whether a comma stands in a list that ends with ``or``: ``thai, italian or chinese``."""
        for token in self.tokens[comma + 1 : comma + _LIST]:
            if token == "or":
                return True
            if token in self._words.finite or token in self._words.breaks or token in self._words.subjects_alone:
                return False
        return False


_LEADING = frozenset({"in", "on", "at", "with", "for", "of", "from", "to", "near"})
_RELATIVE = frozenset({"that", "which", "who"})
_PREPOSITIONS = frozenset({"in", "on", "with", "at", "for", "from", "to", "located"})
_JOINS = frozenset({"and", "or", "nor"})
