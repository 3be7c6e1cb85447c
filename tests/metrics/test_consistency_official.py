"""The official metric against outputs of the authors' unmodified script."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from todsum.metrics.base import Gold
from todsum.metrics.consistency_official import OfficialConsistency, match_counts

GOLDEN = Path(__file__).parent / "golden"
METRIC = OfficialConsistency()


def vectors(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((GOLDEN / name).read_text(encoding="utf-8"))["vectors"]
    return found


def corpus_scores(hypotheses: list[str], lines: list[str]) -> list[float]:
    rows = [METRIC.score(h, Gold(state_line=line)) for h, line in zip(hypotheses, lines, strict=True)]
    means = {column: float(np.nanmean([row[column] for row in rows])) for column in METRIC.columns}
    scores = METRIC.combine(means)
    return [round(float(scores[name]), 5) for name in METRIC.scores]


@pytest.mark.parametrize("vector", vectors("consistency_official.json"), ids=lambda v: v["name"])
def test_figures_of_the_script(vector: dict[str, Any]) -> None:
    row = METRIC.score(vector["summary"], Gold(state_line=vector["dst"]))
    scores = METRIC.combine(row)
    undefined = vector["n_summary"] == 0
    for name, key in zip(METRIC.scores, ("P", "R", "F1"), strict=True):
        # The script prints nothing where the summary has no value; recall is still defined.
        if vector[key] is None and not (undefined and key == "R"):
            assert math.isnan(scores[name])
        else:
            assert scores[name] == pytest.approx(vector[key] or 0.0, abs=1e-12)


def test_counts_of_the_script_on_random_text() -> None:
    for vector in vectors("consistency_official.json") + vectors("consistency_official_random.json"):
        expected = (vector["correct"], vector["n_summary"], vector["n_dst"])
        assert match_counts(vector["summary"], vector["dst"]) == expected, vector


@pytest.fixture(scope="module")
def lines(data_dir: Path) -> list[str]:
    return (data_dir / "todsum" / "consistency" / "test.oracle").read_text(encoding="utf-8").splitlines()


def test_published_system(data_dir: Path, lines: list[str]) -> None:
    text = (data_dir / "todsum" / "consistency" / "test.hpy").read_text(encoding="utf-8")
    assert corpus_scores(text.splitlines()[:999], lines) == [0.56597, 0.54410, 0.55482]


@pytest.mark.parametrize("separator", [" ", "\n"])
def test_gold_summaries(data_dir: Path, lines: list[str], separator: str) -> None:
    records = json.loads((data_dir / "todsum" / "todsum" / "test.json").read_text(encoding="utf-8"))
    assert corpus_scores([separator.join(r["summary"]) for r in records], lines) == [0.92645, 0.77808, 0.84581]


def test_shipped_values_are_those_of_the_ontology(data_dir: Path) -> None:
    from todsum.metrics.consistency_official import ontology_values

    published = json.loads((data_dir / "todsum" / "consistency" / "ontology.json").read_text(encoding="utf-8"))
    assert set(ontology_values()) == {value for values in published.values() for value in values}


def test_undefined_figures() -> None:
    nothing_found = METRIC.score("hello.", Gold(state_line="hotel inform ( area = north )"))
    assert math.isnan(nothing_found[METRIC.columns[0]])
    assert nothing_found[METRIC.columns[1]] == 0
    no_slots = METRIC.score("the hotel is in the north.", Gold(state_line="hotel inform )"))
    assert no_slots[METRIC.columns[0]] == 0
    assert math.isnan(no_slots[METRIC.columns[1]])


@pytest.mark.parametrize(
    "line", ["", ")", "( a = b )", "hotel ( a = b )", "hotel inform", "))((", "hotel inform ( a )"]
)
def test_malformed_state_lines_give_no_slots(line: str) -> None:
    assert match_counts("the hotel is in the north.", line) == (0, 1, 0)


def test_combine_works_on_resamples() -> None:
    means = dict(zip(METRIC.columns, (np.array([0.5, 1.0]), np.array([1.0, 1.0])), strict=True))
    assert METRIC.combine(means)["consistency_official_f1"] == pytest.approx([2 / 3, 1.0])


def test_needs_a_state_line() -> None:
    assert not METRIC.applies(Gold(summary=("x",)))
    assert METRIC.applies(Gold(state_line=""))
