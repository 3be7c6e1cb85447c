from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datasets
import pytest
import yaml

from tests.bench.toy import toy_data
from tests.data.published import relock, todsum_record, write_todsum
from todsum.data import todsum
from todsum.data.builder import build
from todsum.data.hub.configs import hub_data
from todsum.data.hub.export import export
from todsum.data.schema import features

#: What a stranger does: plain datasets, nothing of ours, no network; prints each config's rows as JSON.
STRANGER = """
import json, sys
sys.modules["todsum"] = None
try:
    import todsum
except ImportError:
    pass
else:
    raise SystemExit("todsum can be imported")
import datasets
path, out = sys.argv[1:]
found = {}
for config in datasets.get_dataset_config_names(path):
    loaded = datasets.load_dataset(path, config)
    found[config] = {split: {c: rows[c][:] for c in rows.column_names} for split, rows in loaded.items()}
found[""] = {split: {c: rows[c][:] for c in rows.column_names} for split, rows in datasets.load_dataset(path).items()}
json.dump(found, open(out, "w"))
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))


def loaded_by_a_stranger(folder: Path, tmp_path: Path) -> dict[str, dict[str, dict[str, list[Any]]]]:
    """Columns by config and split, as a process reads them in which the suite can't be imported."""
    environment = {"PATH": os.environ["PATH"], "HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-c", STRANGER, str(folder), str(tmp_path / "found.json")]
    subprocess.run(command, env=environment, cwd=tmp_path, check=True, capture_output=True, timeout=300)
    found: dict[str, dict[str, dict[str, list[Any]]]] = json.loads((tmp_path / "found.json").read_text())
    return found


def columns(rows: datasets.Dataset, use: Callable[[list[str]], bool] = lambda domains: True) -> dict[str, list[Any]]:
    chosen = [row for row in rows.to_list() if use(row["domains"])]
    return {name: [row[name] for row in chosen] for name in features()}


def test_low_resource_todsum_is_the_built_one_for_strangers(data_dir: Path, tmp_path: Path) -> None:
    export(hub_data("todsum", data_dir, "low-resource"), tmp_path / "out")
    found = loaded_by_a_stranger(tmp_path / "out", tmp_path)
    official = build("todsum", data_dir, "full", ("validation", "test")).splits
    low_resource = build("todsum", data_dir, "low-resource").splits
    everything = {split: columns(rows) for split, rows in official.items()}
    assert found["all"] == found[""] == everything, "all is the default; no training split"
    assert found["low-resource"] == {split: columns(rows) for split, rows in low_resource.items()}
    assert [len(rows["id"]) for rows in found["low-resource"].values()] == [900, 99, 999]
    domains = ["restaurant", "hotel", "attraction", "train", "taxi"]
    assert sorted(found) == sorted(["", "all", "low-resource", *domains])
    for domain in domains:
        mine = {split: columns(rows, lambda named: domain in named) for split, rows in official.items()}  # noqa: B023
        assert found[domain] == mine
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "There is no official training split here" in card
    assert "state no licence" in card and "MUL1575: the summary loops" in card and "arXiv:2110.12680" in card
    assert "| low-resource | 900 | 99 | 999 |" in card and "| all | 0 | 999 | 999 |" in card
    header = yaml.safe_load(card.split("---\n")[1])
    assert header["license"] == "unknown"
    tests = [
        config["data_files"][-1] for config in header["configs"] if config["config_name"] in ("all", "low-resource")
    ]
    assert tests[0] == tests[1], "the same test files are not stored twice"


def test_qmsum_is_the_built_one_for_strangers(data_dir: Path, tmp_path: Path) -> None:
    export(hub_data("qmsum", data_dir, "full"), tmp_path / "out")
    found = loaded_by_a_stranger(tmp_path / "out", tmp_path)
    built = build("qmsum", data_dir).splits
    assert found["all"] == {split: columns(rows) for split, rows in built.items()}
    assert sorted(found) == ["", "academic", "all", "committee", "product"], "no low-resource"
    counts = {config: [len(rows["id"]) for rows in splits.values()] for config, splits in found.items()}
    assert counts["all"] == [1257, 272, 281]
    assert counts["academic"] == [259, 54, 58]  # of the paper's table, and the repaired meetings
    assert counts["product"] == [690, 145, 151]
    assert counts["committee"] == [308, 73, 72]
    assert "license: mit" in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")


def test_a_full_source_has_all_splits_and_the_low_resource_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(todsum, "LOW_RESOURCE_TRAIN", 1)
    relock(monkeypatch, "todsum", train=3, validation=2, test=2)
    records = {k: [todsum_record(f"{k}{i}") for i in range(n)] for k, n in {"train": 3, "valid": 2, "test": 2}.items()}
    data = hub_data("todsum", write_todsum(tmp_path / "data", **records), "full")
    files = export(data, tmp_path / "out")
    names = {file.relative_to(tmp_path / "out").parts[1:] for file in files if file.suffix == ".parquet"}
    assert {folder for folder, _ in names} == {"all", "taxi", "low-resource"}, "a domain without examples has no files"
    loaded = datasets.load_dataset(str(tmp_path / "out"), cache_dir=str(tmp_path / "hf"))
    assert {split: rows["id"][:] for split, rows in loaded.items()} == {
        "train": ["train0", "train1", "train2"],
        "validation": ["valid0", "valid1"],
        "test": ["test0", "test1"],
    }
    assert "There is no official training split" not in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")


def test_many_examples_make_several_shards_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("todsum.data.hub.export.SHARD", 5)
    data = hub_data("todsum", toy_data(tmp_path / "data"), "full")
    files = export(data, tmp_path / "out")
    assert sum(file.parent.name == "all" and file.name.startswith("test-") for file in files) == 5  # 22 examples
    loaded = datasets.load_dataset(str(tmp_path / "out"), "all", cache_dir=str(tmp_path / "hf"))
    assert loaded["test"].to_list() == data.built.splits["test"].to_list()
    assert export(data, tmp_path / "out") == files, "its own folder is replaced"
