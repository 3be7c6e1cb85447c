"""Every command that writes, killed at a write or out of room there: the same command ends as if nothing had happened.

A sample of the writes is tried; ``KILLS=1000`` tries all of them.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

from tests.bench.toy import toy_data, write_suite
from tests.human.runs import read_sheet, write_sheet
from tests.writing.commands import Commands
from todsum.human.criteria import CRITERIA

KILLS = int(os.environ.get("KILLS", "2"))
DIALOGUES = "".join(f"user: i need a taxi to ely {number}\nagent: when ?\n\n" for number in range(40))


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Commands]:
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
    run = Commands(folder)
    try:
        run.well("run two.yaml --data data --out runs")
        run.well("run trained.yaml --data data --out trained")
        (cell,) = (folder / "trained").glob("*/*/*/*/*/model")
        (folder / "cell").symlink_to(cell.parent)
        run.well("human export runs --data data --raters 1 --examples 4 --out sheets")
        rows = read_sheet(folder / "sheets" / "rater-1" / "items.csv")
        write_sheet(folder / "ann.csv", [row | {criterion.name: "4" for criterion in CRITERIA} for row in rows])
        run.well("leaderboard add runs --data data --leaderboard board")
        yield run
    finally:
        run.close()


@dataclass(frozen=True)
class Case:
    """A command that writes into ``out``, and what is there before."""

    command: str
    before: Callable[[Commands], object] = lambda run: None
    again: int = 0  # exit code of the same command once its output is complete


def _copied(name: str) -> Callable[[Commands], object]:
    return lambda run: shutil.copytree(run.folder / name, run.folder / "out")


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
    "models export": Case("models export cell --out out", again=2),
    "summarize": Case(
        "summarize --model lead-3 --batch-size 5 dialogues.txt --out out/summaries.txt",
        lambda run: (run.folder / "out").mkdir(),
        again=2,
    ),
    "leaderboard add": Case("leaderboard add runs --data data --leaderboard out", again=2),
    "leaderboard score": Case("leaderboard score --data data --leaderboard out --workers 1", _copied("board")),
    "leaderboard build": Case("leaderboard build --data data --leaderboard board --workers 1 --out out"),
    "human export": Case("human export runs --data data --raters 2 --examples 4 --out out", again=2),
    "human import": Case("human import ann.csv --key sheets/key.json --into out", _copied("runs")),
    "run": Case("run two.yaml --data data --out out"),
    "report": Case("run two.yaml --data data --out out --report", _copied("runs")),
    "pretrain": Case("pretrain --out out --steps 10 --test-dialogues 1"),
    "quickstart": Case("quickstart --out out"),
}


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
        before: a copy of what was there before, where anything was.
        after: what is there in the end.
        count: changes that it made.
    """

    before: Path | None
    after: dict[str, bytes | None]
    count: int

    def set_up(self, out: Path) -> None:
        """Puts there what was there before."""
        shutil.rmtree(out, ignore_errors=True)
        if self.before is not None:
            shutil.copytree(self.before, out)


@pytest.fixture(scope="module")
def undisturbed(commands: Commands) -> Callable[[str], Undisturbed]:
    @cache
    def made(name: str) -> Undisturbed:
        case, out = CASES[name], commands.folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        case.before(commands)
        before = commands.folder / f"before {name}"
        if out.exists():
            out.rename(before)
        found = Undisturbed(before if before.exists() else None, {}, 0)
        found.set_up(out)
        commands.well(case.command)  # fills the caches
        found.set_up(out)
        told = commands(case.command)
        assert told["code"] == 0 and told["count"], told
        return replace(found, after=tree(out), count=told["count"])

    return made


@pytest.mark.parametrize("end", ["kill", "torn", "full"])
@pytest.mark.parametrize("name", CASES)
def test_the_same_command_ends_the_same(
    name: str, end: str, commands: Commands, undisturbed: Callable[[str], Undisturbed]
) -> None:
    case, whole, out, run = CASES[name], undisturbed(name), commands.folder / "out", commands
    few = min(KILLS if end == "kill" else KILLS // 2, whole.count)
    for at in random.Random(f"{name} {end}").sample(range(1, whole.count + 1), few):
        whole.set_up(out)
        first = run(case.command, end=end, at=at)
        if end == "full" and first["code"]:
            assert first["code"] in (1, 2) and "File too large" in first["stderr"], (at, first)
            assert "Traceback" not in first["stderr"] and "out" in first["stderr"].splitlines()[-1], (at, first)
        else:
            assert first["code"] in (0, -signal.SIGKILL, -signal.SIGXFSZ), (at, first)
        done = out.exists() and tree(out) == whole.after
        again = run(case.command)
        assert again["code"] == (case.again if done else 0), (at, first, again)
        found = tree(out)
        assert found == whole.after, (at, first, again, found.keys() ^ whole.after.keys())


@pytest.mark.parametrize("name", CASES)
def test_a_mount_point_behind_a_link(name: str, commands: Commands, undisturbed: Callable[[str], Undisturbed]) -> None:
    whole, out, disk = undisturbed(name), commands.folder / "out", commands.folder / "disk"
    whole.set_up(disk)
    disk.mkdir(exist_ok=True)
    shutil.rmtree(out, ignore_errors=True)
    out.symlink_to(disk)
    try:
        found = commands(CASES[name].command, end="mount")
        assert found["code"] == 0, found
        assert tree(disk) == whole.after and out.is_symlink()
    finally:
        out.unlink()
