"""Untrained methods on MTS-Dialog against a slow script: the csv module, a line a turn, plain rouge-score."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rouge_score.rouge_scorer import RougeScorer

from tests.methods.test_oracle import slow_choice
from todsum.data.builder import build
from todsum.data.schema import Example, from_rows
from todsum.data.views import Input, show
from todsum.methods.registry import method_class
from todsum.metrics.base import Gold
from todsum.metrics.rouge import Rouge

SETS = {"test-1": "TestSet-1-MEDIQA-Chat-2023", "test-2": "TestSet-2-MEDIQA-Sum-2023"}
SCORES = ["rouge1", "rouge2", "rougeL"]
SPEAKER = re.compile(r"\"?\w+: *")


@pytest.fixture(scope="module")
def examples(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Example]:
    if not (data_dir / "mts-dialog").is_dir():
        pytest.skip("no mts-dialog/ in the data folder")
    built = build("mts-dialog", data_dir, splits=("test",), cache=tmp_path_factory.mktemp("cache"))
    return show(from_rows(built.splits["test"]), Input("dialogue"))[0]


@pytest.fixture(scope="module")
def published(data_dir: Path) -> dict[str, tuple[list[str], str]]:
    """Turns and reference by id."""
    found = {}
    for begin, name in SETS.items():
        path = data_dir / "mts-dialog" / "Main-Dataset" / f"MTS-Dialog-{name}.csv"
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                turns: list[str] = []
                for line in filter(None, (" ".join(line.split()) for line in row["dialogue"].splitlines())):
                    if SPEAKER.match(line):
                        turns.append(SPEAKER.sub("", line, count=1))
                    else:
                        turns[-1] += f" {line}"
                found[f"{begin}-{row['ID']}"] = (turns, row["section_text"])
    return found


def longest(turns: list[str], reference: str) -> list[int]:
    ranked = sorted((-len(turn.split()), place) for place, turn in enumerate(turns))
    return sorted(place for _, place in ranked[:3])


CHOICES: list[tuple[str, int, Callable[[list[str], str], list[int]]]] = [
    ("lead-3", 1, lambda turns, reference: list(range(len(turns)))[:3]),
    ("longest-3", 1, longest),
    ("oracle", 16, lambda turns, reference: sorted(slow_choice(turns, reference, "r1+r2", 5))),
]


@pytest.mark.parametrize(("name", "step", "choose"), CHOICES, ids=[name for name, *_ in CHOICES])
def test_figures_are_those_of_a_slow_script(
    name: str,
    step: int,
    choose: Callable[[list[str], str], list[int]],
    examples: list[Example],
    published: dict[str, tuple[list[str], str]],
) -> None:
    kind: Any = method_class(name)
    tested = examples[::step]
    assert len(examples) == 400 == len(published)
    summaries = kind(kind.Settings()).summarize(tested)
    scorer = RougeScorer(SCORES, use_stemmer=True)
    for example, summary in zip(tested, summaries, strict=True):
        turns, reference = published[example.id]
        expected = "\n".join(turns[place] for place in choose(turns, reference))
        assert summary == expected, example.id
        figures = Rouge().score(summary, Gold.from_example(example))
        assert {s: figures[s] for s in SCORES} == {s: f.fmeasure for s, f in scorer.score(reference, expected).items()}
