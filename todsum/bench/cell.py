"""From a suite to its cells: each fully specified, before anything is run."""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from todsum.bench.result import Spec
from todsum.bench.suite import Grid, MethodChoice, SettingChoice, Simulate, Suite, explain
from todsum.data.builder import SPLITS, BuiltData, build
from todsum.data.imported import PROTOCOL, Import, Opened, open_import
from todsum.data.imported_reference import PREFIX, parse_reference
from todsum.data.located import FILES as LOCATED
from todsum.errors import TodsumError
from todsum.methods.base import MethodSettings
from todsum.methods.registry import method_class
from todsum.settings import ALL, check_target, domains_of

#: Raised when the same settings no longer give the same result.
KEY_VERSION = 1
#: What ``--only key=glob`` can choose by.
FILTERS = ("dataset", "setting", "target", "source", "method", "backbone", "seed", "view")


@dataclass(frozen=True)
class DataChoice:
    """How to come by a data set, in this process or another; ``imported`` says so for one from elsewhere."""

    name: str
    protocol: str
    data: Path | None
    trains: bool
    imported: Import | None = None

    def build(self) -> BuiltData:
        """The built data: all splits where a method trains, else the test split alone."""
        return _build(self)


@cache
def _build(choice: DataChoice) -> BuiltData:
    splits = SPLITS if choice.trains else ("test",)
    if choice.imported is not None:
        return _opened(choice.imported).build(splits)
    return build(choice.name, choice.data, choice.protocol, splits)


@cache
def _opened(choice: Import) -> Opened:
    return open_import(choice)


@dataclass(frozen=True)
class Cell:
    """One cell: what determines its result, where its data comes from, and what is wrong with it, if anything."""

    spec: Spec
    choice: DataChoice
    settings: MethodSettings
    problem: str | None = field(default=None, compare=False)


def plan(suite: Suite, data: Path | None, only: Mapping[str, str] | None = None) -> list[Cell]:
    """The cells of a suite, in its order.

    Args:
        suite: the suite.
        data: the data folder; None downloads pinned sources.
        only: globs by :data:`FILTERS`; a cell has to fit all.

    Raises:
        TodsumError: an unknown name in the suite, or data that can't be had or is broken.
    """
    cells = []
    for grid in suite.grids:
        for method in grid.methods:
            _settings(method, suite)
        imported = _import(grid)
        if fits({"dataset": imported.name if imported else grid.dataset, "view": grid.shown_view}, only or {}):
            cells += list(_grid(suite, grid, data, only or {}))
    labels: dict[str, str] = {}
    for cell in cells:
        if labels.setdefault(cell.spec.key(), cell.spec.label) != cell.spec.label:
            raise TodsumError(
                f"suite {suite.name}: {labels[cell.spec.key()]} and {cell.spec.label} are the same cell: "
                "same method, same settings"
            )
    return list({cell.spec.key(): cell for cell in cells}.values())


def fits(values: Mapping[str, object], only: Mapping[str, str]) -> bool:
    """Whether the values that are known fit the globs given for them."""
    return all(fnmatch.fnmatchcase(str(values[name]), glob) for name, glob in only.items() if name in values)


def _settings(method: MethodChoice, suite: Suite) -> MethodSettings:
    """The method's validated settings, the suite's backbone filled in where the method takes one."""
    try:
        model = method_class(method.name).Settings
    except TodsumError as error:
        raise TodsumError(f"suite {suite.name}: {error}") from error
    values: dict[str, Any] = dict(method.settings)
    if "backbone" in model.model_fields and suite.backbone is not None:
        values.setdefault("backbone", suite.backbone)
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise TodsumError(f"suite {suite.name}: settings of {method.shown}: {explain(error, model)}") from error


def _grid(suite: Suite, grid: Grid, data: Path | None, only: Mapping[str, str]) -> Iterator[Cell]:
    for setting in grid.settings:
        for method in grid.methods:
            trains = method_class(method.name).trains
            known = {"setting": setting.name, "method": method.shown}
            if not fits(known, only):
                continue
            choice = DataChoice(grid.dataset, suite.protocol if grid.dataset == "todsum" else "full", data, trains)
            if suite.simulate:
                choice = _simulated(suite.simulate, grid.dataset, trains)
            elif imported := _import(grid):
                choice = DataChoice(imported.name, PROTOCOL, None, trains, imported)
            built = choice.build()
            for source, target in _pairs(suite, setting, built):
                for seed in grid.seeds if trains else (0,):
                    spec, settings, problem = _spec(suite, grid, setting, method, built, source, target, seed)
                    values: dict[str, object] = {"target": target, "source": source, "backbone": spec.backbone}
                    if trains:
                        values["seed"] = seed
                    if fits(values, only):
                        yield Cell(spec, choice, settings, problem)


