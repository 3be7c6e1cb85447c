"""Folders that are written as a whole, beside others' files, by one process at a time."""

from __future__ import annotations

import errno
import multiprocessing
import os
import threading
import time
from pathlib import Path

import pytest

from todsum.errors import TodsumError
from todsum.files.folders import PART, filling, foreign_entries, write_files
from todsum.files.writing import naming


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_files_of_others_stay(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "notes.txt").write_text("mine")
    (tmp_path / "own" / "b.txt").write_text("old")
    write_files(tmp_path, {"own/a.txt": "a", "own/b.txt": b"b", "new/c.txt": "c"})
    assert names(tmp_path) == ["new", "new/c.txt", "own", "own/a.txt", "own/b.txt", "own/notes.txt"]
    assert (tmp_path / "own" / "b.txt").read_text() == "b"


def test_alone_all_that_was_there_is_replaced(tmp_path: Path) -> None:
    write_files(tmp_path / "out", {"data/a": "a", "old/b": "b", "c": "c"})
    with filling(tmp_path / "out", alone=True) as new:
        (new / "data").mkdir()
        (new / "data" / "d").touch()
    assert names(tmp_path) == ["out", "out/data", "out/data/d"]


def test_what_is_gone_goes_with_its_empty_folders(tmp_path: Path) -> None:
    write_files(tmp_path, {"a/b/c": "c", "a/d": "d"})
    write_files(tmp_path, {"e": "e"}, gone=["a/b/c", "never"])
    assert names(tmp_path) == ["a", "a/d", "e"]


def test_an_error_leaves_everything_as_it_was(tmp_path: Path) -> None:
    write_files(tmp_path / "out", {"a": "old"})
    for out in (tmp_path / "out", tmp_path / "fresh"):
        with pytest.raises(RuntimeError), filling(out) as new:
            (new / "a").write_text("new")
            raise RuntimeError
    assert names(tmp_path) == ["out", "out/a"] and (tmp_path / "out" / "a").read_text() == "old"


def test_a_folder_in_the_way_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(TodsumError, match="is in the way"):
        write_files(tmp_path, {"a": "text", "b": "text"})
    assert names(tmp_path) == ["a"]


def test_a_file_that_is_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a").symlink_to(tmp_path / "target")
    (tmp_path / "target").write_text("old")
    write_files(tmp_path / "out", {"a": "new"})
    assert (tmp_path / "out" / "a").is_symlink() and (tmp_path / "target").read_text() == "new"


def test_a_full_disk_names_the_file_where_it_was_to_be(tmp_path: Path) -> None:
    told = pytest.raises(TodsumError, match=rf"^{tmp_path}/out/a: can't write there: No space left")
    with told, filling(tmp_path / "out") as new, naming(new / "a"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert not names(tmp_path)


def test_one_at_a_time(tmp_path: Path) -> None:
    with filling(tmp_path) as new:
        (new / "a").touch()
        with pytest.raises(TodsumError, match="another process is writing there"), filling(tmp_path):
            pass
        waits = threading.Thread(target=write_files, args=(tmp_path, {"b": "b"}))
        waits.start()
        time.sleep(0.1)
        assert names(tmp_path / PART / "new") == ["files", "files/a"]
    waits.join()
    assert names(tmp_path) == ["a", "b"]


def _write(out: Path, number: int) -> None:
    for turn in range(5):
        write_files(out, {"one": f"{number} {turn}", f"two/{number}": "text", "three": f"{number} {turn}"})


def test_many_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write, args=(tmp_path / "out", number)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * 4
    assert names(tmp_path / "out") == ["one", "three", "two", *(f"two/{number}" for number in range(4))]
    assert (tmp_path / "out" / "one").read_text() == (tmp_path / "out" / "three").read_text()


def test_entries_of_others_are_told_apart(tmp_path: Path) -> None:
    write_files(tmp_path, {"a": "a"})
    (tmp_path / PART / "new").mkdir(parents=True)
    assert foreign_entries(tmp_path) == ["a"]
