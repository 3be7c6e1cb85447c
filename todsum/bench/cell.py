"""From a suite to its cells: each fully specified, before anything is run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from todsum.bench.configured_method import ConfiguredMethod
from todsum.bench.grid_data import DataChoice, GridData, choose, shown_name
from todsum.bench.only import Only, values_of
from todsum.bench.result import Spec
from todsum.bench.suite import Grid, SettingChoice, Suite
from todsum.data.evaluation_settings import ALL, check_target
from todsum.errors import TodsumError
from todsum.files.validation import explain
from todsum.methods.base import MethodSettings
from todsum.methods.registry import method_class

#: Raised when the same settings no longer give the same result.
KEY_VERSION = 1


@dataclass(frozen=True)
class Cell:
    """One cell: what determines its result, where its data comes from, and what is wrong with it, if anything."""

    spec: Spec
    choice: DataChoice
    settings: MethodSettings
    problem: str | None = field(default=None, compare=False)

    @property
    def uses_device(self) -> bool:
        """Tells whether it computes on a GPU where there is one."""
        return method_class(self.spec.method).uses_device


def plan(suite: Suite, data: Path | None, only: Only | None = None) -> list[Cell]:
    """The cells of a suite, in its order.

    Args:
        suite: the suite.
        data: the data folder; None downloads pinned sources.
        only: chooses cells; None takes all.

    Raises:
        TodsumError: an unknown name in the suite, data that can't be had or is broken, or a choice that fits nothing.
    """
    found: dict[str, Cell] = {}
    only = only or Only()
    for grid in suite.grids:
        methods = [ConfiguredMethod.of(method, suite) for method in grid.methods]
        _note_values(grid, methods, only)
        if not only.fits({"dataset": shown_name(suite, grid, data), "view": grid.shown_view}):
            continue
        for cell in _grid(suite, grid, methods, data, only):
            same = found.setdefault(cell.spec.key(), cell)
            if same.spec.label != cell.spec.label:
                raise TodsumError(
                    f"suite {suite.name}: {same.spec.label} and {cell.spec.label} are the same cell: "
                    "same method, same settings"
                )
    only.check(f"suite {suite.name}", found)
    return list(found.values())


def _note_values(grid: Grid, methods: Sequence[ConfiguredMethod], only: Only) -> None:
    """Tells the choice what a grid's cells are called, as far as that takes no data."""
    only.saw("setting", (setting.name for setting in grid.settings))
    only.saw("method", (method.name for method in methods))
    only.saw("label", (method.label for method in methods))
    only.saw("seed", grid.seeds)


def _grid(
    suite: Suite, grid: Grid, methods: Sequence[ConfiguredMethod], data: Path | None, only: Only
) -> Iterator[Cell]:
    built: dict[bool, GridData] = {}
    for setting in grid.settings:
        for method in methods:
            if not only.fits({"setting": setting.name, "method": method.name, "label": method.label}):
                continue
            training = method.kind.needs_training_split
            if training not in built:
                choice = choose(suite, grid, data, training)
                built[training] = GridData(grid, choice, choice.build())
            yield from _cells(suite, setting, method, built[training], only)


def _cells(
    suite: Suite, setting: SettingChoice, method: ConfiguredMethod, given: GridData, only: Only
) -> Iterator[Cell]:
    for source, target in _pairs(suite, setting, given):
        for seed in given.grid.seeds if method.kind.has_seeds else (0,):
            spec = _spec(suite, setting, method, given, source, target, seed)
            if only.fits(values_of(spec)):
                yield Cell(spec, given.choice, method.settings, _problem(method, given))


def _pairs(suite: Suite, setting: SettingChoice, given: GridData) -> Sequence[tuple[str | None, str]]:
    """(source, target) of each cell of a setting."""
    if setting.name == "in-domain":
        return [(None, ALL)]
    built = given.built
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
    targets = setting.targets or given.targets
    if setting.name == "transfer":
        return [(source, target) for source in setting.sources or given.targets for target in targets]
    return [(None, target) for target in targets]


def _spec(
    suite: Suite,
    setting: SettingChoice,
    method: ConfiguredMethod,
    given: GridData,
    source: str | None,
    target: str,
    seed: int,
) -> Spec:
    content = {
        "key_version": KEY_VERSION,
        "dataset": given.built.name,
        "protocol": given.protocol,
        "fingerprint": given.fingerprint,
        "input": given.input,
        "setting": setting.name,
        "setting_options": setting.options(),
        "target": target,
        "source": source,
        "method": method.name,
        "label": method.label,
        "settings": method.values,
        "backbone": method.shown_backbone,
        "backbone_revision": method.pin[0],
        "seed": seed,
    }
    try:
        spec = Spec.model_validate(content)
        spec.key()
    except ValueError as error:
        reason = explain(error, Spec) if isinstance(error, ValidationError) else str(error)
        raise TodsumError(f"suite {suite.name}: {method.label}: {reason}") from error
    return spec


def _problem(method: ConfiguredMethod, given: GridData) -> str | None:
    """Why a method can't be run on this data, or None."""
    if method.needs_states and given.lacks_states:
        return f"{method.label} reads dialogue states, and {given.built.facts.lock.url} has none"
    return method.pin[1]
