"""Runs cells: data, setting, method, predictions, scores, result; again, only what is missing."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from todsum import processes, provenance
from todsum.bench.cell import Cell
from todsum.bench.outputs import Outputs, make_outputs, read_outputs
from todsum.bench.result import Reads, Result, Spec, Status
from todsum.bench.store import BusyCell, CellStore
from todsum.data.builder import BuiltData
from todsum.data.located import located_text
from todsum.data.schema import Example, from_rows
from todsum.errors import TodsumError
from todsum.inputs import Input, show
from todsum.methods.base import Context, Summarizer
from todsum.methods.registry import method_class
from todsum.metrics.scoring import all_metrics
from todsum.settings import Task, few_shot, in_domain, transfer, zero_shot

#: The folder of a run directory for trained parts that several cells have in common.
PARTS = "parts"
#: The table says so where a cell has fewer training examples: a single source domain may.
FEW_EXAMPLES = 100


class DroppedCell(TodsumError):
    """A cell that can't be run on this data; it is shown with its reason, not counted as failed."""


@dataclass(frozen=True)
class Options:
    """How to run; not part of a cell's key.

    Attributes:
        runs: the run directory.
        device: ``auto`` or the name of a device; recorded in the result, which may differ in the last digits by it.
        scoring_workers: processes that score; None takes all cores.
        log: called with short lines of progress.
    """

    runs: Path
    device: str = "auto"
    scoring_workers: int | None = None
    log: Callable[[str], None] = field(default=lambda line: None)


@dataclass(frozen=True)
class Outcome:
    """How a cell ended: ``cached``, ``finished``, ``failed``, ``dropped`` or ``busy`` (in another process), and why."""

    spec: Spec
    state: str
    reason: str | None = None


def run_cell(cell: Cell, options: Options) -> Outcome:
    """Runs one cell to its end, or takes up where a killed run left it.

    An error of the method fails the cell, not the run: the reason goes into ``status.json`` (the table shows it), the
    traceback of a bug into ``traceback.txt`` beside it.

    Of several processes the main one runs the cell, and the others help where it asks them to; all return the same.
    """
    store = CellStore(options.runs, cell.spec)
    if not processes.is_main():
        return _help(cell, store, options)
    outcome = _run_held(cell, store, options)
    _tell(outcome)
    return outcome


def _help(cell: Cell, store: CellStore, options: Options) -> Outcome:
    """Takes part in what the main process asks for, until it tells how the cell has ended."""
    while (outcome := _tell(None)) is None:
        with suppress(Exception), processes.together():  # the main process hears of every error
            _work(_prepare(cell, options), cell.spec, store, options)
    return outcome


def _tell(outcome: Outcome | None) -> Outcome | None:
    """What the main process says: how a cell has ended, or None to ask the others for help."""
    return processes.from_main(outcome)


def _run_held(cell: Cell, store: CellStore, options: Options) -> Outcome:
    try:
        with store.locked():
            return _run_locked(cell, store, options)
    except BusyCell as error:
        return Outcome(cell.spec, "busy", str(error))


def _run_locked(cell: Cell, store: CellStore, options: Options) -> Outcome:
    result = store.finished()
    if result and not _outdated(result):
        return Outcome(cell.spec, "cached")
    try:
        if cell.problem:
            raise TodsumError(cell.problem)
        _run(cell, store, options, result)
    except DroppedCell as error:
        return _stop(store, "dropped", str(error))
    except TodsumError as error:
        return _stop(store, "failed", str(error))
    except Exception as error:
        (store.folder / "traceback.txt").write_text(traceback.format_exc(), encoding="utf-8")
        first = str(error).strip().splitlines()
        return _stop(store, "failed", f"{type(error).__name__}: {first[0] if first else 'no message'}")
    return Outcome(cell.spec, "finished")


def _stop(store: CellStore, state: Any, reason: str) -> Outcome:
    reason = reason[:2000]
    store.stop(Status(state=state, reason=reason))
    return Outcome(store.spec, state, reason)


def _outdated(result: Result) -> bool:
    """Whether a metric has another signature by now: the predictions are then scored again."""
    now = {metric.name: metric.signature() for metric in all_metrics()}
    return any(now.get(name) != signature for name, signature in result.signatures.items())


def _run(cell: Cell, store: CellStore, options: Options, old: Result | None) -> None:
    """Runs a cell; with an old result of all its predictions, only scores them again."""
    began = time.perf_counter()
    spec = cell.spec
    job = _prepare(cell, options)
    method, task, tests = job.method, job.task, job.tests
    if not tests:
        raise DroppedCell(f"no test example of {spec.target}")
    if old is not None:
        outputs = read_outputs(method, old.ids, store)
    elif job.together:
        store.start()
        _tell(None)
        with processes.together():
            outputs = _work(job, spec, store, options)
    else:
        store.start()
        with processes.alone():
            outputs = _work(job, spec, store, options)
    notes = job.notes + outputs.notes()
    scored = outputs.score(tests, options.scoring_workers)
    if old is not None:
        scores = {name: _number(value) for name, value in scored.scores().items()}
        changed = {"columns": without_nan(scored.columns), "scores": scores, "signatures": scored.signatures()}
        changed["notes"] = notes
        store.finish(old.model_copy(update=changed))
        return
    by_id = {example.id: example for example in tests}
    ordered = [by_id[identity] for identity in outputs.summaries]
    result = Result(
        key=spec.key(),
        spec=spec,
        n=len(ordered),
        ids=list(outputs.summaries),
        groups=[example.group for example in ordered],
        domains=[list(example.domains) for example in ordered],
        columns=without_nan(scored.columns),
        scores={name: _number(value) for name, value in scored.scores().items()},
        signatures=scored.signatures(),
        leak=task.leak.to_json() if method.trains else None,
        notes=notes,
        reads=Reads(state=method.reads_state, reference=method.reads_reference, unlabelled=method.reads_unlabelled),
        facts=_facts(method),
        provenance=_provenance(job, time.perf_counter() - began),
    )
    store.finish(result)


