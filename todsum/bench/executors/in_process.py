"""Cells one after the other, in this process, or in all of a launcher's at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from todsum.bench.cell import Cell
from todsum.bench.job import Options
from todsum.bench.runner import Outcome, run_cell


class InProcess:
    """The simplest executor. A cell that kills its process ends the run, which then goes on where it was."""

    def run(self, cells: Sequence[Cell], options: Options) -> Iterator[Outcome]:
        """Runs one cell after the other."""
        return (run_cell(cell, options) for cell in cells)
