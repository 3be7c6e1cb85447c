"""Cells and finished cells with known sizes and figures."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from tests.report.cells import result, rouge_columns, spec
from todsum.bench.cell import Cell
from todsum.bench.costs import Measured
from todsum.bench.result import Result, Spec
from todsum.methods.base import MethodSettings

PIECES = {"prepare": 1.0, "fit": 20.0, "summarize": 6.0, "score": 2.0, "other": 0.5}


@dataclass(frozen=True)
class Data:
    """Stands for how the data is come by: domains of the examples alone."""

    training: bool
    train: tuple[tuple[str, ...], ...]
    test: tuple[tuple[str, ...], ...]

    def build(self) -> Any:
        splits = {"train": {"domains": self.train}, "test": {"domains": self.test}}
        return SimpleNamespace(splits=splits)


#: Without taxi 40 examples to train on, with it 20; without hotel 50. 10 tests of taxi, 30 of hotel.
DATA = Data(True, (("hotel",),) * 10 + (("taxi",),) * 20 + (("train",),) * 30, (("taxi",),) * 10 + (("hotel",),) * 30)


def cell(trains: bool = True, problem: str | None = None, **changes: Any) -> Cell:
    """A cell that has not been run; ``changes`` go into its spec."""
    choice = Data(trains, DATA.train, DATA.test)
    return Cell(spec(**changes), cast(Any, choice), MethodSettings(), problem)


def new_provenance(**changes: Any) -> dict[str, Any]:
    """What results tell of their cost today."""
    seconds = changes.pop("seconds", PIECES)
    told = {
        "seconds": seconds,
        "wall_seconds": 29.5,
        "device_seconds": 26.0,
        "resumed": False,
        "peak_memory_mb": 500.0,
        "peak_device_memory_mb": None,
        "device": "cpu",
        "threads": 1,
        "processes": 1,
        "machine": {"system": "Linux 6.1", "processor": "x86_64"},
    }
    return told | changes


def old_provenance(**changes: Any) -> dict[str, Any]:
    """What results of older versions tell."""
    kept = ("wall_seconds", "peak_memory_mb", "device", "processes", "machine")
    return {name: value for name, value in new_provenance().items() if name in kept} | changes


def finished(
    of: Spec, provenance: dict[str, Any], tests: int = 10, trained: int | None = 40, shots: int = 0
) -> dict[str, Any]:
    """The content of a result.json."""
    train = {"candidates": 60, "outside": 0, "refused": 20, "duplicates": 0, "kept": trained, "mentions": 0}
    leak = None if trained is None else {"train": train, "shots": ["x"] * shots}
    return result(of, rouge_columns([0.5] * tests), leak=leak, provenance=provenance)


def measured(
    of: Spec, provenance: dict[str, Any] | None = None, tests: int = 10, trained: int | None = 40, shots: int = 0
) -> Measured:
    """A finished cell, by way of its result."""
    told = new_provenance() if provenance is None else provenance
    return Measured.of(Result.model_validate(finished(of, told, tests, trained, shots)))
