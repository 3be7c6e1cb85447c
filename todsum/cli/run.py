"""``todsum-bench run``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from todsum import distributed
from todsum.cli import completing
from todsum.cli.executing import execution_options, executor_of, memory_by, workers_that_fit
from todsum.cli.options import data_option, json_option, only_option, protocol_option
from todsum.cli.paths import PATH, RUN_DIRECTORY, check_out
from todsum.errors import TodsumError
from todsum.terminal import say, tell

if TYPE_CHECKING:
    from todsum.bench.cell import Cell
    from todsum.bench.suite import Band, Simulate
    from todsum.report.table import Table

#: The folder of a run directory for its pages.
REPORT = "report"


@click.command()
@click.argument("suite", type=PATH, shell_complete=completing.suites)
@click.option("--out", required=True, type=PATH, help="Run directory; results land there.")
@data_option
@protocol_option
@click.option("--backbone", help="Backbone of the methods that take one: a folder, a hub id, todsum-mini or scratch.")
@only_option
@click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1 …")
@execution_options
@click.option("--report", is_flag=True, help="Write the results as pages into OUT/report, too.")
@click.option(
    "--plan",
    "plan_only",
    is_flag=True,
    help="Print the cells, what is cached, and time and memory of the others; stop.",
)
@click.option("--past", multiple=True, type=PATH, help="Estimate by the cells of this run directory, too.")
@json_option
def run(
    suite: Path,
    out: Path,
    data: Path | None,
    protocol: str | None,
    backbone: str | None,
    only: tuple[str, ...],
    device: str,
    workers: int | None,
    threads: int | None,
    per_gpu: int,
    place: str,
    ray_address: str | None,
    shard: str | None,
    report: bool,
    plan_only: bool,
    past: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Run the cells of SUITE (a YAML file, or the name of one from `todsum-bench suites`) and print their table.

    Finished cells in --out are never run again; killed at any moment, the same command goes on. A failed cell is
    shown in the table with its reason, the others go on, and the exit code is 1.

    Several runs may share --out: each cell is run by one of them. The exit code is 0 where all cells are finished in
    the end, whoever ran them, and 3 where none failed and another process is still running some.

    Under `accelerate launch -m todsum run …` its processes share each cell's training and generation.

    \b
    todsum-bench run heuristics --data DIR --out runs
    todsum-bench run in_domain --protocol low-resource --backbone scratch --data DIR --out runs
    todsum-bench run zero_shot --data DIR --out runs --workers auto
    todsum-bench run zero_shot --data DIR --out runs --plan
    """
    from todsum.bench.cell import plan
    from todsum.bench.executors.shards import Shard
    from todsum.bench.job import Options
    from todsum.bench.only import Only
    from todsum.bench.suite import read_suite
    from todsum.bench.threads import default_threads
    from todsum.cli.plan import print_plan
    from todsum.cli.running import exit_code, read_run, run_with_progress
    from todsum.cli.suites import suite_path
    from todsum.files.writing import check_writable

    check_device(device, here=place == "local")
    if as_json and not plan_only:
        raise TodsumError("--json: goes with --plan; `todsum-bench table --format json` prints the results")
    part = None if shard is None else Shard.parse(shard)
    if not plan_only:
        check_out(out, RUN_DIRECTORY, "run directory")
    chosen = read_suite(suite_path(suite))
    given = click.get_current_context().get_parameter_source
    if chosen.simulate and (protocol or given("data") is ParameterSource.COMMANDLINE):
        raise TodsumError(f"suite {chosen.name} makes its own data: leave out --data and --protocol")
    changes = {name: value for name, value in (("protocol", protocol), ("backbone", backbone)) if value is not None}
    chosen = chosen.model_copy(update=changes)
    with launched_processes(device, workers, place):
        choice = Only(only)
        cells = distributed.main_first(lambda: plan(chosen, data, choice))
        if backbone is not None and (problem := next((cell.problem for cell in cells if cell.problem), None)):
            raise TodsumError(problem)
        if part and not (cells := part.of(cells)):
            tell(f"shard {shard}: no cell is left for it")
            return
        bands = bands_of(chosen.bands, cells) if part or choice.chooses else chosen.bands
        options = Options(out, device, threads=threads or default_threads())
        if distributed.is_main():
            for line in dict.fromkeys(line for cell in cells for line in cell.settings.warnings()):
                tell(line)
        if plan_only:
            if distributed.is_main():
                fitting = partial(workers_that_fit, options=options, per_gpu=per_gpu)
                at_once = 1 if place == "ray" else workers or fitting
                print_plan(cells, out, past, at_once, as_json, device, options.threads)
            return
        executor = executor_of(place, workers, per_gpu, ray_address, memory_by([out, *past], options))
        check_writable(out)
        outcomes = run_with_progress(cells, options, executor)
        code = exit_code(outcomes)
        if distributed.is_main() and (tables := read_run(out, outcomes)):
            in_bands = print_tables(tables, bands)
            code = code or int(not in_bands)
            if report:
                write_pages(tables, out, data, chosen.simulate)
    if code:
        raise click.exceptions.Exit(code)


