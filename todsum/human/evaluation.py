"""``human.json``: ratings with their key, and what follows from them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from todsum.bench.result import Line, Name
from todsum.errors import TodsumError
from todsum.files.json_files import read_model
from todsum.human.criteria import HIGHEST, LOWEST, NAMES, CriterionName
from todsum.human.key import MAX_ITEMS, CellKey, ItemId, Key, Record

HUMAN = "human.json"
MAX_COMMENT = 10_000
_MAX_BYTES = 1 << 28
_TOLERANCE = 1e-5  # what another version of numpy may add to figures of six digits

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


def read_human(runs: Path) -> HumanEvaluation | None:
    """The human evaluation of a run directory, or None where there is none.

    Nothing of the file is believed that follows from the ratings and the key in it.

    Raises:
        TodsumError: it can't be read, is not what the model says, or contradicts itself.
    """
    from todsum.human.evaluate import evaluate

    path = runs / HUMAN
    if not path.exists():
        return None
    found = read_model(path, HumanEvaluation, _MAX_BYTES)
    if unknown := {item for own in found.ratings.values() for item in own} - set(found.key.items):
        raise TodsumError(f"{path}: ratings of {min(unknown)}, an item that its key does not have")
    made = evaluate(found.key, found.ratings)
    if not _close(_figures(made), _figures(found)):
        raise TodsumError(f"{path}: its means do not follow from its ratings: it was edited; import the ratings again")
    return made


def _figures(human: HumanEvaluation) -> list[float | None]:
    means = [mean for system in human.systems for _, mean in sorted(system.criteria.items())]
    ends = [figure for mean in means for figure in (mean.mean, mean.low, mean.high)]
    return [*ends, *(found.alpha for _, found in sorted(human.agreement.items()))]


def _close(mine: list[float | None], theirs: list[float | None]) -> bool:
    if len(mine) != len(theirs):
        return False
    pairs = zip(mine, theirs, strict=True)
    return all(a is b if a is None or b is None else abs(a - b) < _TOLERANCE for a, b in pairs)
