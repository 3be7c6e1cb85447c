"""What a metric is: a gold standard, per-example columns, their combination, and a signature."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from todsum.data.schema import Example, Slot

NAN = math.nan


@dataclass(frozen=True, slots=True)
class Gold:
    """What a hypothesis is compared with.

    Attributes:
        summary: reference sentences, or None where no reference was given.
        domains: domains of the state, in order.
        state: the gold dialogue state, or None where the data set has none.
        state_line: the state as the authors' ``test.oracle`` writes it, or None.
    """

    summary: tuple[str, ...] | None = None
    domains: tuple[str, ...] = ()
    state: tuple[Slot, ...] | None = None
    state_line: str | None = None

    @classmethod
    def from_example(cls, example: Example) -> Gold:
        """The gold standard of an example.

        Meetings, which are asked a query, have no dialogue states. A dialogue in which nothing was stated has an
        empty one.
        """
        from todsum.data.state import oracle_line

        if not example.state and (example.query is not None or not example.domains):
            return cls(summary=example.summary)
        line = oracle_line(example.domains, example.state)
        return cls(example.summary, example.domains, example.state, line)


def golds_of(examples: Sequence[Example]) -> list[Gold]:
    """The gold standard of each of a cell's examples.

    Where none of them has a state the data has no states: nothing is compared with empty ones then.
    """
    golds = [Gold.from_example(example) for example in examples]
    if any(example.state for example in examples):
        return golds
    return [Gold(summary=gold.summary) for gold in golds]


class Metric(ABC):
    """Scores hypotheses one by one; what is undefined for an example is ``nan`` and left out of the mean.

    Attributes:
        columns: names of the per-example figures.
        scores: names of the corpus figures made of the columns' means by :meth:`combine`.
    """

    name: ClassVar[str]
    columns: ClassVar[tuple[str, ...]]
    scores: ClassVar[tuple[str, ...]]

    @abstractmethod
    def signature(self) -> str:
        """All that decides the figures, such as ``rouge|v:0.1.2|stem:yes|lsum:newline``."""

    @abstractmethod
    def applies(self, gold: Gold) -> bool:
        """Whether the gold standard has what this metric compares with."""

    @abstractmethod
    def score(self, hypothesis: str, gold: Gold) -> dict[str, float]:
        """The columns of one example, in 0…1 (``nan`` where undefined)."""

    def combine(self, means: Mapping[str, Any]) -> dict[str, Any]:
        """Corpus figures from the columns' means over examples.

        Works on floats and, element by element, on numpy arrays (one entry a group left out).
        """
        return {name: means[name] for name in self.scores}


def join_signature(name: str, fields: Sequence[tuple[str, str]]) -> str:
    """``name|key:value|…``, the notation of every signature."""
    return "|".join([name, *(f"{key}:{value}" for key, value in fields)])
