"""A model is sought in a folder within bounds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.summarizing.cells import runs
from todsum.errors import TodsumError
from todsum.summarizing import finding
from todsum.summarizing.finding import find


def test_a_folder_above_one_cell(tmp_path: Path) -> None:
    cell = runs()["lead-3"]
    above = tmp_path / "a" / "runs" / "todsum" / "in-domain" / "all" / "lead-3"
    shutil.copytree(cell, above / cell.name)
    assert find(str(tmp_path)).method == find(str(above)).method == "lead-3"
    shutil.copytree(cell, above / "2-1234abcd")
    with pytest.raises(TodsumError, match=r": 2 finished cells in it; pass the folder of one: .*2-1234abcd"):
        find(str(tmp_path))


def test_a_large_folder_is_not_searched_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "_MOST", 20)
    for number in range(21):
        (tmp_path / str(number)).touch()
    with pytest.raises(TodsumError, match="more than 20 files and folders: pass the folder of a cell"):
        find(str(tmp_path))


def test_a_deep_folder_is_not_searched_to_its_end(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*"abcdefghijkl")
    shutil.copytree(runs()["lead-3"], deep)
    with pytest.raises(TodsumError, match="no finished cell"):
        find(str(tmp_path))
    assert find(str(deep)).method == "lead-3"


@pytest.mark.parametrize("name", ["", "  "])
def test_an_empty_name_is_no_model(name: str) -> None:
    with pytest.raises(TodsumError, match="is empty; pass a folder, a hub id, or a method's name"):
        find(name)
