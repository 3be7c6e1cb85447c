"""The correlations with people's judgements: the committed ones against plain rouge-score and plain formulas."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from rouge_score.rouge_scorer import RougeScorer
from scipy.stats import rankdata

from tests.conftest import ROOT

BENCHMARK = ROOT / "benchmarks" / "metrics"
RESULTS = BENCHMARK / "results"
COMMITTED = json.loads((RESULTS / "mts_dialog.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def module() -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(BENCHMARK), *sys.path])
        import mts_dialog

        return mts_dialog


@pytest.fixture(scope="module")
def study(data_dir: Path) -> dict[str, Any]:
    """Both files of the study as the standard library reads them."""
    if not (data_dir / "mts-dialog").is_dir():
        pytest.skip("no mts-dialog/ in the data folder")
    folder = data_dir / "mts-dialog" / "Correlation-Study"
    found = {}
    for name in ("Automatic-Summaries-ValidationSet", "Manual-Scores4CorrelationStudy"):
        with (folder / f"MTS-Dialog-{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            found[name.split("-")[0]] = list(csv.DictReader(file))
    return found


def kendall(mine: Any, theirs: Any) -> float:
    """Tau-b by its definition: over all pairs."""
    a, b = (np.sign(np.subtract.outer(values, values)) for values in (mine, theirs))
    return float((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()))


def test_the_committed_figures_are_those_of_plain_formulas(study: dict[str, Any]) -> None:
    scorer = RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)
    scored = [scorer.score(row["Reference Summary"], row["Automatic Summary"]) for row in study["Automatic"]]
    names = {"FactualPrecision": "factual precision", "FactualRecall": "factual recall", "FactualF1": "factual F1"}
    names |= {"HallucinationRate": "hallucination rate", "OmissionRate": "omission rate"}
    for column, judgement in names.items():
        judged = np.array([float(row[column]) for row in study["Manual"]])
        kept = judged >= 0
        assert (~kept).sum() == (2 if column == "OmissionRate" else 0), "impossible rates"
        for metric in ("rouge1", "rouge2", "rougeL"):
            mine, theirs = np.array([figures[metric].fmeasure for figures in scored])[kept], judged[kept]
            expected = {
                "pearson": np.corrcoef(mine, theirs)[0, 1],
                "spearman": np.corrcoef(rankdata(mine), rankdata(theirs))[0, 1],
                "kendall": kendall(mine, theirs),
            }
            found = COMMITTED["correlations"][judgement][metric]
            assert {name: one["value"] for name, one in found.items()} == pytest.approx(expected, abs=1e-9)
            assert all(one["ci95"][0] < one["value"] < one["ci95"][1] for one in found.values())
            assert {one["n"] for one in found.values()} == {kept.sum()}


def test_the_table_is_that_of_the_figures(module: ModuleType, study: dict[str, Any], data_dir: Path) -> None:
    found = module.read_study(data_dir)
    assert found.conversations == [row["ID"] for row in study["Automatic"]]
    assert found.without == COMMITTED["without"] == ["consistency_official", "consistency", "state_tracking"]
    assert module.markdown(COMMITTED["correlations"], found) == (RESULTS / "mts_dialog.md").read_text(encoding="utf-8")


def test_what_is_drawn_together_counts_once(module: ModuleType) -> None:
    """Four copies of each summary say no more than one: the interval stays; drawn apart they would narrow it."""
    draw = np.random.default_rng(1)
    mine = draw.normal(size=40)
    theirs = mine + draw.normal(size=40)
    pearson, names = module.COEFFICIENTS["pearson"], [str(number) for number in range(40)]
    once = module.correlate(mine, theirs, names, pearson, 200)
    copies = module.correlate(np.tile(mine, 4), np.tile(theirs, 4), names * 4, pearson, 200)
    apart = module.correlate(np.tile(mine, 4), np.tile(theirs, 4), [str(number) for number in range(160)], pearson, 200)
    assert copies["ci95"] == pytest.approx(once["ci95"]) and copies["n"] == 160
    width = {name: ends[1] - ends[0] for name, ends in (("copies", copies["ci95"]), ("apart", apart["ci95"]))}
    assert width["apart"] < 0.7 * width["copies"]
    fisher = np.tanh(np.arctanh(once["value"]) + np.array([-1.96, 1.96]) / np.sqrt(37))
    assert once["ci95"] == pytest.approx(list(fisher), abs=0.12)
