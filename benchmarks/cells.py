"""What is kept of finished cells beside their table: a JSON line a cell, without texts and per-example figures.

    python benchmarks/cells.py RUNS > cells.jsonl

Key, settings, scores × 100, signatures, leak report, facts of training and provenance (commit, packages, machine, wall
time of the whole cell in seconds, peak memory). Sorted by data set, setting, target, label and seed.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from todsum.bench.result import read_runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", type=Path)
    results = [record.result for record in read_runs(parser.parse_args().runs) if record.result]
    for result in sorted(results, key=lambda r: (*r.spec.folder().parts[:3], r.spec.label, r.spec.seed)):
        kept = result.model_dump(mode="json", include={"key", "spec", "n", "signatures", "leak", "notes", "facts"})
        kept["scores"] = {name: value if value is None else 100 * value for name, value in result.scores.items()}
        print(json.dumps(kept | {"provenance": result.provenance}, sort_keys=True))


if __name__ == "__main__":
    main()
