from __future__ import annotations

import json
from pathlib import Path

import datasets
import pytest

from tests.bench.toy import toy_data
from tests.cli.test_main import run_main
from todsum.data.builder import build
from todsum.data.schema import features


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))


def test_a_built_data_set_loads_without_the_suite(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "built"
    arguments = ("data", "build", "todsum", "--protocol", "low-resource", "--data", str(data_dir), "--out", str(out))
    assert run_main(monkeypatch, *arguments) == 0
    assert "train 900, validation 99, test 999" in capsys.readouterr().err
    loaded = datasets.load_dataset(str(out), "low-resource", cache_dir=str(tmp_path / "hf"))
    built = build("todsum", data_dir, "low-resource")
    for split, rows in built.splits.items():
        assert loaded[split].features == features()
        assert loaded[split].to_list() == rows.to_list()
    assert run_main(monkeypatch, *arguments) == 0, "its own folder is replaced"
    (out / "notes.txt").touch()
    assert run_main(monkeypatch, *arguments) == 2
    assert "not empty (notes.txt)" in capsys.readouterr().err
    (tmp_path / "mine" / "data").mkdir(parents=True)
    (tmp_path / "mine" / "data" / "precious.txt").touch()
    assert run_main(monkeypatch, *arguments[:-1], str(tmp_path / "mine")) == 2
    assert "not empty (data/precious.txt)" in capsys.readouterr().err
    assert (tmp_path / "mine" / "data" / "precious.txt").exists()


def test_examples_are_shown_for_people(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main(monkeypatch, "data", "show", "todsum", "--id", "PMUL1635", "--data", str(data_dir)) == 0
    shown = capsys.readouterr().out
    assert "user: I need to book a hotel in the east that has 4 stars." in shown
    assert "hotel book ( people = 3 ; day = monday ; stay = 4 )" in shown
    assert run_main(monkeypatch, "data", "show", "qmsum", "--id", "Bed003-specific-0", "--data", str(data_dir)) == 0
    assert capsys.readouterr().out.count("»") == 150 - 137 + 1
    assert run_main(monkeypatch, "data", "show", "todsum", "--id", "PMUL163", "--data", str(data_dir)) == 2
    assert "did you mean" in capsys.readouterr().err
    assert run_main(monkeypatch, "data", "show", "todsum", "--json", "--data", str(data_dir)) == 0
    assert set(json.loads(capsys.readouterr().out)) == set(features())


def test_counts_are_those_of_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = toy_data(tmp_path / "data")
    assert run_main(monkeypatch, "data", "stats", "todsum", "--data", str(data), "--json") == 0
    found = {(row["split"], row["domain"]): row["examples"] for row in json.loads(capsys.readouterr().out)}
    assert found[("test", "all")] == 22
    assert found[("test", "taxi")] == found[("test", "hotel")] == 11
