"""Runs many cells: in this process, or in several on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from multiprocessing import get_context

from todsum.bench.cell import Cell
from todsum.bench.runner import Options, Outcome, run_cell


def run_cells(cells: Sequence[Cell], options: Options, workers: int = 1) -> Iterator[Outcome]:
    """Runs cells and yields how each ended, in the order of their ends.

    Args:
        cells: from :func:`todsum.bench.cell.plan`; the same ones in all processes of a launcher.
        options: how to run.
        workers: processes; with more than one, each has its share of the cores.
    """
    if workers <= 1 or len(cells) <= 1:
        for cell in cells:
            yield run_cell(cell, options)
        return
    threads = max(1, (os.cpu_count() or 1) // workers)
    quiet = replace(options, log=_nothing, scoring_workers=1)
    context = get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_share_cores, initargs=(threads,)) as pool:
        waiting = {pool.submit(run_cell, cell, quiet): cell for cell in cells}
        for done in as_completed(waiting):
            try:
                yield done.result()
            except Exception as error:  # a worker that died takes its cell with it, not the run
                yield Outcome(waiting[done].spec, "failed", f"{type(error).__name__}: {error}")


def _nothing(line: str) -> None:
    """Workers don't write to the terminal."""


def _share_cores(threads: int) -> None:
    os.environ["OMP_NUM_THREADS"] = str(threads)
