"""How much sooner a suite of equal cells is done by more workers on one machine, and that its results are the same.

Run as ``python benchmarks/speed/workers.py [--workers 1 2]``; prints one JSON object. Each cell trains a small model
from scratch on simulated dialogues, with one thread, for as many steps as the others and with a seed of its own; the
times are of the whole command. The same are ``predictions.jsonl``, byte for byte, and ``result.json`` but for
its provenance. By default 1, 2, 4 … workers are tried, up to the cores that there are.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from suites import Took, results, run_suite

SUITE = """\
name: equal
description: Cells that take as long as each other.
simulate: {{dialogues: 400, seed: 0}}
backbone: scratch
grids:
  - dataset: todsum
    settings: [in-domain]
    methods:
      - name: finetune
        settings: {{max_steps: {steps}, max_source_tokens: 256, max_target_tokens: 32, min_target_tokens: 32}}
    seeds: {seeds}
"""


def cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def counts(most: int) -> list[int]:
    """1, 2, 4 … and the most itself."""
    return sorted({2**power for power in range(most.bit_length()) if 2**power <= most} | {most})


def outcome(runs: Path) -> dict[str, str]:
    """A checksum of each cell's predictions, and of its result but for the provenance."""
    found = {}
    for cell, result in results(runs).items():
        del result["provenance"]
        content = (runs / cell / "predictions.jsonl").read_bytes() + json.dumps(result, sort_keys=True).encode()
        found[cell] = hashlib.sha256(content).hexdigest()
    return found


def measure(suite: Path, workers: int) -> tuple[Took, dict[str, str]]:
    with tempfile.TemporaryDirectory(dir=suite.parent) as folder:
        runs = Path(folder) / "runs"
        run_suite(suite, runs, "--plan")  # the data are built
        took = run_suite(suite, runs, "--device", "cpu", "--threads", "1", "--workers", str(workers))
        return took, outcome(runs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=counts(cores()), help="default: up to the cores")
    parser.add_argument("--cells", type=int, help="default: two for each worker, eight at least")
    parser.add_argument("--steps", type=int, default=200, help="of training, in each cell")
    options = parser.parse_args()
    most = max(options.workers)
    cells = options.cells or max(8, 2 * most)
    tried: list[dict[str, Any]] = []
    outcomes = []
    with tempfile.TemporaryDirectory() as folder:
        suite = Path(folder) / "equal.yaml"
        suite.write_text(SUITE.format(steps=options.steps, seeds=list(range(cells))), encoding="utf-8")
        for workers in sorted({1, *options.workers}):
            took, found = measure(suite, workers)
            outcomes.append(found)
            tried.append({"workers": workers, "seconds": took.seconds, "cpu_seconds": took.cpu_seconds})
    for one in tried:
        one["times_faster"] = tried[0]["seconds"] / one["seconds"]
    report = {
        "cells": cells,
        "steps": options.steps,
        "cores": cores(),
        "tried": tried,
        "two_workers_ratio": next((one["times_faster"] for one in tried if one["workers"] == 2), None),
        "same_results": len(outcomes[0]) == cells and all(found == outcomes[0] for found in outcomes),
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
