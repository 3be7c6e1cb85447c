"""What an executor is, and how a suite's cells are handed to one."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Protocol

from todsum import distributed
from todsum.bench.cell import Cell
from todsum.bench.job import Options
from todsum.bench.runner import Outcome, cached_cell, run_cell


class Executor(Protocol):
    """A place to run cells in."""

    def run(self, cells: Sequence[Cell], options: Options) -> Iterator[Outcome]:
        """Runs cells and yields how each ended, in the order of their ends.

        Whatever happens to a cell, or to the process that runs it, there is one outcome for it. Closed early, or
        interrupted, it leaves no process behind.

        Args:
            cells: none of them cached.
            options: how to run.

        Raises:
            TodsumError: cells can't be run in this place at all.
        """


def run_cells(cells: Sequence[Cell], options: Options, executor: Executor) -> Generator[Outcome, None, None]:
    """Runs cells, those that are finished already left out, and yields how each ended.

    Args:
        cells: from :func:`todsum.bench.cell.plan`; the same ones in all processes of a launcher.
        options: how to run.
        executor: where to run what has to be run; nothing is started where nothing has.

    Raises:
        TodsumError: a result can't be read, or the executor can't run.
    """
    missing: list[Cell] = []
    for cell in cells:
        # The processes of a launcher have to agree on each cell: there, the one that holds it looks.
        if distributed.count() == 1 and (cached := cached_cell(cell, options)):
            yield cached
        else:
            missing.append(cell)
    if missing:
        yield from executor.run(missing, options)


class InProcess:
    """The simplest executor. A cell that kills its process ends the run, which then goes on where it was."""

    def run(self, cells: Sequence[Cell], options: Options) -> Iterator[Outcome]:
        """Runs one cell after the other."""
        return (run_cell(cell, options) for cell in cells)
