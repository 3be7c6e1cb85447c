"""``todsum-bench run``."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from todsum import processes
from todsum.cli.options import data_option, parse_filters, protocol_option
from todsum.errors import TodsumError

if TYPE_CHECKING:
    from todsum.bench.cell import Cell
    from todsum.bench.suite import Band, Simulate
    from todsum.report.table import Table

#: Seconds between lines of progress where stderr is no terminal.
QUIET = 30.0
#: The folder of a run directory for its pages.
REPORT = "report"


@click.command()
@click.argument("suite", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Run directory; results land there.")
@data_option
@protocol_option
@click.option("--backbone", help="Backbone of the methods that take one: a folder, a hub id, todsum-mini or scratch.")
@click.option("--only", multiple=True, metavar="KEY=GLOB", help="Run only cells that fit, such as target=taxi. Repeat.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1 …")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1), help="Cells at a time.")
@click.option("--report", is_flag=True, help="Write the results as pages into OUT/report, too.")
@click.option("--plan", "plan_only", is_flag=True, help="Print the cells and stop.")
def run(
    suite: Path,
    out: Path,
    data: Path | None,
    protocol: str | None,
    backbone: str | None,
    only: tuple[str, ...],
    device: str,
    workers: int,
    report: bool,
    plan_only: bool,
) -> None:
    """Run the cells of SUITE (a YAML file, or the name of one from `todsum-bench suites`) and print their table.

    Finished cells in --out are never run again; killed at any moment, the same command goes on. A failed cell is
    shown in the table with its reason, the others go on, and the exit code is 1.

    Under `accelerate launch -m todsum run …` its processes share each cell's training and generation.

    \b
    todsum-bench run heuristics --data DIR --out runs
    todsum-bench run in_domain --protocol low-resource --backbone scratch --data DIR --out runs
    """
    from todsum.bench.cell import FILTERS, plan
    from todsum.bench.store import check_writable
    from todsum.bench.suite import read_suite
    from todsum.cli.suites import suite_path

    check_device(device)
    chosen = read_suite(suite_path(suite))
    given = click.get_current_context().get_parameter_source
    if chosen.simulate and (protocol or given("data") is ParameterSource.COMMANDLINE):
        raise TodsumError(f"suite {chosen.name} makes its own data: leave out --data and --protocol")
    changes = {name: value for name, value in (("protocol", protocol), ("backbone", backbone)) if value is not None}
    chosen = chosen.model_copy(update=changes)
    with launched_processes(device, workers):
        cells = processes.main_first(lambda: plan(chosen, data, parse_filters(only, FILTERS)))
        if not cells:
            raise TodsumError(f"suite {chosen.name}: no cell fits {' '.join(only)}")
        if backbone and (problem := next((cell.problem for cell in cells if cell.problem), None)):
            raise TodsumError(problem)
        if plan_only:
            for cell in cells if processes.is_main() else []:
                click.echo(f"{cell.spec.folder()}  {cell.spec.label}{f'  ! {cell.problem}' if cell.problem else ''}")
            return
        check_writable(out)
        failed = run_with_progress(cells, out, device, workers) > 0
        if processes.is_main():
            tables = read_run(out, cells)
            failed |= not print_tables(tables, chosen.bands)
            if report:
                write_pages(tables, out, data, chosen.simulate)
    if failed:
        raise click.exceptions.Exit(1)


@contextmanager
def launched_processes(device: str, workers: int) -> Iterator[None]:
    """Connects the processes of a launcher such as ``accelerate launch``, where one started this command.

    Raises:
        TodsumError: they can't share the work with these options.
    """
    from todsum.bench.runner import pick_device

    if not processes.launched():
        yield
        return
    if workers > 1:
        raise TodsumError("--workers: a launcher has started several processes already; leave it out")
    if (picked := pick_device(device)) not in ("cpu", "cuda"):
        raise TodsumError(f"--device {device}: a launcher gives each process its own; pass auto, cpu or cuda")
    processes.join(picked)
    try:
        with processes.together():
            yield
    finally:
        processes.leave()


def print_tables(tables: Sequence[Table], bands: Sequence[Band]) -> bool:
    """Prints the cells' table; returns whether all scores are within their bands."""
    from todsum.report.entries import entries
    from todsum.report.formats import render

    click.echo(render(tables, "md"), nl=False)
    outside = list(leaves_band(bands, entries(tables)))
    for line in outside:
        click.echo(line, err=True)
    return not outside


