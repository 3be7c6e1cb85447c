"""Wrong use: options, environment and folders with which a command can't do its work."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.bench.toy import toy_data, write_suite
from tests.cli.refused.test_files import check_refused
from tests.conftest import ROOT
from tests.report.cells import result, rouge_columns, spec, write_cell

MANY = "9" * 30
OPTIONS = [
    "run suite.yaml --data data --out new --threads 99999999999",
    "run suite.yaml --data data --out new --threads 0",
    "run suite.yaml --data data --out new --workers 1000000000",
    "run suite.yaml --data data --out new --workers 0",
    "run suite.yaml --data data --out new --workers -1",
    f"run suite.yaml --data data --out new --workers {'9' * 5000}",
    f"run suite.yaml --data data --out new --per-gpu {MANY}",
    f"run suite.yaml --data data --out new --shard 1/{MANY}",
    "run suite.yaml --data data --out suite.yaml",
    "run suite.yaml --data data --out /dev/null",
    "run suite.yaml --data data --out /dev/null/x",
    "run suite.yaml --data suite.yaml --out new",
    "run suite.yaml --data /dev/zero --out new",
    "run suite.yaml --data ~nobody-of-this-name --out new",
    "run /dev/zero --data data --out new",
    "run . --data data --out new",
    "data build todsum --data data --out .",
    "data build todsum --data data --out suite.yaml",
    "data build todsum --data data --out /dev/null",
    f"data words todsum --data data --n {MANY}",
    "data check hub:~nobody-of-this-name/x",
    "data check hub:/dev/zero",
    "data check hub:",
    f"data check hub:{'x' * 5000}",
    "data check hub:file:///%00",
    f"simulate --dialogues {MANY} --out new",
    f"simulate --dialogues 10 --meetings {MANY} --out new",
    "simulate --dialogues 10 --meetings -1 --out new",
    f"simulate --dialogues 10 --seed {MANY} --out new",
    "simulate --dialogues 10 --seed -1 --out new",
    "simulate --dialogues 10 --out .",
    "simulate --dialogues 10 --out suite.yaml",
    "summarize --model lead-3 dialogues.txt --out .",
    "summarize --model lead-3 dialogues.txt --out loop",
    "summarize --model lead-3 dialogues.txt --out loop/x",
    "summarize --model lead-3 dialogues.txt --out nowhere",
    "summarize --model lead-3 dialogues.txt --out new.gz",
    "summarize --model lead-3 dialogues.txt --out new.csv",
    "run suite.yaml --data data --out new --device mps",
    "summarize --model lead-3 dialogues.txt --out /dev/null/x",
    "summarize --model lead-3 .",
    "summarize --model lead-3 /dev/zero",
    "summarize --model /dev/zero dialogues.txt",
    "summarize --model ~nobody-of-this-name/x dialogues.txt",
    f"summarize --model lead-3 dialogues.txt --batch-size {MANY}",
    f"summarize --model lead-3 dialogues.txt --beams {MANY}",
    "summarize --model finetune dialogues.txt",
    "score --hypotheses . --references suite.yaml",
    "score --hypotheses /dev/zero --references suite.yaml",
    "score --cell . --data data",
    "table .",
    "table /dev/zero",
    "table data",
    "compare . --system a --baseline b",
    "models export . --out new",
    "models export /dev/zero --out new",
    "models push me/it --folder .",
    "data push me/it --folder .",
    "leaderboard validate .",
    "leaderboard validate /dev/zero",
    "leaderboard score --leaderboard .",
    "leaderboard score --leaderboard /dev/zero",
    f"leaderboard score --leaderboard . --workers {MANY}",
    "leaderboard build --leaderboard . --out new",
    "leaderboard build --leaderboard new --out new/submissions",
    "leaderboard build --leaderboard new --out new/scores/pages",
    "leaderboard add . --leaderboard new",
    "human export . --out new",
    f"human export . --out new --examples {MANY}",
    f"human export . --out new --seed {MANY}",
    f"human export . --out new --raters {MANY}",
    "human import /dev/zero --key suite.yaml --into .",
    "human import . --key . --into .",
    f"pretrain --out new --steps {MANY}",
    f"pretrain --out new --seed {MANY}",
]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with data, a suite and a dialogue."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("TODSUM_DATA", raising=False)
    toy_data(tmp_path / "data", train=1, valid=1, test=2)
    write_suite(tmp_path / "suite.yaml")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "nowhere").symlink_to("no/such/folder")
    (tmp_path / "dialogues.txt").write_text("user: hello\nagent: bye\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("command", OPTIONS, ids=[command[:90] for command in OPTIONS])
def test_options(
    command: str, workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = command.split()
    check_refused(
        arguments, {part.removeprefix("hub:")[:20] for part in arguments[1:]} | {"out", "x00"}, monkeypatch, capsys
    )
    assert sorted(path.name for path in workspace.iterdir() if path.name not in ("cache", "new")) == [
        "data",
        "dialogues.txt",
        "loop",
        "nowhere",
        "suite.yaml",
    ]


DEVICES = [
    ("run suite.yaml --data data --out", "folder"),
    ("table runs --format md --out", "folder"),
    ("data build todsum --data data --out", "folder"),
    ("simulate --dialogues 12 --seed 1 --out", "folder"),
    ("quickstart --out", "folder"),
    ("human export runs --out", "folder"),
    ("pretrain --steps 10 --out", "folder"),
    ("summarize --model lead-3 dialogues.txt --out", "file"),
]


@pytest.mark.parametrize(("command", "kind"), DEVICES, ids=[command for command, _ in DEVICES])
def test_a_device_is_no_output(
    command: str, kind: str, workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_cell(workspace / "runs", (cell := spec()), result(cell, rouge_columns([0.5, 0.25])))
    for device in ("/dev/null", "/dev/full"):
        said = check_refused([*command.split(), device], {device}, monkeypatch, capsys)
        assert said.startswith(f"todsum-bench: error: {device}: is a device, not a {kind}"), said


ENVIRONMENTS = [
    {"RANK": "x"},
    {"RANK": ""},
    {"RANK": "1.0"},
    {"RANK": "³"},
    {"RANK": "1", "WORLD_SIZE": "1"},
    {"WORLD_SIZE": "x"},
    {"WORLD_SIZE": "0"},
    {"LOCAL_RANK": "x"},
    {"LOCAL_RANK": "-2"},
    {"LOCAL_RANK": "4", "LOCAL_WORLD_SIZE": "2"},
    {"LOCAL_WORLD_SIZE": "many"},
    {"MASTER_PORT": "x"},
    {"RANK": "x", "WORLD_SIZE": "2"},
    {"RANK": "0", "WORLD_SIZE": "-1"},
    {"RANK": "0", "WORLD_SIZE": "x"},
    {"RANK": "0", "WORLD_SIZE": "9" * 5000},
    {"RANK": "2", "WORLD_SIZE": "2"},
    {"RANK": "-1", "WORLD_SIZE": "2"},
    {"RANK": "0", "WORLD_SIZE": "2"},
    {"OMP_NUM_THREADS": "99999999999"},
    {"OMP_NUM_THREADS": "x"},
    {"OMP_NUM_THREADS": "-1"},
    {"OMP_NUM_THREADS": "²"},
    {"XDG_CACHE_HOME": "~nobody-of-this-name", "TODSUM_CACHE": ""},
    {"TODSUM_CACHE": "/dev/null"},
    {"TODSUM_CACHE": "suite.yaml"},
    {"TODSUM_DATA": "/dev/null"},
]


@pytest.mark.parametrize("variables", ENVIRONMENTS, ids=[str(v)[:80] for v in ENVIRONMENTS])
def test_environments(
    variables: dict[str, str], workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = [] if "TODSUM_DATA" in variables else ["--data", str(workspace / "data")]
    names = {*variables, *variables.values(), "XDG_CACHE_HOME"}
    with patch.dict(os.environ, variables):  # what the libraries set besides is taken back, too
        check_refused(["run", "suite.yaml", *data, "--out", "new"], names, monkeypatch, capsys)


@pytest.mark.parametrize("name", ["RANK", "WORLD_SIZE", "LOCAL_RANK", "OMP_NUM_THREADS"])
def test_environments_of_a_plan(
    name: str, workspace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, "x")
    check_refused(["run", "suite.yaml", "--data", "data", "--out", "new", "--plan"], {name}, monkeypatch, capsys)


def _process(arguments: list[str], limit: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "todsum", *arguments]
    return subprocess.run(
        ["bash", "-c", f'{limit} exec "$@"', "bash", *command],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "HOME"}
        | {"PYTHONPATH": str(ROOT)}
        | environment,
    )


def _refused(found: subprocess.CompletedProcess[str]) -> None:
    assert found.returncode == 2, found
    assert found.stderr.startswith("todsum-bench: error: ") and found.stderr.count("\n") == 1, found.stderr


def test_a_limit_of_memory(workspace: Path) -> None:
    with (workspace / "h.txt").open("w", encoding="utf-8") as stream:
        stream.write("a taxi\n" * 3_000_000)
    arguments = ["score", "--hypotheses", "h.txt", "--references", "h.txt"]
    _refused(_process(arguments, "ulimit -v 600000;", OPENBLAS_NUM_THREADS="1"))


def test_a_file_name_that_is_not_utf_8(workspace: Path) -> None:
    name = os.fsdecode(b"\xff\xfe.yaml")
    _refused(_process(["run", name, "--out", "new"]))
    (workspace / name).write_bytes(b"\xff")
    found = _process(["run", name, "--out", "new"])
    _refused(found)
    assert "not UTF-8 at byte 0" in found.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody without a home")
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv")
def test_nobody_has_no_home(workspace: Path) -> None:
    workspace.chmod(0o755)
    nobody = ["setpriv", "--reuid", "54321", "--clear-groups"]
    if subprocess.run([*nobody, sys.executable, "-c", "import click"], capture_output=True).returncode:
        pytest.skip("nobody may read this environment: its folder is root's alone")
    found = _process(
        ["run", "suite.yaml", "--data", "data", "--out", "new"],
        'set -- setpriv --reuid 54321 --clear-groups "$@";',
        TODSUM_CACHE="",
    )
    assert found.returncode == 2 and found.stderr.count("\n") == 1, found
