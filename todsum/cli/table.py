"""``todsum-bench table``: the results table."""

from __future__ import annotations

from pathlib import Path

import click

from todsum.cli.paths import PATH, RUN_DIRECTORY, check_out
from todsum.terminal import say, tell


@click.command()
@click.argument("runs", type=PATH)
@click.option("--format", default="md", show_default=True, help="One or more of md,csv,latex,json.")
@click.option("--out", type=PATH, help="Write table.md, … into this folder instead of printing.")
@click.option("--cost", is_flag=True, help="Show device-seconds and peak memory beside the scores.")
def table(runs: Path, format: str, out: Path | None, cost: bool) -> None:
    """Print the results table of the run directory RUNS.

    Scores are × 100; cells that failed, were dropped or are not finished are shown as such, with their reason.

    With --cost each method's row tells what one of its cells took, and all of them: seconds of training and summarizing
    times the processes that shared them, and the largest peak memory. Cells that ran on different devices, machines or
    numbers of threads are told apart below the table.

    \b
    todsum-bench table runs --cost
    todsum-bench table runs --format csv,json --out results
    """
    from todsum.errors import TodsumError
    from todsum.human.placed import with_ratings
    from todsum.report.formats import FILES, check_formats, read_tables, render, write_tables

    names = check_formats([name.strip() for name in format.split(",") if name.strip()])
    if out is None and len(names) > 1:
        raise TodsumError(f"--format {format}: several formats need a folder: add --out DIR")
    if out is not None:
        check_out(out, (*RUN_DIRECTORY, *FILES.values()), "folder of tables")
    tables = with_ratings(read_tables(runs), runs)
    if out is None:
        say(render(tables, names[0], cost), nl=False)
        return
    for path in write_tables(tables, names, out, cost):
        tell(path)
