"""Small simulated-looking data and suites for tests of the harness."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from tests.data.published import todsum_record, write_todsum


def toy_data(root: Path, train: int = 12, valid: int = 4, test: int = 22) -> Path:
    """A data folder with small TODSum-like splits and a manifest, taxi and hotel taking turns."""
    hotel = {"hotel": {"book": {}, "semi": {"area": "north", "name": "acorn"}}}

    def records(kind: str, count: int) -> list[dict[str, Any]]:
        odd = {"dst": hotel, "summary": ["the user asks for a hotel.", "the hotel acorn is in the north."]}
        return [todsum_record(f"{kind}{i}", **(odd if i % 2 else {})) for i in range(count)]

    write_todsum(root, train=records("train", train), valid=records("valid", valid), test=records("test", test))
    manifest = {
        "simulator": 1,
        "seed": 0,
        "domains": ["hotel", "taxi"],
        "counts": {"train": train, "validation": valid, "test": test},
    }
    (root / "todsum" / "simulation.json").write_text(json.dumps(manifest), encoding="utf-8")
    return root


def write_suite(path: Path, **changes: Any) -> Path:
    """A suite file with one grid of the toy data; ``changes`` go into the grid."""
    grid = {"dataset": "todsum", "settings": ["in-domain"], "methods": ["lead-3"]} | changes
    suite = {"name": path.stem, "description": "for a test", "grids": [grid]}
    path.write_text(yaml.safe_dump(suite), encoding="utf-8")
    return path
