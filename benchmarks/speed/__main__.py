"""Every ratio of the suite in one run.

    python benchmarks/speed --data DIR [--quick] [--only NAME …] [--out DIR]

Runs each part in a process of its own, one after the other, on the CPU and, where there is one, on a GPU. Nothing else
should run on the machine. OUT/speed.json has the machine, the figures with their limits, and all that the parts
printed; it is written after each part. Run again, parts that are there for the same commit and options are kept.
OUT/speed.svg shows the figures, which are printed, too. Exit code 1: a part failed, for the reason that the file tells;
limits that are not met are only said to be so.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from figures import as_text, judge
from machine import describe, in_words
from parts import CPU, CUDA, PARTS, runs
from plot import draw
from report import SPEED, Report, collect

from todsum.provenance import git_state


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python benchmarks/speed", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [part.name for part in PARTS]
    parser.add_argument("--data", type=Path, required=True, help="folder with todsum/ and qmsum/ in it")
    parser.add_argument("--out", type=Path, default=Path("runs/speed"), help="default: %(default)s")
    parser.add_argument("--quick", action="store_true", help="minutes rather than half an hour, and rough figures")
    parser.add_argument("--only", nargs="+", choices=names, metavar="NAME", help=f"of {', '.join(names)}")
    parser.add_argument("--device", nargs="+", choices=(CPU, CUDA), help="default: all that there are")
    parser.add_argument("--again", action="store_true", help="measure what is there, too")
    parser.add_argument("--timeout", type=float, default=3600, help="seconds for a part, default: %(default)s")
    options = parser.parse_args()
    machine = describe()
    say(in_words(machine))
    devices = options.device or [CPU, *([CUDA] if machine["gpu"] else [])]
    if CUDA in devices and not machine["gpu"]:
        parser.error("--device cuda: there is no GPU")
    try:
        report = Report.open(options.out, machine, git_state())
    except (OSError, ValueError, KeyError) as error:
        parser.error(f"{options.out / SPEED}: can't be gone on with: {error}")
    chosen = [part for part in PARTS if options.only is None or part.name in options.only]
    planned = runs(chosen, devices, options.quick)
    try:
        failed = collect(report, planned, options.data, options.again, options.timeout, say)
    except KeyboardInterrupt:
        say("stopped; the same command goes on from here")
        return 130
    report.write()
    draw(report.parts, in_words(machine), options.out / "speed.svg")
    print(as_text(judge(report.parts)))
    if options.quick:
        say("a quick run: its figures are rough, and its cells too short for two workers to gain much")
    if older := [key for key, part in report.parts.items() if part["commit"] != report.git["commit"]]:
        say(f"measured at other commits: {', '.join(older)}")
    say(f"{options.out / SPEED}{'; failed: ' + ', '.join(failed) if failed else ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
