"""Options of ``run``, in one object."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Literal

import click

from todsum.bench.threads import MAX_THREADS
from todsum.cli import completing
from todsum.cli.options import data_option, device_option, json_option, only_option, protocol_option
from todsum.cli.paths import PATH


@dataclass(frozen=True)
class RunOptions:
    """Options of ``run``; those that were not given are None, empty or at their defaults.

    Attributes:
        workers: cells at a time; None for as many as fit.
    """

    suite: Path
    out: Path
    data: Path | None
    protocol: str | None
    backbone: str | None
    only: tuple[str, ...]
    device: str
    workers: int | None
    threads: int | None
    per_gpu: int
    executor: Literal["local", "ray"]
    ray_address: str | None
    shard: str | None
    report: bool
    plan: bool
    past: tuple[Path, ...]
    json: bool


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
    click.argument("suite", type=PATH, shell_complete=completing.suites),
    click.option("--out", required=True, type=PATH, help="Run directory; results land there."),
    data_option,
    protocol_option,
    click.option(
        "--backbone", help="Backbone of the methods that take one: a folder, a hub id, todsum-mini or scratch."
    ),
    only_option,
    device_option,
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
    click.option("--report", is_flag=True, help="Write the results as pages into OUT/report, too."),
    click.option(
        "--plan", is_flag=True, help="Print the cells, what is cached, and time and memory of the others; stop."
    ),
    click.option("--past", multiple=True, type=PATH, help="Estimate by the cells of this run directory, too."),
    json_option,
)


def run_options(command: Callable[[RunOptions], None]) -> Callable[..., None]:
    """Adds the options to a command, which is called with all of them in one object."""

    @wraps(command)
    def called(**given: Any) -> None:
        command(RunOptions(**given))

    for option in reversed(_OPTIONS):
        called = option(called)
    return called
