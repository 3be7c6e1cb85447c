"""What the suite itself costs a cell, from 100 to 10,000 of them, and how long a finished suite takes to run again.

Run as ``python benchmarks/speed/cells.py [--cells 100 1000 10000]``; prints one JSON object. The cells are lead-n, for
n from 1 on, on simulated dialogues; each suite is run by the command line, in this order, one cell after the other.
The overhead is the wall time of the whole command (start, data build, planning, files, table) but for what the cells
say that they spent in fit, summarize and score, divided by their number. ``growth`` is the overhead of a cell among the
most against one among 1,000. Run again, nothing is to do but to find that and to print the table; median of the rounds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

from suites import results, run_suite, work_seconds

COMPARED = 1_000
SUITE = """\
name: many
description: Many cheap cells.
simulate: {{dialogues: {dialogues}, seed: 0}}
grids:
  - dataset: todsum
    settings: [in-domain]
    methods:
"""
METHOD = "      - {{name: lead-3, label: lead-{n}, settings: {{n: {n}}}}}\n"


def measure(cells: int, dialogues: int, rounds: int, folder: Path) -> dict[str, Any]:
    suite, runs = folder / "many.yaml", folder / "runs"
    lines = (METHOD.format(n=n) for n in range(1, cells + 1))
    suite.write_text(SUITE.format(dialogues=dialogues) + "".join(lines), encoding="utf-8")
    first = run_suite(suite, runs)
    found = results(runs)
    if len(found) != cells:
        raise RuntimeError(f"{len(found)} of {cells} cells were finished")
    work = work_seconds(found)
    again = [run_suite(suite, runs) for _ in range(rounds)]
    return {
        "cells": cells,
        "examples": next(iter(found.values()))["n"],
        "first_run_seconds": first.seconds,
        "first_run_cpu_seconds": first.cpu_seconds,
        "work_seconds": work,
        "overhead_ms": 1000 * (first.seconds - work) / cells,
        "again_seconds": statistics.median(took.seconds for took in again),
        "again_cpu_seconds": statistics.median(took.cpu_seconds for took in again),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, nargs="+", default=[100, COMPARED, 10_000], help="in each suite")
    parser.add_argument("--dialogues", type=int, default=60, help="simulated ones; a tenth is for testing")
    parser.add_argument("--rounds", type=int, default=3, help="how often the finished suite is run again")
    options = parser.parse_args()
    sizes = []
    for cells in options.cells:
        with tempfile.TemporaryDirectory() as folder:
            sizes.append(measure(cells, options.dialogues, options.rounds, Path(folder)))
    by_cells = {size["cells"]: size for size in sizes}
    compared, most = by_cells.get(COMPARED), by_cells[max(by_cells)]
    growth = most["overhead_ms"] / compared["overhead_ms"] if compared and most is not compared else None
    report = {
        "sizes": sizes,
        "most_overhead_ms": max(size["overhead_ms"] for size in sizes),
        "growth": growth,
        "most_cells": most["cells"],
        "again_seconds_of_1000": compared["again_seconds"] if compared else None,
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
