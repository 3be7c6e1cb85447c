"""``todsum-bench quickstart``."""

from __future__ import annotations

import os
from pathlib import Path

import click

from todsum.cli.options import device_option
from todsum.cli.paths import PATH, RUN_DIRECTORY, check_out
from todsum.terminal import tell


@click.command()
@click.option("--out", default="quickstart", show_default=True, type=PATH, help="Run directory.")
@device_option
def quickstart(out: Path, device: str) -> None:
    """Run a first comparison, from nothing to a table, in minutes and without network.

    Simulated dialogues, the suite `quickstart`: heuristics, the gold state as sentences, and the small backbone
    `todsum-mini` fine-tuned here: without the state, with it in front of the dialogue, and with it in a second encoder,
    tested on domains that none of it has seen. Again: only what is missing. The table is printed and kept as table.md
    and table.json; report/index.html shows it as pages, with every dialogue and summary.
    """
    from todsum.bench.cell import plan
    from todsum.bench.executors import LocalProcesses
    from todsum.bench.job import Options
    from todsum.bench.suite import read_suite
    from todsum.cli.devices import check_device
    from todsum.cli.results import print_tables, read_run, write_pages
    from todsum.cli.running import BUSY, exit_code, run_with_progress
    from todsum.cli.shipped import suite_path
    from todsum.files.writing import check_writable
    from todsum.report.formats import write_tables

    check_device(device)
    check_out(out, RUN_DIRECTORY, "run directory")
    check_writable(out)
    suite = read_suite(suite_path(Path("quickstart")))
    cells = plan(suite, None)
    outcomes = run_with_progress(cells, Options(out, device), LocalProcesses(min(2, os.cpu_count() or 1)))
    code = exit_code(outcomes)
    if tables := read_run(out, outcomes):
        print_tables(tables)
    if code != BUSY:  # else whoever runs the other cells writes their table
        write_tables(tables, ["md", "json"], out)
        write_pages(tables, out, None, suite.simulate)
        tell(f"kept in {out / 'table.md'}; next: todsum-bench run heuristics --data DIR --out runs")
    if code:
        raise click.exceptions.Exit(code)
