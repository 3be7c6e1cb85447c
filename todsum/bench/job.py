"""The work of a cell: its method and data made ready, then trained and tested."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from todsum import distributed
from todsum.bench.cell import Cell
from todsum.bench.outputs import Outputs, make_outputs
from todsum.bench.result import Spec
from todsum.bench.stages import Stages
from todsum.bench.store import CellStore
from todsum.bench.task import DroppedCell, how_shown, located, shown_test_of, task_of
from todsum.bench.threads import default_threads
from todsum.data.builder import BuiltData
from todsum.data.evaluation_settings import Task
from todsum.data.schema import Example, from_rows
from todsum.data.views import Input, show
from todsum.errors import TodsumError
from todsum.methods.base import Context, Method
from todsum.methods.registry import method_class

#: The folder of a run directory for trained parts that several cells have in common.
PARTS = "parts"
#: The table says so where a cell has fewer training examples: a single source domain may.
FEW_EXAMPLES = 100


@dataclass(frozen=True)
class Options:
    """How to run; not part of a cell's key.

    Attributes:
        runs: the run directory.
        device: ``auto`` or the name of a device; recorded in the result, which may differ in the last digits by it.
        scoring_workers: processes that score; None takes all cores.
        threads: that a cell computes with; recorded as the device is, for the same reason.
        log: called with short lines of progress.
    """

    runs: Path
    device: str = "auto"
    scoring_workers: int | None = None
    threads: int = field(default_factory=default_threads)
    log: Callable[[str], None] = field(default=lambda line: None)


@dataclass(frozen=True)
class Job:
    """What is run for a cell."""

    spec: Spec
    method: Method[Any]
    built: BuiltData
    task: Task
    how: Input
    tests: list[Example]
    notes: list[str]
    device: str

    @property
    def together(self) -> bool:
        """Whether all processes of a launcher take part."""
        return self.method.trains_together


def prepare(cell: Cell, options: Options) -> Job:
    """Makes data and method ready.

    Raises:
        DroppedCell: too few examples for the setting.
        TodsumError: the data can't be had.
    """
    built = cell.choice.build()
    task = task_of(cell.spec, cell.choice)
    method = method_class(cell.spec.method)(cell.settings)
    tests, notes = shown_test_of(task, cell.spec, cell.choice)
    notes += built.doubts.remarks()
    device = pick_device(options.device) if method.uses_device else "cpu"
    if method.learns and len(task.train) < FEW_EXAMPLES:
        notes.append(f"trained on {len(task.train)} examples: too few to compare with other cells")
    return Job(cell.spec, method, built, task, how_shown(cell.spec), tests, notes, device)


def work(job: Job, store: CellStore, options: Options, stages: Stages) -> Outputs:
    """Trains and summarizes. All processes that take part call it.

    Raises:
        DroppedCell: nothing to train on is left.
        TodsumError: the method failed in a way that it could foresee.
    """
    with stages.stage("prepare"):
        context = _context(job, store, options)
    _fit(job, store, context, stages)
    written = store.seconds_written
    with stages.stage("summarize"):
        outputs = make_outputs(job.method, job.tests, store)
    stages.move(store.seconds_written - written, "summarize")
    return outputs


def pick_device(wanted: str) -> str:
    """``auto`` is the GPU where there is one; a device that is asked for by name must be there."""
    if wanted != "auto":
        return wanted
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _context(job: Job, store: CellStore, options: Options) -> Context:
    unlabelled, _ = show(from_rows(job.task.unlabelled), job.how)
    parts = options.runs / PARTS
    return Context(store.work, job.spec.seed, job.device, tuple(unlabelled), options.log, parts, job.task.target)


def _fit(job: Job, store: CellStore, context: Context, stages: Stages) -> None:
    method = job.method
    if not method.needs_training_split:
        return
    if distributed.from_main(store.model.exists()):
        with stages.stage("fit"):
            _load(method, store, context)
        return
    with stages.stage("prepare"):
        train, _ = show(from_rows(job.task.train), job.how)
        dev, _ = show(from_rows(job.task.dev), job.how, located(job.how, "validation", job.built))
    if not train:
        raise DroppedCell("no training example is left in this setting")
    with stages.stage("fit"):
        method.fit(train, dev, context)
        if distributed.is_main():
            with store.new_model() as folder:
                method.save(folder)


def _load(method: Method[Any], store: CellStore, context: Context) -> None:
    try:
        method.load(store.model, context)
    except TodsumError as error:
        raise TodsumError(f"{error}; remove {store.model} to train again") from error
