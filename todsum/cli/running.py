"""Running a suite's cells with progress on stderr."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from todsum import distributed
from todsum.counted import counted
from todsum.terminal import one_line

if TYPE_CHECKING:
    from todsum.bench.cell import Cell
    from todsum.bench.executors import Executor
    from todsum.bench.job import Options
    from todsum.bench.runner import Outcome

#: Exit code of a run beside another one that is still running some of its cells.
BUSY = 3
#: Seconds between lines of progress where stderr is no terminal.
QUIET = 30.0


def run_with_progress(cells: Sequence[Cell], options: Options, executor: Executor) -> list[Outcome]:
    """Runs cells with progress on stderr.

    Args:
        cells: to run, or to find finished.
        options: how to run; lines of progress go to the terminal.
        executor: where to run.

    Returns:
        how each ended, in the order of their ends. Cells that another process was running are looked at again when
        all others have ended.
    """
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from todsum.bench.executors import run_cells
    from todsum.bench.runner import cached_cell
    from todsum.console import Console

    console = Console(quiet=not distributed.is_main())
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    ended: list[Outcome] = []
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("cells", total=len(cells))
        spoke = time.monotonic()

        def log(line: str) -> None:
            nonlocal spoke
            bar.update(task, description=one_line(line)[:60])
            if not console.is_terminal and time.monotonic() - spoke > QUIET:
                spoke = time.monotonic()
                console.print_line(line)

        with closing(run_cells(cells, replace(options, log=log), executor)) as outcomes:
            for outcome in outcomes:
                ended.append(outcome)
                bar.advance(task)
                if outcome.state != "cached":
                    reason = f": {outcome.reason}" if outcome.reason else ""
                    line = f"{outcome.state:8} {outcome.spec.folder()} ({outcome.spec.label}){reason}"
                    console.print_line(line)
    if distributed.count() == 1:  # the processes of a launcher have to agree on each cell
        by_spec = {cell.spec.key(): cell for cell in cells}
        busy = {outcome.spec.key() for outcome in ended if outcome.state == "busy"}
        finished = {key: found for key in busy if (found := cached_cell(by_spec[key], options))}
        ended = [finished.get(outcome.spec.key(), outcome) for outcome in ended]
    counts = sorted(Counter(outcome.state for outcome in ended).items())
    summary = ", ".join(f"{count} {state}" for state, count in counts)
    line = f"{counted(len(cells), 'cell')}: {summary}; results in {options.runs}"
    console.print_line(line)
    if any(outcome.state == "busy" for outcome in ended):
        line = f"another process is running cells in {options.runs}: wait for it, then run the same command again"
        console.print_line(line)
    return ended


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """0 where all cells are done, 1 where some failed, :data:`BUSY` where another process still runs some."""
    states = {outcome.state for outcome in outcomes}
    return 1 if "failed" in states else BUSY if "busy" in states else 0
