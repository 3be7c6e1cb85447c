"""Folders that are filled once."""

from __future__ import annotations

from pathlib import Path

import pytest

from todsum.errors import TodsumError
from todsum.files.fill_once import fill_once, same_files


def fill(new: Path) -> None:
    (new / "inner").mkdir()
    (new / "inner" / "a").write_text("a")


def test_the_same_again_is_left_as_it_is(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert fill_once(out, fill, "refused")
    inode = (out / "inner" / "a").stat().st_ino
    assert not fill_once(out, fill, "refused")
    assert (out / "inner" / "a").stat().st_ino == inode and [path.name for path in out.iterdir()] == ["inner"]


@pytest.mark.parametrize("other", ["b", "inner/b", "inner/a"])
def test_anything_else_is_refused_and_kept(tmp_path: Path, other: str) -> None:
    fill(tmp_path)
    (tmp_path / other).write_text("mine")
    with pytest.raises(TodsumError, match="refused"):
        fill_once(tmp_path, fill, "refused")
    assert (tmp_path / other).read_text() == "mine" and not list(tmp_path.glob(".*"))


def test_less_is_refused(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    with pytest.raises(TodsumError, match="refused"):
        fill_once(tmp_path, fill, "refused")
    assert not list((tmp_path / "inner").iterdir())


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(TodsumError, match="refused"):
        fill_once(tmp_path / "out", fill, "refused")
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(TodsumError, match="refused"):
        fill_once(tmp_path / "link", fill, "refused")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "a").mkdir()
    (tmp_path / "other" / "a").touch()
    assert not same_files(tmp_path / "one", tmp_path / "other")
    assert not same_files(tmp_path / "other", tmp_path / "one")
