"""What a Ray task does."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from todsum.bench.cell import Cell
from todsum.bench.job import Options
from todsum.bench.runner import Outcome, run_cell

#: Seconds that a process lives on, at most, whose node has been given up, and which holds its cell until then.
BUSY_FOR = 60.0


def run_task(cell: Cell, options: Options, folder: Path) -> Outcome:
    """Runs one cell.

    Args:
        cell: the cell.
        options: how to run it.
        folder: that relative paths start from.
    """
    with suppress(OSError):  # a node without that folder can do without it where all paths are absolute
        os.chdir(folder)
    options = replace(options, scoring_workers=1)
    until = time.monotonic() + BUSY_FOR
    while (outcome := run_cell(cell, options)).state == "busy" and time.monotonic() < until:
        time.sleep(1)
    return outcome
