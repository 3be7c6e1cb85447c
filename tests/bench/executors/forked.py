"""Local processes that are forks of one which has imported what takes long, where they do not have to start anew."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from tests.forks import call
from todsum.bench.cell import Cell
from todsum.bench.executors import LocalProcesses, local, run_cells
from todsum.bench.job import Options
from todsum.bench.runner import Outcome


def run_forked(
    cells: Sequence[Cell], options: Options, executor: LocalProcesses, before: Callable[[], object] | None = None
) -> list[Outcome]:
    """How cells ended; ``before`` is a function of a module that patches the process which starts the others."""
    outcomes: list[Outcome] = call_forking(_run, cells, replace(options, log=_unheard), executor, before)
    return outcomes


def call_forking(work: Callable[..., Any], *arguments: Any) -> Any:
    """As :func:`tests.forks.call`; where the function runs cells in local processes, they are forks."""
    return call(_forking, work, *arguments)


def _forking(work: Callable[..., Any], *arguments: Any) -> Any:
    local.get_context = lambda method: multiprocessing.get_context("fork")  # type: ignore[assignment,misc]
    return work(*arguments)


def _run(
    cells: Sequence[Cell], options: Options, executor: LocalProcesses, before: Callable[[], object] | None
) -> list[Outcome]:
    if before is not None:
        before()
    return list(run_cells(cells, options, executor))


def _unheard(line: str) -> None:
    """Lines of progress stay in the fork."""
