"""How a suite's grids come by their data, and what of it goes into the keys of cells."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from todsum.bench.simulated import cached_simulation
from todsum.bench.suite import Grid, Suite
from todsum.data.builder import SIMULATED, SPLITS, BuiltData, Facts, build
from todsum.data.imported.opening import PROTOCOL, Import, Opened, open_import
from todsum.data.imported.reference import PREFIX, parse_reference
from todsum.data.located import FILES as LOCATED
from todsum.data.sources import find_source
from todsum.errors import TodsumError


@dataclass(frozen=True)
class DataChoice:
    """How to come by a data set, in this process or another.

    Attributes:
        name, protocol, data: of the data set, and the folder that it is in.
        training: whether the training and validation splits are needed, too.
        imported: how to read one from elsewhere.
    """

    name: str
    protocol: str
    data: Path | None
    training: bool
    imported: Import | None = None

    def build(self) -> BuiltData:
        """The built data: all splits if training needs them, else the test split alone."""
        return _build(self)


@cache
def _build(choice: DataChoice) -> BuiltData:
    splits = SPLITS if choice.training else ("test",)
    if choice.imported is not None:
        return _opened(choice.imported).build(splits)
    return build(choice.name, choice.data, choice.protocol, splits)


@cache
def _opened(choice: Import) -> Opened:
    return open_import(choice)


def import_of(grid: Grid) -> Import | None:
    """What a grid reads from elsewhere, or None for a data set of the suite."""
    if not grid.imported:
        return None
    return Import(parse_reference(grid.dataset), grid.config, grid.columns, grid.speakers, grid.without)


def shown_name(suite: Suite, grid: Grid, data: Path | None) -> str:
    """The name of a grid's data set in results, found without building it; the suite's name where it can't be had."""
    if imported := import_of(grid):
        return imported.name
    if suite.simulate:
        return f"{grid.dataset}{SIMULATED}"
    if data is not None:
        with suppress(TodsumError):
            return Facts.of(grid.dataset, find_source(grid.dataset, data)).dataset
    return grid.dataset


def choose(suite: Suite, grid: Grid, data: Path | None, training: bool) -> DataChoice:
    """The data of a grid's methods, of those that need the training split or of the others.

    Args:
        suite: the grid's suite.
        grid: the grid.
        data: the data folder; None downloads pinned sources.
        training: whether the methods need the training split.

    Raises:
        TodsumError: simulated data can't be made.
    """
    if suite.simulate:
        return DataChoice(f"{grid.dataset}{SIMULATED}", "full", cached_simulation(suite.simulate), training)
    if imported := import_of(grid):
        return DataChoice(imported.name, PROTOCOL, None, training, imported)
    return DataChoice(grid.dataset, suite.protocol if grid.dataset == "todsum" else "full", data, training)


@dataclass(frozen=True)
class GridData:
    """A grid's built data, and what all cells on it have in common, each found out once."""

    grid: Grid
    choice: DataChoice
    built: BuiltData

    @property
    def protocol(self) -> str:
        """As in the cells' specs."""
        return "simulated" if self.built.facts.manifest else self.built.protocol

    @cached_property
    def fingerprint(self) -> str:
        """As in the cells' specs."""
        return fingerprint(self.built, self.grid.shown_view, self.choice.training)

    @cached_property
    def input(self) -> dict[str, str | bool]:
        """How the source is shown and, for data from elsewhere, where it was read; not of a folder, which may move."""
        shown: dict[str, str | bool] = {"view": self.grid.shown_view, "markers": self.grid.markers}
        if self.grid.imported and self.built.facts.lock.revision:
            shown["hub"] = self.built.facts.lock.url.removeprefix(PREFIX)
        if self.grid.without:
            shown["without"] = ", ".join(sorted(self.grid.without))
        return shown

    @cached_property
    def targets(self) -> list[str]:
        """The domains that settings test where they name none."""
        return self.built.targets

    @cached_property
    def lacks_states(self) -> bool:
        """Whether it has no dialogue states."""
        return not any(self.built.splits["test"]["state"])


def fingerprint(built: BuiltData, view: str, training: bool) -> str:
    """Of all files that a cell reads: those of its splits, and of the located spans where they are shown."""
    if view != "located":
        return built.fingerprint
    splits = ("validation", "test") if training else ("test",)
    digests = [built.source.sha256(LOCATED[split]) for split in splits]
    return hashlib.sha256("\n".join([built.fingerprint, *digests]).encode()).hexdigest()
