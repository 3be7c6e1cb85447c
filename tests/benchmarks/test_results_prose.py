"""Every figure in the prose of the results is one that is committed beside it; and the check of that can fail."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.prose.claims import Claim, claims
from tests.benchmarks.prose.sources import is_setting, problem, rests
from tests.conftest import ROOT

RESULTS = ROOT / "benchmarks" / "results"
READMES = sorted(RESULTS.rglob("README.md"))


@pytest.mark.parametrize("readme", READMES, ids=lambda path: str(path.parent.relative_to(RESULTS)))
def test_every_figure_has_a_source(readme: Path) -> None:
    wrong = [problem(claim) for claim in claims(readme) if not rests(claim)]
    assert not wrong, "\n".join(wrong)


def test_a_digit_that_is_changed_is_found() -> None:
    """Each digit of each figure of all READMEs becomes each other digit; nine in ten of these slips have no source."""
    good = [claim for path in READMES for claim in claims(path) if rests(claim) and not is_setting(claim)]
    found = [not rests(slip) for claim in good for slip in slips(claim)]
    assert len(good) > 100
    assert sum(found) > 0.9 * len(found)


def slips(claim: Claim) -> Iterator[Claim]:
    for place, number in enumerate(claim.numbers):
        for at, digit in enumerate(number):
            for other in set("0123456789").difference(digit) if digit.isdigit() else ():
                changed = number[:at] + other + number[at + 1 :]
                yield replace(claim, numbers=(*claim.numbers[:place], changed, *claim.numbers[place + 1 :]))


def entry(label: str, target: str, **changes: Any) -> dict[str, Any]:
    """An entry of ``table.json`` with scores by name."""
    about = {"dataset": "todsum", "setting": "zero-shot", "source": None, "label": label, "target": target}
    scores = {name: {"mean": value, "sd": 0.4 if value else None} for name, value in changes.pop("scores").items()}
    return about | changes | {"scores": scores}


COMPARISON = """\
## todsum · zero-shot (single_domain: no) · protocol low-resource

