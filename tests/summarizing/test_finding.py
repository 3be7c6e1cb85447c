"""A model is sought in a folder within bounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.report.cells import result, rouge_columns, spec, write_cell
from todsum.errors import TodsumError
from todsum.summarizing import finding
from todsum.summarizing.finding import find


def cell(runs: Path, seed: int = 1) -> Path:
    """A finished cell of a method that learns nothing."""
    made = spec(input={"view": "dialogue", "markers": False}, settings={}, method="lead-3", seed=seed, backbone=None)
    return write_cell(runs, made, result(made, rouge_columns([0.5])))


def test_a_folder_above_one_cell(tmp_path: Path) -> None:
    one = cell(tmp_path / "a" / "runs")
    assert find(str(tmp_path)).method == find(str(one.parent)).method == "lead-3"
    other = cell(tmp_path / "a" / "runs", seed=2)
    with pytest.raises(TodsumError, match=f": 2 finished cells in it; pass the folder of one: .*{other.name}"):
        find(str(tmp_path))


def test_a_large_folder_is_not_searched_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "_MOST", 20)
    for number in range(21):
        (tmp_path / str(number)).touch()
    with pytest.raises(TodsumError, match="more than 20 files and folders: pass the folder of a cell"):
        find(str(tmp_path))


def test_a_deep_folder_is_not_searched_to_its_end(tmp_path: Path) -> None:
    deep = cell(tmp_path.joinpath(*"abcdefgh"))
    with pytest.raises(TodsumError, match="no finished cell"):
        find(str(tmp_path))
    assert find(str(deep)).method == "lead-3"


@pytest.mark.parametrize("name", ["", "  "])
def test_an_empty_name_is_no_model(name: str) -> None:
    with pytest.raises(TodsumError, match="is empty; pass a folder, a hub id, or a method's name"):
        find(name)
