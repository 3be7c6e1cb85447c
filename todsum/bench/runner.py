"""Runs a cell: data, setting, method, predictions, scores, result; again, only what is missing."""

from __future__ import annotations

import sys
import traceback
from contextlib import chdir, redirect_stdout, suppress
from dataclasses import dataclass
from typing import Any, Literal

from todsum import distributed, provenance
from todsum.bench.cell import Cell
from todsum.bench.job import Job, Options, prepare, work
from todsum.bench.outputs import Outputs, read_outputs
from todsum.bench.reasons import is_bug, reason_of
from todsum.bench.result import CellRecord, Reads, Result, Spec, Status
from todsum.bench.stages import Stages
from todsum.bench.store import TRACEBACK, BusyCell, CellStore
from todsum.bench.task import DroppedCell
from todsum.bench.threads import fixed_threads
from todsum.errors import TodsumError
from todsum.methods.base import Method
from todsum.metrics.scoring import is_outdated
from todsum.out_of_memory import is_out_of_memory, release


@dataclass(frozen=True)
class Outcome:
    """How a cell ended.

    Attributes:
        spec: the cell's.
        state: ``cached``, ``finished``, ``failed``, ``dropped`` or ``busy`` (in another process).
        reason: why, in one line.
        record: what is on disk, where it has been read already.
    """

    spec: Spec
    state: Literal["cached", "finished", "failed", "dropped", "busy"]
    reason: str | None = None
    record: CellRecord | None = None


def cached_cell(cell: Cell, options: Options) -> Outcome | None:
    """How a cell ended that needs no work at all, or None. Nothing is written, and the cell is not held.

    Raises:
        TodsumError: its result can't be read; it is never silently made again.
    """
    store = CellStore(options.runs, cell.spec)
    result = store.read_result()
    if result is None or result.spec.label != cell.spec.label or is_outdated(result.signatures) or store.has_work:
        return None
    return Outcome(cell.spec, "cached", record=CellRecord(store.folder, cell.spec, Status(state="finished"), result))


def run_cell(cell: Cell, options: Options) -> Outcome:
    """Runs one cell to its end, or takes up where a killed run left it.

    An error of the method fails the cell, not the run: the reason goes into ``status.json`` (the table shows it), the
    traceback of a bug into ``traceback.txt`` beside it.

    What a method prints goes to stderr, as stdout is for the table.

    Of several processes the main one runs the cell, and the others help where it asks them to; all return the same.
    """
    store = CellStore(options.runs, cell.spec)
    with fixed_threads(options.threads), redirect_stdout(sys.stderr):
        if distributed.is_main():
            outcome = _run_held(cell, store, options)
            _tell(outcome)
        else:
            outcome = _help(cell, store, options)
        if outcome.state in ("finished", "failed") and _uses_device(cell):
            release()  # the next cell finds the memory that this one found
        return outcome


def fail_cell(cell: Cell, options: Options, reason: str) -> Outcome:
    """Marks a cell as failed whose process can't do so any more, and says so."""
    store = CellStore(options.runs, cell.spec)
    with suppress(BusyCell, OSError), store.locked():
        return _stop(store, "failed", reason)
    return Outcome(cell.spec, "failed", reason)


def _uses_device(cell: Cell) -> bool:
    """Tells whether the cell loaded a model; one whose method there isn't did not."""
    with suppress(Exception):  # the cell has failed with it
        return cell.uses_device
    return False


def _help(cell: Cell, store: CellStore, options: Options) -> Outcome:
    """Takes part in what the main process asks for, until it tells how the cell has ended."""
    while (outcome := _tell(None)) is None:
        with suppress(Exception), distributed.together():  # the main process hears of every error
            work(prepare(cell, options), store, options, Stages())
    return outcome


def _tell(outcome: Outcome | None) -> Outcome | None:
    """What the main process says: how a cell has ended, or None to ask the others for help."""
    return distributed.from_main(outcome)


def _run_held(cell: Cell, store: CellStore, options: Options) -> Outcome:
    try:
        with store.locked():
            return _run_locked(cell, store, options)
    except BusyCell as error:
        return Outcome(cell.spec, "busy", str(error))
    except (OSError, TodsumError) as error:  # the folder can't be made, or its result can't be read
        return Outcome(cell.spec, "failed", reason_of(error))


