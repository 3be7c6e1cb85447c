"""``human.json``: ratings with their key, and what follows from them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from todsum.bench.result import Line, Name
from todsum.human.criteria import HIGHEST, LOWEST, NAMES, CriterionName
from todsum.human.key import MAX_ITEMS, CellKey, ItemId, Key, Record

HUMAN = "human.json"
MAX_COMMENT = 10_000

Value = Annotated[int, Field(ge=LOWEST, le=HIGHEST)]
Mean = Annotated[float, Field(ge=LOWEST, le=HIGHEST, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=MAX_ITEMS * 1000)]


class Rating(Record):
    """What one rater gave one summary; null where nothing was given."""

    informative: Value | None = None
    faithful: Value | None = None
    fluent: Value | None = None
    redundant: Value | None = None
    """5 = no redundancy."""
    comment: Annotated[str, Field(max_length=MAX_COMMENT)] = ""

    def value(self, criterion: CriterionName) -> int | None:
        """The rating on one criterion."""
        found: int | None = getattr(self, criterion)
        return found

    def given(self) -> int:
        """How many of the criteria were rated."""
        return sum(self.value(name) is not None for name in NAMES)


Ratings = dict[str, dict[str, Rating]]
"""By rater, then by item."""


class CriterionMean(Record):
    """A system on one criterion."""

    mean: Mean | None
    """The plain mean over its ratings; null where there is none."""
    low: Mean | None
    """Lower end of the 95% interval, bootstrapped by group; null below two groups."""
    high: Mean | None
    """Its upper end."""
    ratings: Count
    """How many ratings."""
    items: Count
    """Of how many summaries."""


class SystemMeans(Record):
    """One system."""

    label: Line
    backbone: Name | None
    source: Name | None
    cells: list[CellKey]
    """Whose summaries were rated."""
    criteria: dict[CriterionName, CriterionMean]


class Agreement(Record):
    """How far raters agree on one criterion."""

    alpha: Annotated[float, Field(allow_inf_nan=False)] | None
    """Krippendorff's alpha, ordinal."""
    reason: Line | None
    """Why it is undefined."""


class RaterCount(Record):
    """What one rater did."""

    given: Count
    missing: Count


class HumanEvaluation(Record):
    """All that is known of a human evaluation. All but ``key`` and ``ratings`` follows from these two."""

    version: Literal[1] = 1
    systems: Annotated[list[SystemMeans], Field(max_length=1000)]
    """By label."""
    agreement: dict[CriterionName, Agreement]
    raters: Annotated[dict[Name, RaterCount], Field(max_length=1000)]
    key: Key
    ratings: Annotated[dict[Name, dict[ItemId, Rating]], Field(min_length=1, max_length=1000)]
