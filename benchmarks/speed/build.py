"""How long the published data sets take to build, against reading their files as JSON and opening them built.

Run as ``python benchmarks/speed/build.py --data DIR``; prints one JSON object. TODSum is built by the low-resource
protocol, QMSum in full, each checked and written into an empty folder, then opened from there, where the checksums of
the source are all that is computed again. ``json`` is nothing but ``json.loads`` of the files.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from todsum.data.builder import build

PROTOCOLS = {"todsum": "low-resource", "qmsum": "full"}


def seconds(name: str, data: Path, cache: Path) -> tuple[float, int]:
    """And the number of examples."""
    start = time.perf_counter()
    built = build(name, data, PROTOCOLS[name], cache=cache)
    return time.perf_counter() - start, sum(len(split) for split in built.splits.values())


def json_seconds(name: str, data: Path) -> float:
    """Parsing all JSON files of the splits."""
    files = sorted((data / name / {"todsum": "todsum", "qmsum": "data"}[name]).rglob("*.json"))
    start = time.perf_counter()
    for path in files:
        json.loads(path.read_bytes())
    return time.perf_counter() - start


def measure(name: str, data: Path, rounds: int) -> dict[str, Any]:
    first, again, plain = [], [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            took, examples = seconds(name, data, Path(folder))
            first.append(took)
            again.append(seconds(name, data, Path(folder))[0])
        plain.append(json_seconds(name, data))
    return {
        "examples": examples,
        "seconds": {"build": first, "open": again, "json": plain},
        "ratio": statistics.median(a / b for a, b in zip(first, again, strict=True)),
        "ratio_to_json": statistics.median(a / b for a, b in zip(first, plain, strict=True)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with todsum/ and qmsum/ in it")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:  # imports
        seconds("todsum", options.data, Path(folder))
    print(json.dumps({name: measure(name, options.data, options.rounds) for name in PROTOCOLS}, indent=2))


if __name__ == "__main__":
    main()
