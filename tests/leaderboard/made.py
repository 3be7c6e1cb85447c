"""Submissions for tests."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from todsum.data.builder import build
from todsum.data.schema import from_rows

READS = {"state": False, "reference": False, "unlabelled": False}


def meta(**changes: Any) -> dict[str, Any]:
    """A good ``meta.yaml`` for the toy data, in-domain; ``changes`` replace its fields."""
    run = {"name": "main", "dataset": "todsum", "setting": "in-domain", "reads": READS, "target_domain": "full"}
    good = {
        "system": "mine",
        "authors": "a tester",
        "method": "by hand",
        "training_data": {"description": "nothing", "test_examples": False},
        "runs": [run],
    }
    return good | changes


def lines(data: Path, summary: str = "the user asks for a taxi.", **changes: Any) -> list[dict[str, Any]]:
    """A prediction for each test example of the toy data."""
    examples = from_rows(build("todsum", data, "full", ("test",)).splits["test"])
    return [{"run": "main", "id": example.id, "summary": summary, **changes} for example in examples]


def write_submission(folder: Path, content: dict[str, Any], predictions: Iterable[dict[str, Any]] | None) -> Path:
    """Writes both files."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "meta.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    if predictions is not None:
        text = "".join(json.dumps(line) + "\n" for line in predictions)
        (folder / "predictions.jsonl.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    return folder
