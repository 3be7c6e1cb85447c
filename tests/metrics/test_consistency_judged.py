"""The metric's verdicts beside those of people, on outputs of real systems."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import ROOT

BENCHMARK = ROOT / "benchmarks" / "consistency"


@pytest.fixture(scope="module")
def judged() -> ModuleType:
    sys.path.insert(0, str(BENCHMARK))
    try:
        import judged

        return judged
    finally:
        sys.path.remove(str(BENCHMARK))


def test_the_set_is_balanced_and_well_formed(judged: ModuleType) -> None:
    items = judged.read_judged()
    assert Counter(item["kind"] for item in items) == dict.fromkeys(judged.KINDS, 42)
    assert len({(item["submission"], item["run"], item["target"], item["seed"], item["id"]) for item in items}) == 210
    verdicts = Counter()
    for item in items:
        assert set(item) == {
            *("number", "kind", "submission", "run", "target", "seed", "id", "summary", "slots", "invented")
        }
        for verdict, *values in item["slots"].values():
            verdicts[verdict] += 1
            assert bool(values) == (verdict == "wrong")
    assert set(verdicts) == {"right", "wrong", "missing", "unclear"}
    assert verdicts["unclear"] < 0.03 * verdicts.total()


def test_people_share_the_metrics_verdicts(judged: ModuleType, data_dir: Path) -> None:
    found = judged.measure(judged.read_judged(), judged.read_golds(data_dir))
    share = {
        (kind, verdict): shared / every
        for kind, row in found.items()
        for verdict, (shared, every) in row.items()
        if every
    }
    assert share["all", "right"] >= 0.97
    assert share["frozen and dop", "right"] >= 0.95
    for verdict in ("wrong", "invented", "missing"):
        assert share["all", verdict] >= 0.95, verdict


@pytest.mark.parametrize("name", ["judged", "judged_later"])
def test_the_results_are_those_of_the_set(judged: ModuleType, data_dir: Path, name: str) -> None:
    kept = json.loads((BENCHMARK / "results" / f"{name}.json").read_text(encoding="utf-8"))
    found = judged.measure(judged.read_judged(name), judged.read_golds(data_dir))
    assert kept["precision"] == {kind: {v: list(pair) for v, pair in row.items()} for kind, row in found.items()}


def test_a_verdict_that_the_person_does_not_share_is_counted_as_such(judged: ModuleType, data_dir: Path) -> None:
    items, golds = judged.read_judged(), judged.read_golds(data_dir)
    before = judged.measure(items, golds)["all"]["right"]
    turned = [
        {**item, "slots": {place: ["missing"] for place in item["slots"]}} if item["kind"] == "gold" else item
        for item in items
    ]
    after = judged.measure(turned, golds)["all"]["right"]
    assert after[1] >= before[1] and after[0] == before[0] - judged.measure(items, golds)["gold"]["right"][0]