| Target  | Score          |   n | dop, one | frozen | Difference |      By seed |   95% interval |      p | p (Holm) |
| ------- | -------------- | --: | -------: | -----: | ---------: | -----------: | -------------: | -----: | -------: |
| hotel   | R-1            | 407 |    64.00 |  62.00 |      +2.00 |              | +1.30 to +2.70 | <0.001 |   <0.001 |
| average | R-1            | 608 |    61.84 |  58.42 |      +3.42 | +4.04, +2.80 | −0.31 to +7.15 |   .066 |    0.132 |
| average | Consistency F1 | 608 |    43.21 |  47.60 |      −4.39 |              | -9.10 to +0.32 |  0.068 |    0.136 |
"""


@pytest.fixture
def readme(tmp_path: Path) -> Path:
    """A README to be written, beside results of two methods, a transfer matrix and another folder."""
    table = [
        entry("dop, one", "average", scores={"rouge1": 61.84, "consistency_f1": 43.21}),
        entry("frozen", "average", scores={"rouge1": 58.42, "consistency_f1": 47.60}),
        entry("dop, two", "average", scores={"rouge1": 55.55, "consistency_f1": 40.0}),
        entry("dop, one", "hotel", scores={"rouge1": 64.0}),
        entry("frozen", "hotel", scores={"rouge1": 62.0}),
        entry("dop, one", "average", dataset="qmsum", scores={"rouge1": 17.3}),
    ]
    matrix = {("hotel", "hotel"): 70.0, ("hotel", "taxi"): 50.0, ("taxi", "hotel"): 52.0, ("taxi", "taxi"): 68.5}
    for (source, target), mean in matrix.items():
        table.append(entry("dop, one", target, setting="transfer", source=source, scores={"rouge1": mean}))
    spec = {"label": "dop, one", "target": "hotel", "dataset": "todsum", "setting": "zero-shot", "source": None}
    cell = {"spec": spec | {"settings": {"rate": 0.002}}, "facts": {"best_dev_loss": 0.673, "parameters": 3752256}}
    recall = {"before_all": {"share": 0.4948}, "after": {"one": {"hotel": {"share": 0.61}, "all": {"share": 0.1875}}}}
    (tmp_path / "table.json").write_text(json.dumps(table), encoding="utf-8")
    (tmp_path / "compare.md").write_text(COMPARISON, encoding="utf-8")
    (tmp_path / "cells.jsonl").write_text(json.dumps(cell) + "\n", encoding="utf-8")
    (tmp_path / "recall.json").write_text(json.dumps(recall), encoding="utf-8")
    (tmp_path / "other").mkdir()
    other = [entry("lora", "average", scores={"rouge1": 33.3})]
    (tmp_path / "other" / "table.json").write_text(json.dumps(other), encoding="utf-8")
    verdict = "One is ahead: 66.10 R-1, 2.22 above two (95% +0.51 to +3.93; p = .012, corrected for the columns)."
    (tmp_path / "table.md").write_text(f"## todsum · zero-shot · protocol full\n\n{verdict}\n", encoding="utf-8")
    return tmp_path / "README.md"


def unfounded(readme: Path, text: str) -> list[str]:
    readme.write_text(text, encoding="utf-8")
    return [claim.text for claim in claims(readme) if not rests(claim)]


@pytest.mark.parametrize(
    "text",
    [
        "Average R-1: `one` 61.8, frozen 58.4; consistency F1 43.2 against 47.60.",
        "On hotel one has 64 R-1.",
        "One against frozen: +3.42 R-1 (−0.31 to +7.15, p = .066; corrected p = .132).",
        "One against frozen: −4.4 consistency F1 (−9.1 to +0.3), on hotel +2.0 R-1 (+1.3 to +2.7, p < .001).",
        "One is 3.4 R-1 above frozen, and 6.29 R-1 above two.",
        "Both seeds of one say it: +4.04 and +2.80 R-1; seeds differ by 0.4.",
        "QMSum, R-1: 17.3.",
        "Mean of the diagonal and of the rest, R-1: 69.2 and 51.0; with two digits 69.25.",
        "| R-1, from \\ to | hotel | taxi |\n|---|---:|---:|\n| hotel | 70.0 | 50.0 |\n| taxi | 52.0 | 68.5 |",
        "| | values stated | R-1 |\n|---|--:|--:|\n| one | 18.8 % | 61.8 |",
        "The backbone states 49.5 % of the values, one 61 % of those of hotel.",
        "A rate of 0.002, 1,963 tests, 280 steps of 8, 3.8 M parameters, version 1.2.3, `0.77`, SmolLM2-135M, R-1.",
        "The 5% test, a 95% interval, p below .05.",
        "Consistency F1 is 43 %.",
        "The dev loss is 0.67.",
        "In `other/` R-1 is 33.3.",
        "The leader is 2.2 R-1 above (+0.51 to +3.93, p = .012).",
        "    99.9 in code\n\n```\n88.8\n```",
    ],
)
def test_figures_with_a_source(readme: Path, text: str) -> None:
    assert unfounded(readme, text) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("R-1 61.9.", ["61.9"]),
        ("R-1 on average: 64.0, on hotel 64.0.", []),  # the sentence names hotel
        ("R-1 on average: 64.0.", ["64.0"]),
        ("R-1: 43.2.", ["43.2"]),
        ("QMSum, R-1: 61.8.", ["61.8"]),
        ("In-domain R-1: 61.8.", ["61.8"]),
        ("One beats frozen by −3.42 R-1.", ["−3.42"]),
        ("+3.42 R-1 (−0.31 to +7.25, p = .067).", ["−0.31 to +7.25", "p = .067"]),
        ("+3.42 R-1 (+1.30 to +7.15).", ["+1.30 to +7.15"]),
        ("+3.42 R-1, p < .001.", ["p < .001"]),
        ("Two against frozen, R-1: +3.42.", ["+3.42"]),
        ("It is 6.29 R-1 above.", ["6.29"]),
        ("+4.04 R-1.", ["+4.04"]),
        ("R-1 33.3.", ["33.3"]),
        ("The diagonal has 69.4 R-1.", ["69.4"]),
        ("| from \\ to | hotel | taxi |\n|---|--:|--:|\n| hotel | 70.0 | 52.0 |", ["52.0"]),
        ("| two, from \\ to | hotel |\n|---|--:|\n| hotel | 70.0 |", ["70.0"]),
        ("Consistency F1 is 61.8 %, others 43 %.", ["61.8 %"]),
        ("Values stated: 18.9 %, 61 %.", ["18.9 %", "61 %"]),
        ("A rate of 0.003; one is 0.002 R-1 better.", ["0.003", "0.002"]),
        ("3.9 M parameters.", ["3.9 M"]),
        ("15 points of consistency F1.", ["15"]),
    ],
)
def test_figures_without_a_source(readme: Path, text: str, wrong: list[str]) -> None:
    assert unfounded(readme, text) == wrong


def test_the_message_says_where_and_what_would_be_right(readme: Path) -> None:
    readme.write_text("# Results\n\n* Average R-1:\n  one reaches\n  61.9.\n", encoding="utf-8")
    (claim,) = claims(readme)
    message = problem(claim)
    assert message.startswith(f"{readme}:5: 61.9 has no source")
    assert "nearest: 61.840 (rouge1, mean, dop, one, todsum, zero-shot, average; table.json)" in message
