"""Options of ``run`` that say where cells are run, and how many at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from todsum.bench.threads import MAX_THREADS
from todsum.errors import TodsumError

if TYPE_CHECKING:
    from todsum.bench.cell import Cell
    from todsum.bench.costs.estimates import Estimates
    from todsum.bench.executors import Executor
    from todsum.bench.executors.machine import Memory
    from todsum.bench.job import Options

Command = TypeVar("Command", bound=Callable[..., Any])


class Workers(click.ParamType[int | None]):
    """A number, or ``auto``, which becomes None."""

    name = "N|auto"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | None:
        """The number, or None for as many as fit."""
        if value == "auto":
            return None
        if not re.fullmatch(r"0*[1-9]\d{0,3}", str(value), re.ASCII):
            self.fail(f"{str(value)[:40]!r} is neither a number from 1 to 9999 nor auto", param, ctx)
        return int(value)


_OPTIONS = (
    click.option(
        "--workers",
        default="1",
        show_default=True,
        type=Workers(),
        help="Cells at a time, each in a process of its own; auto: as many as cores, memory and GPUs allow.",
    ),
    click.option(
        "--threads",
        type=click.IntRange(1, MAX_THREADS),
        help="Threads of each cell; results may differ in their last digits by it. Default: $OMP_NUM_THREADS, else 1.",
    ),
    click.option(
        "--per-gpu",
        default=1,
        show_default=True,
        type=click.IntRange(1, 999),
        help="Cells at a time on each GPU, at most.",
    ),
    click.option(
        "--executor",
        "place",
        default="local",
        show_default=True,
        type=click.Choice(["local", "ray"]),
        help="Where cells run: on this machine, or on a Ray cluster.",
    ),
    click.option(
        "--ray-address",
        metavar="auto|ADDRESS",
        help="The Ray cluster: auto for the one that this machine is in. Default: one of this machine alone.",
    ),
    click.option(
        "--shard",
        metavar="I/N",
        help="Run and print only every N-th cell, from the I-th on: one of N jobs that share --out.",
    ),
)


def execution_options(command: Command) -> Command:
    """Adds the options to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def memory_by(past: Sequence[Path], options: Options) -> Memory:
    """Foretells a cell's peak memory in MB by finished cells of run directories, read when it is first asked."""

    @cache
    def estimates() -> Estimates:
        from todsum.bench.costs.estimates import Estimates

        return Estimates.read(past, options.device, options.threads)

    return lambda cell: estimates().memory(cell)


def workers_that_fit(cells: Sequence[Cell], memory: Memory, options: Options, per_gpu: int) -> int:
    """How many processes ``--workers auto`` starts for cells of which none is cached."""
    from todsum.bench.executors import LocalProcesses

    return len(LocalProcesses(None, per_gpu, memory).environments(cells, options))


def executor_of(
    place: str, workers: int | None, per_gpu: int, ray_address: str | None, memory: Memory | None = None
) -> Executor:
    """The executor that the options ask for.

    Args:
        place: ``local`` or ``ray``.
        workers: cells at a time; None for as many as fit.
        per_gpu: cells at a time on each GPU.
        ray_address: of the Ray cluster.
        memory: foretells the peak memory of a cell in MB.

    Raises:
        TodsumError: options that don't go together, or Ray is not installed.
    """
    from todsum.bench.executors import InProcess, LocalProcesses, RayTasks
    from todsum.bench.executors.machine import unknown

    if place == "ray":
        if workers != 1:
            raise TodsumError("--workers: on a Ray cluster, cells run wherever there is room; leave it out")
        return RayTasks(ray_address, per_gpu, memory or unknown)
    if ray_address is not None:
        raise TodsumError("--ray-address: there is no Ray cluster without --executor ray")
    return InProcess() if workers == 1 else LocalProcesses(workers, per_gpu, memory or unknown)
