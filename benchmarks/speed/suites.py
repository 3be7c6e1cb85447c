"""Suites that are run by the command line, in a folder of their own, and what their cells left."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: What a cell's overhead is not.
WORK = ("fit", "summarize", "score")


@dataclass(frozen=True)
class Took:
    """What a command took: seconds on the clock, and of all its processes on all cores."""

    seconds: float
    cpu_seconds: float


def run_suite(suite: Path, runs: Path, *options: str) -> Took:
    """Runs ``todsum-bench run`` in a process of its own.

    Args:
        suite: the file.
        runs: the run directory; tables of built data are kept beside it, so that none is there from before.
        options: of the command.

    Raises:
        RuntimeError: it did not end well; the message has the end of what it said.
    """
    command = [sys.executable, "-m", "todsum", "run", str(suite), "--out", str(runs), *options]
    environment = os.environ | {"TODSUM_CACHE": str(runs.parent / "cache")}
    start, busy = time.perf_counter(), _cpu_seconds()
    done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    took = Took(time.perf_counter() - start, _cpu_seconds() - busy)
    if done.returncode:
        raise RuntimeError(f"{suite.name}: exit code {done.returncode}: {' '.join(done.stderr.split())[-500:]}")
    return took


def results(runs: Path) -> dict[str, dict[str, Any]]:
    """What each cell's ``result.json`` holds, by its folder in the run directory."""
    found = sorted(runs.rglob("result.json"))
    return {str(path.parent.relative_to(runs)): json.loads(path.read_bytes()) for path in found}


def work_seconds(cells: dict[str, dict[str, Any]]) -> float:
    """Wall seconds that cells spent in fit, summarize and score."""
    return sum(float(cell["provenance"]["seconds"][stage]) for cell in cells.values() for stage in WORK)


def _cpu_seconds() -> float:
    used: Any = resource.getrusage(resource.RUSAGE_CHILDREN)
    return float(used.ru_utime + used.ru_stime)