@dataclass(frozen=True)
class Job:
    """What is run for a cell."""

    method: Summarizer
    built: BuiltData
    task: Task
    how: Input
    tests: list[Example]
    notes: list[str]
    device: str

    @property
    def together(self) -> bool:
        """Whether all processes of a launcher take part."""
        return bool(getattr(self.method, "trains_together", False))


def _prepare(cell: Cell, options: Options) -> Job:
    built = cell.choice.build()
    task = make_task(cell.spec, built)
    method = method_class(cell.spec.method)(cell.settings)
    tests, notes = shown_test(task, cell.spec, built)
    device = pick_device(options.device) if method.trains else "cpu"
    if method.trains and len(task.train) < FEW_EXAMPLES and getattr(cell.settings, "max_steps", None) != 0:
        notes.append(f"trained on {len(task.train)} examples: too few to compare with other cells")
    return Job(method, built, task, _how(cell.spec), tests, notes, device)


def _work(job: Job, spec: Spec, store: CellStore, options: Options) -> Outputs:
    """Trains and summarizes. All processes that take part call it."""
    _fit(job, store, _context(job, store, spec, options))
    return make_outputs(job.method, job.tests, store)


def make_task(spec: Spec, built: BuiltData) -> Task:
    """The task of a cell.

    Raises:
        DroppedCell: too few examples of the target for few-shot.
    """
    single = bool(spec.setting_options.get("single_domain", False))
    if spec.setting == "in-domain":
        return in_domain(built.splits)
    if spec.setting == "zero-shot":
        return zero_shot(built.splits, spec.target, single)
    if spec.setting == "transfer":
        return transfer(built.splits, str(spec.source), spec.target, single)
    k = spec.setting_options["k"]
    try:
        return few_shot(built.splits, spec.target, int(str(k)), spec.seed, single)
    except TodsumError as error:
        raise DroppedCell(str(error)) from error


def _how(spec: Spec) -> Input:
    return Input(spec.input["view"], bool(spec.input["markers"]))  # type: ignore[arg-type]


def shown_test(task: Task, spec: Spec, built: BuiltData) -> tuple[list[Example], list[str]]:
    """The test examples as methods see them, and notes on those that can't be shown."""
    how = _how(spec)
    examples = from_rows(task.test)
    shown, missing = show(examples, how, _located(how, "test", built))
    notes = [f"{len(missing)} of {len(examples)} pairs have no located span and are not tested"] if missing else []
    return shown, notes


def _located(how: Input, split: str, built: BuiltData) -> dict[str, str] | None:
    return located_text(built.source, split, from_rows(built.splits[split])) if how.view == "located" else None


def _context(job: Job, store: CellStore, spec: Spec, options: Options) -> Context:
    unlabelled, _ = show(from_rows(job.task.unlabelled), job.how)
    return Context(
        store.work, spec.seed, job.device, tuple(unlabelled), options.log, options.runs / PARTS, job.task.target
    )


def _fit(job: Job, store: CellStore, context: Context) -> None:
    method, task, how = job.method, job.task, job.how
    if not method.trains:
        return
    if processes.from_main(store.model.exists()):
        try:
            method.load(store.model, context)
        except TodsumError as error:
            raise TodsumError(f"{error}; remove {store.model} to train again") from error
        return
    train, _ = show(from_rows(task.train), how)
    dev, _ = show(from_rows(task.dev), how, _located(how, "validation", job.built))
    if not train:
        raise DroppedCell("no training example is left in this setting")
    method.fit(train, dev, context)
    if processes.is_main():
        with store.new_model() as folder:
            method.save(folder)


def without_nan(columns: dict[str, list[float]]) -> dict[str, list[float | None]]:
    """Undefined figures as nulls, as JSON knows no nan."""
    return {name: [_number(value) for value in values] for name, values in columns.items()}


def _number(value: float) -> float | None:
    return None if value != value else float(value)


def pick_device(wanted: str) -> str:
    """``auto`` is the GPU where there is one; a device that is asked for by name must be there."""
    if wanted != "auto":
        return wanted
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _facts(method: Summarizer) -> dict[str, Any]:
    told = getattr(method, "provenance", None)
    return dict(told()) if callable(told) else {}


def _provenance(job: Job, seconds: float) -> dict[str, Any]:
    built = job.built
    return {
        "git": provenance.git_state(),
        "packages": provenance.versions(),
        "machine": provenance.machine(),
        "device": job.device,
        "processes": processes.count() if job.together else 1,
        "batch_size": job.method.batch_size,
        "source_is_pinned": built.pinned,
        "source_revision": built.facts.lock.revision if built.pinned else None,
        "wall_seconds": round(seconds, 3),
        "peak_memory_mb": round(provenance.peak_memory_mb(), 1),
    }