def _run_locked(cell: Cell, store: CellStore, options: Options) -> Outcome:
    result = store.finished()
    if result and not is_outdated(result.signatures):
        return Outcome(cell.spec, "cached")
    try:
        if cell.problem:
            raise TodsumError(cell.problem)
        with chdir("."):  # wherever a method goes, relative paths mean the same to us and to later cells
            _run(cell, store, options, result)
    except DroppedCell as error:
        return _stop(store, "dropped", str(error))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit, and what libraries derive from it or beside it
        if is_bug(error):
            with suppress(OSError):
                (store.folder / TRACEBACK).write_text(
                    traceback.format_exc(), encoding="utf-8", errors="backslashreplace"
                )
        reason, short_of_memory = reason_of(error), is_out_of_memory(error)
    else:
        return Outcome(cell.spec, "finished")
    if short_of_memory:  # what the cell held, which the error no longer refers to
        release()
    return _stop(store, "failed", reason)


def _stop(store: CellStore, state: Literal["failed", "dropped"], reason: str) -> Outcome:
    with suppress(OSError):  # a full disk: who runs the cell still hears of it
        store.stop(Status(state=state, reason=reason[:2000]))
    return Outcome(store.spec, state, reason)


def _run(cell: Cell, store: CellStore, options: Options, old: Result | None) -> None:
    """Runs a cell; with an old result of all its predictions, only scores them again."""
    stages, resumed = Stages(), store.has_unfinished()
    provenance.forget_peak_memory()
    with stages.stage("prepare"):
        job = prepare(cell, options)
    if not job.tests:
        raise DroppedCell(f"no test example of {cell.spec.target}")
    provenance.forget_peak_device_memory(job.device)
    if old is not None:
        outputs = read_outputs(job.method, old.ids, store)
    else:
        store.start()
        outputs = _outputs(job, store, options, stages)
    with stages.stage("score"):
        scored, odd = outputs.score(job.tests, options.scoring_workers), outputs.odd_texts(job.tests)
        facts = outputs.cuts(job.method.provenance()) if old is None else old.facts
        facts = facts | {"texts": odd.counts()} | ({"reading": read} if (read := job.built.doubts.counts()) else {})
        figures: dict[str, Any] = {
            "columns": without_nan(scored.columns),
            "scores": {name: _number(value) for name, value in scored.scores().items()},
            "signatures": scored.signatures(),
            "notes": [*odd.lines(), *job.notes, *outputs.notes(), *job.method.notes(facts)],
            "facts": facts,
            "reads": _reads(job.method),
        }
    if old is not None:
        store.finish(old.model_copy(update=figures))
        return
    told = _provenance(job, options, stages, resumed)
    store.finish(_result(job, outputs, figures, told))


def _outputs(job: Job, store: CellStore, options: Options, stages: Stages) -> Outputs:
    if not job.together:
        with distributed.alone():
            return work(job, store, options, stages)
    _tell(None)
    with distributed.together():
        return work(job, store, options, stages)


def _result(job: Job, outputs: Outputs, figures: dict[str, Any], told: dict[str, Any]) -> Result:
    method, by_id = job.method, {example.id: example for example in job.tests}
    ordered = [by_id[identity] for identity in outputs.summaries]
    return Result(
        key=job.spec.key(),
        spec=job.spec,
        n=len(ordered),
        ids=list(outputs.summaries),
        groups=[example.group for example in ordered],
        domains=[list(example.domains) for example in ordered],
        leak=job.task.leak.to_json() if method.needs_training_split else None,
        provenance=told,
        **figures,
    )


def _reads(method: Method[Any]) -> Reads:
    """What the method declares, also of a result that is scored again."""
    return Reads(
        state=method.reads_state,
        reference=method.reads_reference,
        unlabelled=method.reads_unlabelled,
        target_references=method.written_from_references,
    )


def without_nan(columns: dict[str, list[float]]) -> dict[str, list[float | None]]:
    """Undefined figures as nulls, as JSON knows no nan."""
    return {name: [_number(value) for value in values] for name, values in columns.items()}


def _number(value: float) -> float | None:
    return None if value != value else float(value)


def _provenance(job: Job, options: Options, stages: Stages, resumed: bool) -> dict[str, Any]:
    built, count = job.built, distributed.count() if job.together else 1
    told = {
        "git": provenance.git_state(),
        "packages": provenance.versions(),
        "machine": provenance.machine(),
        "device": job.device,
        "processes": count,
        "threads": options.threads,
        "batch_size": job.method.batch_size,
        "source_is_pinned": built.pinned,
        "source_revision": built.facts.lock.revision if built.pinned else None,
    }
    device_peak = provenance.peak_device_memory_mb(job.device)
    seconds = stages.seconds()
    return told | {
        "seconds": seconds,
        "wall_seconds": round(sum(seconds.values()), 3),
        "device_seconds": round((seconds["fit"] + seconds["summarize"]) * count, 3),
        "resumed": resumed,
        "peak_memory_mb": round(provenance.peak_memory_mb(), 1),
        "peak_device_memory_mb": None if device_peak is None else round(device_peak, 1),
    }
