"""Every command that writes, killed at a write or out of room there: the same command ends as if nothing had happened.

A sample of the writes is tried; ``KILLS=1000`` tries all of them.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.bench.toy import toy_data, write_suite
from tests.conftest import ROOT
from tests.human.runs import read_sheet, write_sheet
from tests.writing.commands import Commands
from todsum.human.criteria import CRITERIA

KILLS = int(os.environ.get("KILLS", "1"))
DIALOGUES = "".join(f"user: i need a taxi to ely {number}\nagent: when ?\n\n" for number in range(40))


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory, server: subprocess.Popen[str]) -> Commands:
    """In a folder with data, run directories, a trained cell, sheets, and dialogues."""
    folder = tmp_path_factory.mktemp("writing")
    toy_data(folder / "data")
    toy_data(folder / "other", test=8)
    small = {"backbone": "scratch", "max_steps": 2, "max_source_tokens": 32, "max_target_tokens": 4, "beams": 1}
    write_suite(folder / "two.yaml", methods=["lead-3", "longest-3"])
    write_suite(folder / "trained.yaml", methods=[{"name": "finetune", "settings": small}])
    write_suite(folder / "quickstart.yaml", methods=["lead-3"])
    with (folder / "quickstart.yaml").open("a", encoding="utf-8") as stream:
        stream.write("simulate: {dialogues: 30, meetings: 0, seed: 0}\n")
    (folder / "dialogues.txt").write_text(DIALOGUES, encoding="utf-8")
    run = Commands(server, folder)
    run.well("run two.yaml --data data --out runs")
    run.well("run trained.yaml --data data --out trained")
    (cell,) = (folder / "trained").glob("*/*/*/*/*/model")
    (folder / "cell").symlink_to(cell.parent)
    run.well("human export runs --data data --raters 1 --examples 4 --out sheets")
    rows = read_sheet(folder / "sheets" / "rater-1" / "items.csv")
    write_sheet(folder / "ann.csv", [row | {criterion.name: "4" for criterion in CRITERIA} for row in rows])
    run.well("leaderboard add runs --data data --leaderboard board")
    cells = subprocess.run([sys.executable, ROOT / "benchmarks" / "cells.py", folder / "runs"], capture_output=True)
    (folder / "cells.jsonl").write_bytes(cells.stdout)
    return run


@dataclass(frozen=True)
class Case:
    """A command that writes into ``out``, and what is there before."""

    command: str
    before: Callable[[Commands], object] = lambda run: None
    there: str = ""  # said where the output is complete already
    watched: str = "out"
    costly: bool = False


def _copied(name: str) -> Callable[[Commands], object]:
    return lambda run: shutil.copytree(run.folder / name, run.folder / "out")


def _edited(run: Commands) -> None:
    for path in shutil.copytree(run.folder / "board", run.folder / "out").rglob("meta.yaml"):
        path.write_text(path.read_text(encoding="utf-8").replace("TODSum", "other"), encoding="utf-8")


CASES = {
    "table": Case("table runs --format md,csv,latex,json --out out"),
    "data build": Case(
        "data build todsum-sim --data data --out out",
        lambda run: run.well("data build todsum-sim --data other --out out"),
    ),
    "simulate": Case(
        "simulate --dialogues 20 --meetings 9 --seed 2 --out out",
        lambda run: run.well("simulate --dialogues 12 --meetings 9 --out out"),
    ),
    "models export": Case("models export cell --out out", there="out: is there already"),
    "summarize": Case(
        "summarize --model lead-3 --batch-size 5 dialogues.txt --out out/summaries.txt",
        lambda run: (run.folder / "out").mkdir(),
        there="there already",
    ),
    "leaderboard add": Case("leaderboard add runs --data data --leaderboard out", there="are there already"),
    "leaderboard add --replace": Case("leaderboard add runs --data data --leaderboard out --replace", _edited),
    "leaderboard score": Case("leaderboard score --data data --leaderboard out --workers 1", _copied("board")),
    "leaderboard build": Case("leaderboard build --data data --leaderboard board --workers 1 --out out"),
    "human export": Case(
        "human export runs --data data --raters 2 --examples 4 --out out", there="out: is there already"
    ),
    "human import": Case("human import ann.csv --key sheets/key.json --into out", _copied("runs")),
    "run": Case("run two.yaml --data data --out out"),
    "run, trained": Case("run trained.yaml --data data --out out", costly=True),
    "report": Case("run two.yaml --data data --out out --report", _copied("runs")),
    "rebuild": Case("rebuild --cells cells.jsonl --leaderboard board --data data --workers 1 --out out"),
    "pretrain": Case("pretrain --out out --steps 10 --test-dialogues 1", costly=True),
    "quickstart": Case("quickstart --out out"),
    "cache of data": Case("data build todsum-sim --data data --out out", watched="cache"),
    "cache of scores": Case(
        "leaderboard score --data data --leaderboard out --workers 1", _copied("board"), watched="cache"
    ),
    "cache of simulations": Case("quickstart --out out", watched="cache"),
}
ENDS = ["kill", "torn", "full", "no space"]
DISK = {"full": "File too large", "no space": "No space left", "read-only": "Read-only file system"}


def tree(folder: Path) -> dict[str, bytes | None]:
    """What is in a folder: contents of files by path, None for folders. Of results, not what the machine took."""
    found: dict[str, bytes | None] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        found[name] = path.read_bytes() if path.is_file() else None
        if path.name == "result.json":
            content = json.loads(path.read_bytes())
            content["provenance"] = {}
            found[name] = json.dumps(content).encode()
        elif path.suffix in (".html", ".js"):  # pages of results, whose seconds differ between two runs of a cell
            found[name] = b"" if "report/" in name else found[name]
    return found


@dataclass(frozen=True)
class Undisturbed:
    """A command that nothing happens to.

    Attributes:
        case: the command.
        run: runs it.
        before: a copy of what was there before, where anything was.
        after: what is there in the end.
        count: changes that it made.
    """

    case: Case
    run: Commands
    before: Path | None
    after: dict[str, bytes | None]
    count: int

    @classmethod
    def of(cls, name: str, run: Commands) -> Undisturbed:
        """Runs it."""
        case, out = CASES[name], run.folder / "out"
        _clear(out)
        case.before(run)
        before = run.folder / f"before {name}"
        if out.exists():
            out.rename(before)
        found = cls(case, run, before if before.exists() else None, {}, 0)
        found.set_up()
        told = run(case.command, watched=case.watched)
        assert told["code"] == 0 and told["count"], told
        whole = replace(found, after=tree(out), count=told["count"])
        if not case.costly:
            whole.check_again()
        return whole

    def set_up(self, place: str = "out") -> None:
        """Puts there what was there before."""
        _clear(self.run.folder / place)
        if self.case.watched != "out":
            _clear(self.run.folder / self.case.watched)
        if self.before is not None:
            shutil.copytree(self.before, self.run.folder / place)

    def check_again(self, about: object = None, **how: Any) -> None:
        """Runs the same command, which ends well, with the same output and no litter."""
        out = self.run.folder / "out"
        done = out.exists() and tree(out) == self.after
        again = self.run(self.case.command, watched=self.case.watched, **how)
        assert again["code"] == 0, (about, again)
        assert not done or self.case.there in again["stderr"], (about, again)
        found = tree(out)
        assert found == self.after, (about, again, found.keys() ^ self.after.keys())
        left = [path for path in (self.run.folder / "cache").rglob(".*") if path.name.endswith((".part", ".lock"))]
        assert not left, (about, again)


def _clear(folder: Path) -> None:
    if folder.is_symlink():
        folder.unlink()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def undisturbed(commands: Commands) -> Callable[[str], Undisturbed]:
    @cache
    def made(name: str) -> Undisturbed:
        return Undisturbed.of(name, commands)

    return made


def _ends(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """All ends of all commands; in a sample a kill of each, and another end of every other one."""
    for place, name in enumerate(names):
        few = ["kill", ENDS[1 + place // 2 % 3]][: 1 + place % 2]
        for end in ENDS if KILLS > 1 else few:
            yield name, end


@pytest.mark.parametrize(("name", "end"), list(_ends(CASES)))
def test_the_same_command_ends_the_same(name: str, end: str, undisturbed: Callable[[str], Undisturbed]) -> None:
    whole = undisturbed(name)
    case, run = whole.case, whole.run
    for at in random.Random(f"{name} {end}").sample(range(1, whole.count + 1), min(KILLS, whole.count)):
        whole.set_up()
        locks = bool(at % 2)  # every other time on a file system without locks
        first = run(case.command, end=end, at=at, watched=case.watched, locks=locks)
        if end in DISK and first["code"]:
            check_told(first, DISK[end], case.watched, at)
        else:
            assert first["code"] in (0, -signal.SIGKILL, -signal.SIGXFSZ), (at, first)
        whole.check_again((at, first), locks=locks)


def check_told(found: dict[str, Any], why: str, where: str, at: object = None) -> None:
    """One line that names the file and the reason."""
    lines = [line for line in found["stderr"].splitlines() if why in line]
    assert found["code"] in (1, 2) and lines and "Traceback" not in found["stderr"], (at, found)
    assert all(f"{where}" in line for line in lines), (at, found)
    assert found["code"] == 1 or lines == found["stderr"].splitlines()[-1:], (at, found)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.costly and case.watched == "out"])
def test_places(name: str, undisturbed: Callable[[str], Undisturbed]) -> None:
    """A read-only folder, a mount point behind a link, and a file system without locks."""
    whole = undisturbed(name)
    case, run = whole.case, whole.run
    out, disk = run.folder / "out", run.folder / "disk"
    whole.set_up()
    before = out.exists() and tree(out)
    check_told(run(case.command, end="read-only"), DISK["read-only"], "out")
    assert before == (out.exists() and tree(out))
    whole.set_up("disk")
    disk.mkdir(exist_ok=True)
    _clear(out)
    out.symlink_to(disk)
    found = run(case.command, end="mount", locks=False)
    assert found["code"] == 0, found
    assert tree(disk) == whole.after and out.is_symlink()
    _clear(out)
