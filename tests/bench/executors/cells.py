"""Cells of the test method, and what became of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.bench.toy import toy_data, write_suite
from todsum.bench.cell import Cell, plan
from todsum.bench.suite import read_suite

NAME, TARGET = "probe", "tests.bench.executors.probe:Probe"


def install(site: Path) -> None:
    """A package with the test method, as processes find it that have ``site`` on their path."""
    metadata = site / "probe-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: probe\nVersion: 1.0\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text(f"[todsum.methods]\n{NAME} = {TARGET}\n", encoding="utf-8")


def suite_of(folder: Path, *settings: dict[str, Any], others: tuple[str, ...] = ()) -> Path:
    """A suite with a cell of the test method for each of these settings, in which the data and the diary are there."""
    if not (folder / "data").exists():
        toy_data(folder / "data")
    diary = {"diary": str(folder / "diary")}
    methods = [
        {"name": NAME, "label": f"probe {number}", "settings": {"number": number} | diary | given}
        for number, given in enumerate(settings)
    ]
    return write_suite(folder / "suite.yaml", methods=[*methods, *others])


def cells_of(folder: Path, *settings: dict[str, Any], others: tuple[str, ...] = ()) -> list[Cell]:
    """The cells of such a suite."""
    return plan(read_suite(suite_of(folder, *settings, others=others)), folder / "data")


def left_on_disk(out: Path) -> dict[str, tuple[bytes, dict[str, Any]]]:
    """Predictions and result, but for its provenance, of all finished cells by their folder."""
    found = {}
    for path in out.rglob("result.json"):
        result = json.loads(path.read_text(encoding="utf-8"))
        del result["provenance"]
        found[str(path.parent.relative_to(out))] = (path.parent / "predictions.jsonl").read_bytes(), result
    return found


def statuses(out: Path) -> dict[str, tuple[str, str | None]]:
    """State and reason by label."""
    found = {}
    for path in out.rglob("status.json"):
        label = json.loads((path.parent / "spec.json").read_text(encoding="utf-8"))["label"]
        status = json.loads(path.read_text(encoding="utf-8"))
        found[label] = status["state"], status["reason"]
    return found
