"""The extractive upper bound: units chosen greedily against the reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, Protocol

from pydantic import Field

from todsum.data.schema import Example
from todsum.methods.base import Method, MethodSettings
from todsum.methods.units import UnitSettings, as_summary, source_units


class OracleSettings(UnitSettings):
    """What the oracle maximises."""

    objective: Literal["r1+r2", "rl"] = "r1+r2"
    """ROUGE-1 F + ROUGE-2 F, or ROUGE-L F, of the chosen units joined in the order of the source."""

    max_units: int = Field(default=5, ge=1, le=10_000)
    """Units in a summary at most; fewer where no further one improves it."""


class Objective(Protocol):
    """What the greedy search maximises, on units known by their index."""

    def value(self, unit: int) -> float:
        """The objective with this unit added to what is chosen."""

    def bound(self, unit: int) -> float:
        """A figure never below :meth:`value`, quicker to get."""

    def add(self, unit: int) -> None:
        """Chooses this unit."""


class Oracle(Method[OracleSettings]):
    """Adds, again and again, the unit that improves the objective most; of equal ones the first.

    The search is that of BertSum's ``greedy_selection``, with rouge-score's stemmed F as objective. It picks what
    scoring every candidate summary with rouge-score would pick, floating-point ties included.
    """

    Settings: ClassVar[type[MethodSettings]] = OracleSettings
    reads_reference: ClassVar[bool] = True

    def summarize(self, examples: Sequence[Example]) -> list[str]:
        """One summary an example, one unit a line; empty where no unit shares a word with the reference."""
        summaries = []
        for example in examples:
            units = source_units(example, self.settings.unit)
            summaries.append(as_summary(units, self.choose(units, "\n".join(example.summary))))
        return summaries

    def choose(self, units: Sequence[str], reference: str) -> list[int]:
        """Indices of the chosen units, in the order in which they were chosen."""
        from todsum.methods.oracle_lcs import LcsObjective
        from todsum.methods.oracle_ngrams import NgramObjective
        from todsum.metrics.rouge import line_tokens, tokens

        kind = NgramObjective if self.settings.objective == "r1+r2" else LcsObjective
        objective = kind(tokens(reference), [line_tokens(unit) for unit in units])
        return greedy(objective, len(units), self.settings.max_units)


def greedy(objective: Objective, units: int, at_most: int) -> list[int]:
    """Best-first greedy search: candidates whose bound is below the best value so far are not scored.

    Args:
        objective: knows the units ``0 … units - 1``; nothing is chosen yet.
        units: how many there are.
        at_most: how many to choose.

    Returns:
        The chosen units in the order of choice. The search ends early when no unit raises the objective.
    """
    chosen: list[int] = []
    remaining = set(range(units))
    score = 0.0
    while remaining and len(chosen) < at_most:
        best, pick = score, -1
        for bound, unit in sorted((-objective.bound(unit), unit) for unit in remaining):
            if -bound < best:
                break
            value = objective.value(unit)
            if value > best or (value == best and unit < pick):
                best, pick = value, unit
        if pick < 0:
            break
        objective.add(pick)
        chosen.append(pick)
        remaining.remove(pick)
        score = best
    return chosen
