"""The two plainest baselines: the first units of a source, and its longest ones."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from todsum.data.schema import Example
from todsum.methods.base import Method, MethodSettings
from todsum.methods.units import UnitSettings, as_summary, source_units


class CountSettings(UnitSettings):
    """How many units a summary has."""

    n: int = Field(default=3, ge=1, le=10_000)
    """Units in a summary; a shorter source is taken whole."""


class Extractive(Method[CountSettings]):
    """A summary made of ``n`` units of the source, in its order; subclasses choose them."""

    Settings: ClassVar[type[MethodSettings]] = CountSettings

    def summarize(self, examples: Sequence[Example]) -> list[str]:
        """One summary an example, one unit a line; empty where the source is."""
        summaries = []
        for example in examples:
            units = source_units(example, self.settings.unit)
            chosen = range(len(units)) if len(units) <= self.settings.n else self.choose(units)
            summaries.append(as_summary(units, chosen))
        return summaries

    @abstractmethod
    def choose(self, units: list[str]) -> Sequence[int]:
        """Indices of ``n`` of the units, of which there are more."""


class Lead(Extractive):
    """The first ``n`` units."""

    def choose(self, units: list[str]) -> Sequence[int]:
        """The first ones."""
        return range(self.settings.n)


class Longest(Extractive):
    """The ``n`` units with most words; of equally long ones the first."""

    def choose(self, units: list[str]) -> Sequence[int]:
        """The longest ones."""
        by_length = sorted(range(len(units)), key=lambda index: -len(units[index].split()))
        return by_length[: self.settings.n]
