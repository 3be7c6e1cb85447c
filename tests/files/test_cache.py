"""What is made once: whole or not at all, and not again."""

from __future__ import annotations

from pathlib import Path

import pytest

from todsum.errors import TodsumError
from todsum.files.cache import made_once


def fill(folder: Path) -> None:
    (folder / "file").write_text("whole")


def test_it_is_made_once_and_whole(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    assert made_once(folder, fill) == folder and (folder / "file").read_text() == "whole"
    assert made_once(folder, lambda part: pytest.fail("made again")) == folder


def test_what_breaks_leaves_nothing(tmp_path: Path) -> None:
    def breaks(part: Path) -> None:
        fill(part)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made_once(tmp_path / "a", breaks)
    assert not list(tmp_path.iterdir())


def test_where_another_process_was_first_its_folder_stays(tmp_path: Path) -> None:
    folder = tmp_path / "a"

    def overtaken(part: Path) -> None:
        fill(part)
        folder.mkdir()

    assert made_once(folder, overtaken) == folder and not list(folder.iterdir())
    assert [file.name for file in tmp_path.iterdir()] == ["a"]


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TodsumError, match="can't be written"):
        made_once(tmp_path / "file" / "a", fill)
