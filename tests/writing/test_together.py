"""Several commands at work in one run directory."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.bench.toy import toy_data, write_suite
from tests.writing.commands import Commands

RUN = "run slow.yaml --data data --out out"


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory, server: subprocess.Popen[str]) -> Commands:
    folder = tmp_path_factory.mktemp("together")
    toy_data(folder / "data")
    slow: dict[str, Any] = {"diary": str(folder / "diary"), "pause": 0.005}
    both = ["lead-3", {"name": "slow", "settings": slow}]
    write_suite(folder / "slow.yaml", methods=both, settings=["in-domain", "zero-shot"], seeds=[1, 2])
    write_suite(folder / "first.yaml", methods=["lead-3"], settings=["in-domain"])
    return Commands(server, folder)


def table(commands: Commands, runs: str) -> list[dict[str, Any]]:
    commands.well(f"table {runs} --format json --out {runs}-table")
    found: list[dict[str, Any]] = json.loads((commands.folder / f"{runs}-table" / "table.json").read_bytes())
    return found


def diary(folder: Path) -> Counter[str]:
    lines = (folder / "diary").read_text(encoding="utf-8").splitlines()
    (folder / "diary").unlink()
    return Counter(lines)


def test_three_runs_a_table_and_the_leaderboard(commands: Commands) -> None:
    commands.well("run slow.yaml --data data --out alone")
    alone = diary(commands.folder)
    commands.well("run first.yaml --data data --out out")
    report = f"{RUN} --report"
    commands.well("leaderboard add alone --data data --leaderboard pages")
    *runs, tables, added, built = commands.at_once(
        report,
        report,
        RUN,
        "table out --format md,json --out out",
        "leaderboard add out --data data --leaderboard board",
        "leaderboard build --data data --leaderboard pages --workers 1 --out out/pages",
    )
    assert tables["code"] == added["code"] == built["code"] == 0, (tables, added, built)
    assert (commands.folder / "out" / "pages" / "index.html").is_file()
    codes = {run["code"] for run in runs}
    assert 0 in codes and codes <= {0, 3}, runs
    assert all("wait for it" in run["stderr"] for run in runs if run["code"] == 3), runs
    assert diary(commands.folder) == alone, "no cell ran twice"
    assert table(commands, "out") == table(commands, "alone")
    commands.well("leaderboard validate board --data data")
    assert [run["code"] for run in commands.at_once(RUN, RUN, RUN)] == [0, 0, 0]
    assert not list((commands.folder / "out").rglob("*.part*"))


def test_data_is_built_by_one_at_a_time(commands: Commands) -> None:
    built = "data build todsum-sim --data data --out built"
    ended = commands.at_once(built, built, built)
    assert {found["code"] for found in ended} <= {0, 2} and any(found["code"] == 0 for found in ended), ended
    assert all("another process is writing there" in found["stderr"] for found in ended if found["code"]), ended
    assert sorted(path.name for path in (commands.folder / "built").iterdir()) == ["README.md", "data"]
