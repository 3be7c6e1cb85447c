"""Hand-judged cases: how many slots of a state a person finds stated in a summary."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from todsum.data.schema import Slot
from todsum.metrics.base import Gold
from todsum.metrics.consistency.metric import comparison

HERE = Path(__file__).resolve()
SHARED = HERE.parents[3] / "shared" / "vectors" / "consistency_cases.json"


def cases(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        pytest.skip(f"the hand-judged cases are not here: {path}")
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["cases"]
    return found


def agrees(case: dict[str, Any]) -> bool:
    """Whether the metric counts as many right slots, and as many invented values, as the person did."""
    state = []
    for entry in case["state"].split(";"):
        name, value = entry.split("=", 1)
        domain, intent, slot = name.split(".")
        state.append(Slot(domain, intent, slot, value))
    gold = Gold(None, tuple(dict.fromkeys(slot.domain for slot in state)), tuple(state))
    found = comparison(case["summary"], gold)
    invented = case.get("invented", len(found.excess))
    return (len(found.agreed), len(found.excess)) == (case["right"], invented)


@pytest.mark.parametrize(
    ("path", "least"),
    [
        (SHARED, 43 / 45),
        (HERE.parent / "consistency_cases.json", 0.95),
        (HERE.parent / "consistency_wordings.json", 0.95),
    ],
    ids=["shared", "cases", "wordings"],
)
def test_the_metric_counts_as_a_person_does(path: Path, least: float) -> None:
    judged = cases(path)
    different = [case for case in judged if not agrees(case)]
    assert len(different) <= (1 - least) * len(judged) + 1e-9, different
