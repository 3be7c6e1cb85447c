"""Paths on the command line: empty ones, and outputs that would be scattered over a folder with other things."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.toy import toy_data, write_suite
from tests.cli.test_main import run_main

EMPTY = [
    ("run", "suite.yaml", "--data", "data", "--out", ""),
    ("run", "", "--data", "data", "--out", "new"),
    ("run", "suite.yaml", "--data", "", "--out", "new"),
    ("run", "suite.yaml", "--data", "data", "--out", "new", "--past", " "),
    ("quickstart", "--out", ""),
    ("table", "", "--out", "new"),
    ("table", "runs", "--out", ""),
    ("compare", "", "--system", "a", "--baseline", "b"),
    ("score", "--hypotheses", "", "--references", "suite.yaml"),
    ("score", "--cell", ""),
    ("data", "build", "todsum", "--out", ""),
    ("data", "push", "me/it", "--folder", ""),
    ("simulate", "--dialogues", "10", "--out", ""),
    ("summarize", "--model", "lead-3", "suite.yaml", "--out", ""),
    ("summarize", "--model", "lead-3", ""),
    ("models", "export", "", "--out", "new"),
    ("pretrain", "--out", ""),
    ("leaderboard", "build", "--out", ""),
    ("leaderboard", "validate", ""),
    ("human", "export", "runs", "--out", ""),
    ("human", "import", "", "--key", "k", "--into", "runs"),
]
SCATTERED = [
    ("run", "suite.yaml", "--data", "data", "--out"),
    ("quickstart", "--out"),
    ("pretrain", "--out"),
    ("table", "runs", "--out"),
    ("leaderboard", "build", "--out"),
]


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (folder := tmp_path / "work" / "inner").mkdir(parents=True)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))
    write_suite(folder / "suite.yaml")
    return folder


@pytest.mark.parametrize("command", EMPTY, ids=" ".join)
def test_an_empty_path_is_refused(
    command: tuple[str, ...], workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main(monkeypatch, *command) == 2
    said = capsys.readouterr().err
    assert "an empty path; '.' is the current folder" in said and said.count("\n") == 1
    assert [path.name for path in workspace.iterdir()] == ["suite.yaml"]


@pytest.mark.parametrize("place", [".", "..", "../inner", "~"])
@pytest.mark.parametrize("command", SCATTERED, ids=" ".join)
def test_outputs_are_not_scattered(
    command: tuple[str, ...],
    place: str,
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if place == "~":
        home = workspace.parent.parent / "home"
        home.mkdir()
        (home / "letters").touch()
        monkeypatch.setenv("HOME", str(home))
        place = str(home)
    assert run_main(monkeypatch, *command, place) == 2
    said = capsys.readouterr().err
    assert f"{place}: holds other things (" in said and "pass a folder of its own" in said and said.count("\n") == 1
    assert [path.name for path in workspace.iterdir()] == ["suite.yaml"]


def test_a_folder_of_its_own_may_be_the_current_one(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toy_data(workspace / "data", train=1, valid=1, test=2)
    (runs := workspace / "runs").mkdir()
    monkeypatch.chdir(runs)
    run = ("run", "../suite.yaml", "--data", "../data", "--out", ".")
    assert run_main(monkeypatch, *run) == 0, "an empty folder"
    (runs / "notes.txt").touch()
    assert run_main(monkeypatch, *run) == 0, "a run directory"
    assert run_main(monkeypatch, "table", ".", "--out", ".") == 0 and (runs / "table.md").exists()