def _import(grid: Grid) -> Import | None:
    if not grid.imported:
        return None
    return Import(parse_reference(grid.dataset), grid.config, grid.columns, grid.speakers)


def _simulated(simulate: Simulate, dataset: str, trains: bool) -> DataChoice:
    from todsum.bench.simulated import cached_simulation

    folder = cached_simulation(simulate)
    return DataChoice(f"{dataset}-sim", "full", folder, trains)


def _pairs(suite: Suite, setting: SettingChoice, built: BuiltData) -> Sequence[tuple[str | None, str]]:
    """(source, target) of each cell of a setting."""
    if setting.name == "in-domain":
        return [(None, ALL)]
    if not built.domains:
        raise TodsumError(
            f"suite {suite.name}: {setting.name}: {built.facts.lock.url} has no domains, so that only in-domain can be "
            "run; map a column to domains where it has some"
        )
    for domain in (*setting.targets, *setting.sources):
        try:
            check_target(domain, built.domains)
        except TodsumError as error:
            raise TodsumError(f"suite {suite.name}: {setting.name}: {error}") from error
    there = domains_of(built.splits, built.domains)
    targets = setting.targets or there
    if setting.name == "transfer":
        return [(source, target) for source in setting.sources or there for target in targets]
    return [(None, target) for target in targets]


def _spec(
    suite: Suite,
    grid: Grid,
    setting: SettingChoice,
    method: MethodChoice,
    built: BuiltData,
    source: str | None,
    target: str,
    seed: int,
) -> tuple[Spec, MethodSettings, str | None]:
    settings = _settings(method, suite)
    values = settings.model_dump(mode="json")
    backbone = values.pop("backbone", None)
    revision = values.pop("revision", None)
    problem = None
    if backbone is not None:
        try:
            revision = backbone_revision(backbone, revision)
        except TodsumError as error:
            problem = str(error)
    if grid.imported and reads_states(method.name, settings) and not any(built.splits["test"]["state"]):
        problem = f"{method.shown} reads dialogue states, and {built.facts.lock.url} has none"
    content = {
        "key_version": KEY_VERSION,
        "dataset": built.name,
        "protocol": "simulated" if built.facts.manifest else built.protocol,
        "fingerprint": fingerprint(built, grid.shown_view, method_class(method.name).trains),
        "input": {"view": grid.shown_view, "markers": grid.markers} | _origin(built, grid),
        "setting": setting.name,
        "setting_options": setting.options(),
        "target": target,
        "source": source,
        "method": method.name,
        "label": method.shown,
        "settings": values,
        "backbone": Path(backbone).name if backbone and Path(backbone).is_dir() else backbone,
        "backbone_revision": revision,
        "seed": seed,
    }
    try:
        spec = Spec.model_validate(content)
        spec.key()
    except ValueError as error:
        reason = explain(error, Spec) if isinstance(error, ValidationError) else str(error)
        raise TodsumError(f"suite {suite.name}: {method.shown}: {reason}") from error
    return spec, settings, problem


def _origin(built: BuiltData, grid: Grid) -> dict[str, str | bool]:
    """Where data from elsewhere was read, for the key and the tables; nothing for a folder, which may be moved."""
    if not grid.imported or not built.facts.lock.revision:
        return {}
    return {"hub": built.facts.lock.url.removeprefix(PREFIX)}


def reads_states(method: str, settings: MethodSettings) -> bool:
    """Whether a method with these settings is of no use without dialogue states."""
    return (
        getattr(method_class(method), "reads_state", None) is True
        or getattr(settings, "structure_shown", None) == "state"
    )


def fingerprint(built: BuiltData, view: str, trains: bool) -> str:
    """Of all files that a cell reads: those of its splits, and of the located spans where they are shown."""
    if view != "located":
        return built.fingerprint
    splits = ("validation", "test") if trains else ("test",)
    digests = [built.source.sha256(LOCATED[split]) for split in splits]
    return hashlib.sha256("\n".join([built.fingerprint, *digests]).encode()).hexdigest()


@cache
def backbone_revision(backbone: str, revision: str | None) -> str | None:
    """What pins a backbone: a checksum of its files. ``scratch`` has none.

    Raises:
        TodsumError: the backbone can't be had.
    """
    from todsum.methods.trained_settings import SCRATCH
    from todsum.modeling.backbones import find

    if backbone == SCRATCH:
        return None
    folder = find(backbone, revision)
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        if file.is_file() and file.suffix in (".json", ".safetensors", ".model", ".txt"):
            with file.open("rb") as stream:
                digest.update(f"{file.name}\0{hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return digest.hexdigest()
