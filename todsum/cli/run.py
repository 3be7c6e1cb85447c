"""``todsum-bench run``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from todsum import distributed
from todsum.cli.run_options import RunOptions, run_options
from todsum.errors import TodsumError
from todsum.terminal import tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from todsum.bench.cell import Cell
    from todsum.bench.job import Options
    from todsum.bench.suite import Band, Suite


@click.command()
@run_options
def run(options: RunOptions) -> None:
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
    from todsum.bench.threads import default_threads
    from todsum.cli.bands import bands_of
    from todsum.cli.devices import check_device, launched_processes
    from todsum.cli.paths import RUN_DIRECTORY, check_out

    check_device(options.device, here=options.executor == "local")
    if options.json and not options.plan:
        raise TodsumError("--json: goes with --plan; `todsum-bench table --format json` prints the results")
    shard = None if options.shard is None else Shard.parse(options.shard)
    if not options.plan:
        check_out(options.out, RUN_DIRECTORY, "run directory")
    suite = _suite(options)
    with launched_processes(options.device, options.workers, options.executor):
        only = Only(options.only)
        cells = distributed.main_first(lambda: plan(suite, options.data, only))
        if options.backbone is not None and (problem := next((cell.problem for cell in cells if cell.problem), None)):
            raise TodsumError(problem)
        if shard and not (cells := shard.of(cells)):
            tell(f"shard {options.shard}: no cell is left for it")
            return
        bands = bands_of(suite.bands, cells) if shard or only.chooses else suite.bands
        if distributed.is_main():
            for line in dict.fromkeys(line for cell in cells for line in cell.settings.warnings()):
                tell(line)
        how = Options(options.out, options.device, threads=options.threads or default_threads())
        code = _show_plan(cells, options, how) if options.plan else _run(cells, suite, bands, options, how)
    if code:
        raise click.exceptions.Exit(code)


def _suite(options: RunOptions) -> Suite:
    """The suite as the options change it."""
    from todsum.bench.suite import read_suite
    from todsum.cli.shipped import suite_path

    suite = read_suite(suite_path(options.suite))
    given = click.get_current_context().get_parameter_source
    if suite.simulate and (options.protocol or given("data") is ParameterSource.COMMANDLINE):
        raise TodsumError(f"suite {suite.name} makes its own data: leave out --data and --protocol")
    changes = {"protocol": options.protocol, "backbone": options.backbone}
    return suite.model_copy(update={name: value for name, value in changes.items() if value is not None})


def _show_plan(cells: Sequence[Cell], options: RunOptions, how: Options) -> int:
    """Prints what a run would do."""
    from todsum.cli.executing import workers_that_fit
    from todsum.cli.plan import print_plan

    if distributed.is_main():
        fitting = partial(workers_that_fit, options=how, per_gpu=options.per_gpu)
        at_once = 1 if options.executor == "ray" else options.workers or fitting
        print_plan(cells, options.out, options.past, at_once, options.json, how.device, how.threads)
    return 0


def _run(cells: Sequence[Cell], suite: Suite, bands: Sequence[Band], options: RunOptions, how: Options) -> int:
    """Runs the cells, prints their table, writes the pages; returns the exit code."""
    from todsum.cli.executing import executor_of
    from todsum.cli.results import print_tables, read_run, write_pages
    from todsum.cli.running import exit_code, run_with_progress
    from todsum.files.writing import check_writable

    executor = executor_of(options, how)
    check_writable(options.out)
    outcomes = run_with_progress(cells, how, executor)
    code = exit_code(outcomes)
    if distributed.is_main() and (tables := read_run(options.out, outcomes)):
        in_bands = print_tables(tables, bands)
        code = code or int(not in_bands)
        if options.report:
            write_pages(tables, options.out, options.data, suite.simulate)
    return code
