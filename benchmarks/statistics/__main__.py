"""How often the suite's intervals and tests err, by simulation.

    python benchmarks/statistics [--out DIR] [--replications N]
    python benchmarks/statistics --measure DATA

The first simulates studies of two methods at the variances of real cells, which lie in OUT/components.json, and writes
OUT/results.json, OUT/results.md and OUT/results.svg. It needs no data. The second estimates those variances from the
stored predictions of the leaderboard, and writes OUT/components.json. Exit code 1: a rate is out of the bounds that the
chosen test has to keep at real variances.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from components import measure, read, write
from plot import draw
from report import markdown, out_of_bounds
from simulate import GROUPS, SEEDS, rates
from studies import Study, studies

HERE = Path(__file__).parent


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def simulate(found: list[Study], replications: int, seed: int) -> list[dict[str, object]]:
    """A record for each study and size."""
    records: list[dict[str, object]] = []
    for study in found:
        for seeds in SEEDS:
            for groups in GROUPS:
                runs = (seeds, 1 if study.untrained else seeds)
                number = replications if study.replications is None else min(replications, study.replications)
                percents = rates(study.world, runs, groups, number, seed, study.rivals)
                place = {"study": study.name, "real": study.real, "seeds": seeds, "groups": groups}
                records.append({**place, "replications": number, **percents})
        say(f"simulated: {study.name}")
    return records


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python benchmarks/statistics",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, default=HERE / "results", help="default: %(default)s")
    parser.add_argument("--replications", type=int, default=6000, help="studies of each size, default: %(default)s")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--measure", type=Path, metavar="DATA", help="folder with todsum/ and qmsum/ in it")
    parser.add_argument("--leaderboard", type=Path, default=HERE.parent.parent / "leaderboard", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    components = options.out / "components.json"
    if options.measure:
        write(measure(options.leaderboard, options.measure, say), components)
        say(str(components))
        return 0
    if not components.exists():
        parser.error(f"{components}: no variances; python benchmarks/statistics --measure DATA makes them")
    records = simulate(studies(read(components)), options.replications, options.seed)
    body = ",\n ".join(map(json.dumps, records))
    (options.out / "results.json").write_text(f"[\n {body}\n]\n", encoding="utf-8")
    text = markdown(records)
    (options.out / "results.md").write_text(text, encoding="utf-8")
    draw(records, options.out / "results.svg")
    print(text)
    problems = out_of_bounds(records)
    for line in problems:
        say(line)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
