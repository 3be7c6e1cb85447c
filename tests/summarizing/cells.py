"""Finished cells of tiny models, trained in seconds, once a process."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from tests.bench.toy import toy_data, write_suite
from tests.training import tiny
from todsum.bench.cell import plan
from todsum.bench.runner import Options, run_cell
from todsum.bench.suite import read_suite
from todsum.data.builder import build
from todsum.data.schema import Example, from_rows

SMALL: dict[str, Any] = {
    "max_steps": 25,
    "max_source_tokens": 96,
    "max_target_tokens": 20,
    "max_state_tokens": 40,
    "eval_batch_size": 3,
    "beams": 1,
    "learning_rate": 5e-3,
}


@cache
def runs() -> dict[str, Path]:
    """Cell folders by label."""
    folder = Path(tempfile.mkdtemp(prefix="todsum-cells-"))
    data = toy_data(folder / "data")
    backbone = str(tiny.checkpoint("pegasus", folder / "backbone"))
    small = {"backbone": "scratch", **SMALL}
    dop = SMALL | {"backbone": backbone, "init": "random", "words": 3, "mid_dim": 8, "prompt": "state"}
    methods = [
        {"name": "lead-3"},
        {"name": "finetune", "label": "plain", "settings": small},
        {"name": "finetune", "label": "predicted", "settings": {"prompt": "state", "states": "predicted", **small}},
        {"name": "state-aware", "label": "state-aware", "settings": small},
        {"name": "dop", "label": "dop", "settings": dop},
    ]
    suite = read_suite(write_suite(folder / "suite.yaml", methods=methods))
    found = {}
    for cell in plan(suite, data):
        outcome = run_cell(cell, Options(folder / "runs", "cpu", scoring_workers=1))
        assert outcome.state == "finished", outcome
        found[cell.spec.label] = folder / "runs" / cell.spec.folder()
    return found


@cache
def examples() -> tuple[Example, ...]:
    """The test examples of all these cells."""
    data = runs()["lead-3"].parents[5] / "data"
    return tuple(from_rows(build("todsum-sim", data, splits=("test",)).splits["test"]))


def predictions(label: str, name: str = "predictions.jsonl", field: str = "summary") -> dict[str, str]:
    """What the cell wrote, by example."""
    rows = map(json.loads, (runs()[label] / name).read_text(encoding="utf-8").splitlines())
    return {row["id"]: row[field] for row in rows}
