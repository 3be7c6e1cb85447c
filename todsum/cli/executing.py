"""Executors of a run, and how many cells they run at a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from todsum.errors import TodsumError

if TYPE_CHECKING:
    from todsum.bench.cell import Cell
    from todsum.bench.costs.estimates import Estimates
    from todsum.bench.executors import Executor
    from todsum.bench.executors.machine import Memory
    from todsum.bench.job import Options
    from todsum.cli.run_options import RunOptions


def workers_that_fit(cells: Sequence[Cell], memory: Memory, options: Options, per_gpu: int) -> int:
    """How many processes ``--workers auto`` starts for cells of which none is cached."""
    from todsum.bench.executors import LocalProcesses

    return len(LocalProcesses(None, per_gpu, memory).environments(cells, options))


def executor_of(run: RunOptions, options: Options) -> Executor:
    """The executor that the options ask for.

    Raises:
        TodsumError: options that don't go together, or Ray is not installed.
    """
    from todsum.bench.executors import InProcess, LocalProcesses, RayTasks

    memory = _memory_by_past(run, options)
    if run.executor == "ray":
        if run.workers != 1:
            raise TodsumError("--workers: on a Ray cluster, cells run wherever there is room; leave it out")
        return RayTasks(run.ray_address, run.per_gpu, memory)
    if run.ray_address is not None:
        raise TodsumError("--ray-address: there is no Ray cluster without --executor ray")
    return InProcess() if run.workers == 1 else LocalProcesses(run.workers, run.per_gpu, memory)


def _memory_by_past(run: RunOptions, options: Options) -> Memory:
    """Foretells a cell's peak memory in MB by finished cells of run directories, read when it is first asked."""

    @cache
    def estimates() -> Estimates:
        from todsum.bench.costs.estimates import Estimates

        return Estimates.read([run.out, *run.past], options.device, options.threads)

    return lambda cell: estimates().memory(cell)
