"""Per-example figures that scores are made of."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from todsum import stats
from todsum.metrics.base import Metric
from todsum.stats import Array, Columns


@dataclass(frozen=True)
class Scorer:
    """Several metrics as one: makes all scores of the columns' means."""

    metrics: tuple[Metric, ...]

    def combine(self, means: Mapping[str, Any]) -> dict[str, Any]:
        """Scores of all metrics whose columns are there; floats, or arrays element by element."""
        scores: dict[str, Any] = {}
        for metric in self.metrics:
            if all(name in means for name in metric.columns):
                scores |= metric.combine({name: means[name] for name in metric.columns})
        return scores

    def scores(self, columns: Columns) -> dict[str, float]:
        """The defined scores of per-example figures, as plain means."""
        scores = {name: float(value) for name, value in self.combine(stats.column_means(columns)).items()}
        return {name: value for name, value in scores.items() if not math.isnan(value)}

    def metric_of(self, score: str) -> Metric:
        """The metric that makes a score.

        Raises:
            KeyError: none does.
        """
        for metric in self.metrics:
            if score in metric.scores:
                return metric
        raise KeyError(score)


@dataclass(frozen=True)
class Part:
    """The figures of one test set: ``groups`` and every column have one entry for each of ``ids``."""

    ids: tuple[str, ...]
    groups: tuple[str, ...]
    columns: Mapping[str, Array]
    _scores: dict[Scorer, dict[str, float]] = field(default_factory=dict, compare=False)

    def scores(self, scorer: Scorer) -> dict[str, float]:
        """The defined scores of these figures, made once."""
        if scorer not in self._scores:
            self._scores[scorer] = scorer.scores(self.columns)
        return self._scores[scorer]

    def ordered(self, ids: Sequence[str]) -> Part:
        """The same figures with the examples in another order."""
        if tuple(ids) == self.ids:
            return self
        place = {example: row for row, example in enumerate(self.ids)}
        rows = [place[example] for example in ids]
        columns = {name: column[rows] for name, column in self.columns.items()}
        return Part(tuple(ids), tuple(self.groups[row] for row in rows), columns)


@dataclass(frozen=True)
class Sample:
    """Figures of one or more test sets; its scores are the plain average of the parts' scores.

    A group that is in several parts (a dialogue of two target domains) is one group in all of them.
    """

    parts: tuple[Part, ...]
    scorer: Scorer

    @property
    def n(self) -> int:
        """How many examples there are in all parts."""
        return sum(len(part.ids) for part in self.parts)

    @cached_property
    def scores(self) -> dict[str, float]:
        """Scores of each part, averaged; only those that every part defines."""
        parts = [part.scores(self.scorer) for part in self.parts]
        names = [name for name in parts[0] if all(name in part for part in parts)]
        return {name: math.fsum(part[name] for part in parts) / len(parts) for name in names}

    def aligned(self, other: Sample) -> Sample:
        """The same figures in the order of another sample's examples.

        Raises:
            ValueError: they are not about the same examples.
        """
        parts = []
        for mine, theirs in zip(self.parts, other.parts, strict=True):
            if mine.ids != theirs.ids and set(mine.ids) != set(theirs.ids):
                raise ValueError(f"{len(set(mine.ids) ^ set(theirs.ids))} examples are only in one of them")
            parts.append(mine.ordered(theirs.ids))
        return Sample(tuple(parts), self.scorer)

    @property
    def groups(self) -> list[str]:
        """The group of each example of all parts."""
        return [group for part in self.parts for group in part.groups]

    def columns(self, score: str | None = None) -> dict[str, Array]:
        """Each part's columns under names of their own, over the examples of all parts: nan in the other parts.

        Args:
            score: leaves out columns of other metrics than this score's.
        """
        needed = [self.scorer.metric_of(score)] if score is not None else self.scorer.metrics
        wanted = dict.fromkeys(name for metric in needed for name in metric.columns)
        names = [name for name in wanted if all(name in part.columns for part in self.parts)]
        columns, start = {}, 0
        for place, part in enumerate(self.parts):
            for name in names:
                column = np.full(self.n, math.nan)
                column[start : start + len(part.ids)] = part.columns[name]
                columns[f"{place} {name}"] = column
            start += len(part.ids)
        return columns

    def combine(self, means: Mapping[str, Any]) -> dict[str, Any]:
        """Scores of the means of :meth:`columns`, averaged over parts; floats, or arrays element by element."""
        parts: list[dict[str, Any]] = []
        for place in range(len(self.parts)):
            own = {name.partition(" ")[2]: mean for name, mean in means.items() if name.startswith(f"{place} ")}
            parts.append(self.scorer.combine(own))
        return {name: sum(part[name] for part in parts) / len(parts) for name in parts[0]}
