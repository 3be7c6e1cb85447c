"""How each documented command is tested: the first rule that fits decides."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal


def fill_in_sheets(place: Path) -> None:
    """What three raters send back."""
    for number, name in enumerate(("ann", "ben", "eve"), 1):
        with (place / "rating" / f"rater-{number}" / "items.csv").open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
        for row in rows:
            row.update(dict.fromkeys(("informative", "faithful", "fluent", "redundant"), str(number + 1)))
        with (place / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        pattern: a regular expression; has to fit a command from its beginning.
        how: ``run`` it on small data; ``plan`` it, with ``--plan``; or only ``parse`` it: click accepts every option
            and argument. ``pip`` and ``other`` are other programs.
        why: why it is not run, or not as it stands.
        swaps: texts of the command and what stands in their place on the test's data.
        before: what a person does before it.
    """

    pattern: str
    how: Literal["run", "plan", "parse", "pip", "other"]
    why: str = ""
    swaps: tuple[tuple[str, str], ...] = ()
    before: Callable[[Path], None] | None = None

    def fits(self, shown: str) -> bool:
        return re.match(self.pattern, shown) is not None


FULL = (" --protocol low-resource", "")  # the small data has too few validation dialogues to cut them in two
NO_HUB = (("facebook/bart-base", "todsum-mini"), ("facebook/bart-large", "todsum-mini"), FULL, (" --device cuda", ""))
BART = ((" --out ", " --backbone todsum-mini --out "), ("dataset=todsum ", "dataset=todsum-sim "), *NO_HUB)

RULES = (
    # Other programs.
    Rule(r"python3 -m venv \.venv$", "other", "makes what the test runs in"),
    Rule(r"tox$", "other", "runs these tests"),
    Rule(r"python benchmarks/files_called\.py$", "other", "counts files for a reader, for seconds"),
    Rule(r"sbatch ", "other", "needs SLURM; tests/cli/test_run.py runs its script as one of three jobs"),
    Rule(r"export OPENAI_BASE_URL=", "other", "the test sets it"),
    Rule(r"pip install ", "pip", "needs a package index: files, extras and pins are checked"),
    # Hours, minutes, or a machine that a test has not.
    Rule(r"todsum-bench quickstart$", "parse", "trains for minutes; tests/cli/test_run.py runs it in small"),
    Rule(
        r"accelerate launch .* run dop_bart_large ",
        "plan",
        "needs GPUs, hub and hours; tests/bench/test_launched.py launches",
        BART,
    ),
    Rule(r"accelerate launch ", "plan", "as above", NO_HUB),
    Rule(r"todsum-bench run dop_bart_large ", "plan", "needs a GPU, the hub and hours", BART),
    Rule(
        r"todsum-bench run dop_smollm ",
        "plan",
        "needs a package of 93 MB and hours",
        ((" --out ", " --protocol full --backbone todsum-mini --out "),),
    ),
    Rule(r"todsum-bench run zero_shot ", "plan", "trains for hours", NO_HUB),
    Rule(r"todsum-bench run llm ", "plan", "needs a server", ((" --out ", " --protocol full --out "),)),
    Rule(r"todsum-bench data check hub:org/name ", "parse", "needs the hub; the same on a folder is run"),
    Rule(
        r"todsum-bench score --dataset hub:org/name ", "parse", "needs the hub; tests/cli/test_score.py takes a folder"
    ),
    # Run as they stand, but for names that only the reader's own data have.
    Rule(
        r"todsum-bench compare runs --system ('dop, target words'|state-aware) ",
        "run",
        "the rows are those of a GPU run",
        (
            ("'dop, target words'", "state-template"),
            ("'dop, no words'", "lead-3"),
            ("state-aware", "state-template"),
            ("'finetune + state'", "lead-3"),
        ),
    ),
    Rule(r"todsum-bench score --cell CELL ", "run", "a cell of the test", (("CELL", "cell"),)),
    Rule(
        r"todsum-bench summarize --model runs/",
        "run",
        "a cell of the test",
        (("runs/todsum/in-domain/all/finetune/1-1a2b3c4d", "cell"),),
    ),
    Rule(
        r"todsum-bench human export ",
        "run",
        "simulated data has its own name",
        (("dataset=todsum", "dataset=todsum-sim --examples 4"),),
    ),
    Rule(r"todsum-bench human import ", "run", before=fill_in_sheets),
    Rule(
        r"todsum-bench leaderboard validate leaderboard/submissions/my-summarizer ",
        "run",
        "a submission of the test",
        (("my-summarizer", "state-template"),),
    ),
    Rule(
        r"todsum-bench leaderboard add (RUNS|runs)\b",
        "run",
        "simulated data of one's own is named",
        (
            ("add RUNS", "add runs --data DIR --replace"),
            ("add runs --leaderboard", "add runs --data DIR --leaderboard"),
        ),
    ),
    Rule(r"todsum-bench leaderboard (validate|score|build)\b", "run"),
    Rule(r"todsum-bench run (heuristics|docs/examples/\S+) ", "run"),
    Rule(r"todsum-bench (suites|methods|table|compare|score|data (build|push|check|show|stats))\b", "run"),
)


UNKNOWN = Rule("", "parse", "no rule says how to test it")


def rule_for(shown: str) -> Rule:
    """The rule of a command; :data:`UNKNOWN` where there is none."""
    return next((rule for rule in RULES if rule.fits(shown)), UNKNOWN)