@contextmanager
def launched_processes(device: str, workers: int | None, place: str = "local") -> Iterator[None]:
    """Connects the processes of a launcher such as ``accelerate launch``, where one started this command.

    Args:
        device: as the option has it.
        workers: cells at a time, each in a process of its own; None for as many as fit.
        place: where cells run.

    Raises:
        TodsumError: they can't share the work with these options.
    """
    from todsum.bench.job import pick_device

    if not distributed.launched():
        yield
        return
    if workers != 1 or place != "local":
        raise TodsumError("--workers, --executor: a launcher has started several processes already; leave them out")
    if (picked := pick_device(device)) not in ("cpu", "cuda"):
        raise TodsumError(f"--device {device}: a launcher gives each process its own; pass auto, cpu or cuda")
    distributed.join(picked)
    try:
        with distributed.together():
            yield
    finally:
        distributed.leave()


def print_tables(tables: Sequence[Table], bands: Sequence[Band]) -> bool:
    """Prints the cells' table; returns whether all scores are within their bands."""
    from todsum.report.formats import render
    from todsum.report.json_csv import entries

    say(render(tables, "md"), nl=False)
    outside = list(leaves_band(bands, entries(tables) if bands else []))
    for line in outside:
        tell(line)
    return not outside


def write_pages(tables: Sequence[Table], out: Path, data: Path | None, simulate: Simulate | None) -> None:
    """Writes the tables as pages into ``OUT/report`` and says where."""
    from todsum.bench.examples import TestExamples
    from todsum.report.site.of_runs import write_report

    examples = TestExamples(data, (simulate,) if simulate else ())
    if why := write_report(tables, examples, out / REPORT, f"Results of {out.resolve().name}"):
        tell(why)
    tell(f"pages: {out / REPORT / 'index.html'}")


def check_device(name: str, here: bool = True) -> None:
    """Refuses a device that is not there, before anything is run.

    Args:
        name: of the device.
        here: whether it has to be on this machine.

    Raises:
        TodsumError: no such device.
    """
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", name):
        raise TodsumError(f"--device {name}: expected auto, cpu, mps, cuda or cuda:N")
    if here and name not in ("auto", "cpu"):
        from todsum.training.runtime import device_named

        device_named(name)


def bands_of(bands: Sequence[Band], cells: Sequence[Cell]) -> list[Band]:
    """The expected ranges of scores of these cells, which are not all of a suite."""
    places = {(cell.spec.dataset, cell.spec.setting, cell.spec.target, cell.spec.label) for cell in cells}
    return [band for band in bands if band.place in places]


def leaves_band(bands: Sequence[Band], found: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A line for each expected range that a score is outside of, or that no score was found for."""
    for band in bands:
        figures = [
            entry["scores"][band.score]["mean"]
            for entry in found
            if (entry["dataset"], entry["setting"], entry["target"], entry["label"]) == band.place
            and band.score in entry["scores"]
        ]
        where = f"{'/'.join(band.place)} {band.score}"
        if not figures:
            yield f"{where}: no score, expected {band.low}–{band.high}"
        for figure in figures:
            if not band.low <= figure <= band.high:
                yield f"{where}: {figure:.2f} is outside of the expected {band.low}–{band.high}"
