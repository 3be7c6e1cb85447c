"""What a run would do with each of its cells, and what that would take."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from todsum.bench.cell import Cell
from todsum.bench.costs.estimates import Estimate, Estimates, read_results
from todsum.bench.costs.measured import Measured
from todsum.bench.result import STATUS, Result, Status, read_record
from todsum.bench.store import CellStore
from todsum.errors import TodsumError
from todsum.metrics.scoring import is_outdated


class State(Enum):
    """What a run would do with a cell."""

    CACHED = "cached"
    SCORE = "to score again"
    RUN = "to run"
    GO_ON = "goes on"
    FAILED = "failed before"
    DROPPED = "dropped before"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Planned:
    """One cell of a plan.

    Attributes:
        cell: the cell.
        state: what a run would do with it.
        reason: what is wrong with it, or was when it was last run.
        estimate: what running it takes from its beginning; None where nothing tells, and where it is not run.
        scoring: seconds of scoring it again, where its own result tells.
    """

    cell: Cell
    state: State
    reason: str | None = None
    estimate: Estimate | None = None
    scoring: float | None = None

    @property
    def works(self) -> bool:
        """Whether a run has something to do for the cell that takes time."""
        return self.state not in (State.CACHED, State.DROPPED, State.PROBLEM)

    @property
    def seconds(self) -> float | None:
        """Estimated seconds; of a cell that goes on, at most."""
        return self.estimate.seconds if self.estimate else self.scoring


def look_ahead(
    cells: Iterable[Cell], out: Path, past: Sequence[Path] = (), device: str | None = None, threads: int | None = None
) -> tuple[list[Planned], Estimates]:
    """The plan of a run, in the order of its cells, and what it is estimated by. Nothing is written.

    Args:
        cells: from :func:`todsum.bench.cell.plan`.
        out: the run directory; it need not exist.
        past: other run directories to estimate by.
        device, threads: as for :class:`~todsum.bench.costs.estimates.Estimates`.

    Raises:
        TodsumError: a run directory of ``past`` does not exist.
    """
    for folder in past:
        if not folder.is_dir():
            raise TodsumError(f"{folder}: no such run directory to estimate by")
    found = read_results([out, *past])
    measured = [Measured.of(result) for result in found.values() if isinstance(result, Result)]
    estimates, root = Estimates(measured, device, threads), Path(os.path.realpath(out))
    return [_planned(cell, root, found, estimates) for cell in cells], estimates


def makespan(seconds: Iterable[float], workers: int) -> float:
    """How long workers take, each taking up the longest of the cells left when it is free."""
    ends = [0.0] * workers
    for each in sorted(seconds, reverse=True):
        heapq.heapreplace(ends, ends[0] + each)
    return max(ends)


def _planned(
    cell: Cell,
    out: Path,
    found: dict[Path, Result | TodsumError],
    estimates: Estimates,
) -> Planned:
    folder = out / cell.spec.folder()
    result = found.get(folder)
    if isinstance(result, TodsumError):
        return Planned(cell, State.PROBLEM, f"{result}; remove {folder} to run the cell again")
    if result is not None:
        if not is_outdated(result.signatures):
            return Planned(cell, State.CACHED)
        pieces = Measured.of(result).pieces
        return Planned(cell, State.SCORE, scoring=pieces.prepare + pieces.score if pieces else None)
    if cell.problem:
        return Planned(cell, State.PROBLEM, cell.problem)
    state, reason = _last_time(CellStore(out, cell.spec))
    return Planned(cell, state, reason, None if state is State.DROPPED else estimates.of(cell))


def _last_time(store: CellStore) -> tuple[State, str | None]:
    """What became of a cell without a result when it was last run."""
    try:
        status = read_record(path, Status) if (path := store.folder / STATUS).exists() else None
    except TodsumError:  # a run replaces it without a look
        status = None
    if status is not None and status.state == "failed":
        return State.FAILED, status.reason
    if status is not None and status.state == "dropped":
        return State.DROPPED, status.reason
    return (State.GO_ON if store.has_unfinished() else State.RUN), None