def write_pages(tables: Sequence[Table], out: Path, data: Path | None, simulate: Simulate | None) -> None:
    """Writes the tables as pages into ``OUT/report`` and says where."""
    from todsum.bench.examples import TestExamples
    from todsum.report.site.of_runs import write_report

    examples = TestExamples(data, (simulate,) if simulate else ())
    if why := write_report(tables, examples, out / REPORT, f"Results of {out.resolve().name}"):
        click.echo(why, err=True)
    click.echo(f"pages: {out / REPORT / 'index.html'}", err=True)


def check_device(name: str) -> None:
    """Refuses a device that is not there, before anything is run.

    Raises:
        TodsumError: no such device.
    """
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", name):
        raise TodsumError(f"--device {name}: expected auto, cpu, mps, cuda or cuda:N")
    if name not in ("auto", "cpu"):
        from todsum.training.runtime import device_named

        device_named(name)


def read_run(out: Path, cells: Sequence[Cell]) -> list[Table]:
    """The tables of these cells, whatever else the run directory holds."""
    from todsum.bench.result import SPEC, read_runs
    from todsum.metrics.scoring import all_metrics
    from todsum.report.table import build_tables

    folders = [out / cell.spec.folder() for cell in cells]
    records = [record for folder in folders if (folder / SPEC).exists() for record in read_runs(folder)]
    if not records:
        raise TodsumError(f"{out}: another process is running these cells; wait for it, or pass another --out")
    return build_tables(records, all_metrics())


def run_with_progress(cells: Sequence[Cell], out: Path, device: str, workers: int) -> int:
    """Runs cells with progress on stderr; returns how many failed or are run by another process."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from todsum.bench.executors import run_cells
    from todsum.bench.runner import Options

    console = Console(stderr=True, quiet=not processes.is_main())
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    ended: Counter[str] = Counter()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("cells", total=len(cells))

        spoke = time.monotonic()

        def log(line: str) -> None:
            nonlocal spoke
            bar.update(task, description=line[:60])
            if not console.is_terminal and time.monotonic() - spoke > QUIET:
                spoke = time.monotonic()
                console.print(line, markup=False, highlight=False, soft_wrap=True)

        for outcome in run_cells(cells, Options(out, device, log=log), workers):
            ended[outcome.state] += 1
            bar.advance(task)
            if outcome.state != "cached":
                reason = f": {outcome.reason}" if outcome.reason else ""
                line = f"{outcome.state:8} {outcome.spec.folder()} ({outcome.spec.label}){reason}"
                console.print(line, markup=False, highlight=False, soft_wrap=True)
    summary = ", ".join(f"{count} {state}" for state, count in sorted(ended.items()))
    console.print(f"{len(cells)} cells: {summary}; results in {out}", markup=False, highlight=False, soft_wrap=True)
    return ended["failed"] + ended["busy"]


def leaves_band(bands: Sequence[Band], found: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A line for each expected range that a score is outside of, or that no score was found for."""
    for band in bands:
        place = (band.dataset, band.setting, band.target, band.method)
        figures = [
            entry["scores"][band.score]["mean"]
            for entry in found
            if (entry["dataset"], entry["setting"], entry["target"], entry["label"]) == place
            and band.score in entry["scores"]
        ]
        where = f"{'/'.join(place)} {band.score}"
        if not figures:
            yield f"{where}: no score, expected {band.low}–{band.high}"
        for figure in figures:
            if not band.low <= figure <= band.high:
                yield f"{where}: {figure:.2f} is outside of the expected {band.low}–{band.high}"
