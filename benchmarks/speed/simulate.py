"""How fast simulated dialogues are made, written and built, and how much memory that takes.

Run as ``python benchmarks/speed/simulate.py [--dialogues 1000000] [--build]``; prints one JSON object. Each stage runs
in a process of its own, so that its peak memory (resident, in MiB) is its own.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def write(out: Path, dialogues: int) -> None:
    from todsum.data.simulate import simulate

    simulate(out, dialogues, seed=0, meetings=0)


def build(out: Path, dialogues: int) -> None:
    from todsum.data.builder import build

    built = build("todsum-sim", out, cache=out.parent / "tables")
    assert sum(len(split) for split in built.splits.values()) == dialogues


STAGES = {"write": write, "build": build}


def measure(stage: str, out: Path, dialogues: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--dialogues", str(dialogues), "--stage", stage, "--out", str(out)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def run(stage: str, out: Path, dialogues: int) -> dict[str, float]:
    start, busy = time.perf_counter(), time.process_time()
    STAGES[stage](out, dialogues)
    seconds, cpu = time.perf_counter() - start, time.process_time() - busy
    return {
        "seconds": seconds,
        "cpu_seconds": cpu,
        "dialogues_per_second": dialogues / seconds,
        "dialogues_per_cpu_second": dialogues / cpu,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dialogues", type=int, default=1_000_000)
    parser.add_argument("--build", action="store_true", help="also build the data set from the files")
    parser.add_argument("--stage", choices=STAGES, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        print(json.dumps(run(options.stage, options.out, options.dialogues)))
        return
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "simulated"
        stages = ["write", "build"] if options.build else ["write"]
        figures = {stage: measure(stage, out, options.dialogues) for stage in stages}
        size = sum(path.stat().st_size for path in out.rglob("*.json")) / 2**20
    print(json.dumps({"dialogues": options.dialogues, "written_mib": size, **figures}, indent=2))


if __name__ == "__main__":
    main()
