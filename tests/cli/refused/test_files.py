"""Every command, given every kind of broken file in place of each file that it reads: one line, exit code 2."""

from __future__ import annotations

import resource
import shutil
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.refused import faults
from tests.cli.refused.faults import Fault
from tests.cli.refused.workspace import make
from tests.cli.test_main import run_main

SECONDS, MEGABYTES = 10, 1000


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, Path]]]:
    """A workspace in which all commands do their work, and where its files lie."""
    root = tmp_path_factory.mktemp("good")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TODSUM_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.delenv("TODSUM_DATA", raising=False)
        patch.chdir(root)
        yield root, make(root)


JSON_FILES: dict[str, tuple[str, str]] = {
    "spec": ("{cell}/spec.json", "table runs"),
    "status": ("{cell}/status.json", "table runs --cost"),
    "result": ("{cell}/result.json", "table runs --format json"),
    "compared": ("{cell}/result.json", "compare runs --system longest-3 --baseline lead-3"),
    "human": ("runs/human.json", "table runs"),
    "exported": ("{cell}/spec.json", "human export runs --out sheets --data data"),
    "added": ("{cell}/result.json", "leaderboard add runs --leaderboard new --data data"),
    "scored": ("{cell}/predictions.jsonl", "score --cell {cell} --data data"),
    "cell": ("{cell}/spec.json", "score --cell {cell} --data data"),
    "predictions": ("predictions.jsonl", "score --dataset todsum-sim --predictions predictions.jsonl --data data"),
    "rows": ("hub/data/test.jsonl", "data check hub:./hub --columns dialogue=dialogue,summary=summary"),
    "own rows": ("own/test.jsonl", "data check hub:./own"),
    "facts": ("tuned/todsum-sim/zero-shot/taxi/finetune/0-{tuned}/result.json", "table tuned --cost"),
    "dialogues": ("dialogues.jsonl", "summarize --model lead-3 dialogues.jsonl"),
    "model": ("{cell}/spec.json", "summarize --model {cell} dialogues.jsonl"),
    "trained": ("trained/model/finetune.json", "summarize --model trained dialogues.jsonl"),
    "configuration": ("trained/model/config.json", "summarize --model trained dialogues.jsonl"),
    "to export": ("trained/model/config.json", "models export trained --out model"),
    "to push": ("pushed/todsum.json", "models push me/it --folder pushed"),
    "key": ("rating/key.json", "human import ann.csv ben.csv --key rating/key.json --into runs"),
    "standings": ("board/leaderboard.json", "leaderboard score --check --leaderboard board"),
    "source": ("{source}", "data build todsum --data data --out new"),
    "shown": ("{source}", "data show todsum --data data"),
    "manifest": ("{manifest}", "data stats todsum --data data"),
    "meeting": ("{meeting}", "data show qmsum --data data"),
}
YAML_FILES: dict[str, tuple[str, str]] = {
    "suite": ("suite.yaml", "run suite.yaml --data data --out new"),
    "plan": ("suite.yaml", "run suite.yaml --data data --out new --plan"),
    "submission": ("board/submissions/mine/meta.yaml", "leaderboard validate board"),
    "board": ("board/submissions/mine/meta.yaml", "leaderboard score --leaderboard board --data data"),
}
OTHER_FILES: dict[str, tuple[str, str]] = {
    "hypotheses": ("hypotheses.txt", "score --hypotheses hypotheses.txt --references references.txt"),
    "references": ("references.txt", "score --hypotheses hypotheses.txt --references references.txt"),
    "states": ("states.txt", "score --hypotheses hypotheses.txt --states states.txt"),
    "text": ("dialogues.txt", "summarize --model lead-3 dialogues.txt"),
    "sheet": ("ann.csv", "human import ann.csv ben.csv --key rating/key.json --into runs"),
}
#: Broken in a way that is none: configurations hold what libraries write; half a pair in a field that nobody reads;
#: no dialogues, no summaries.
ALLOWED = {
    ("source", "surrogate"),
    ("shown", "surrogate"),
    ("dialogues", "empty"),
    *(("configuration", fault) for fault in ("nan", "infinity", "1e999", "repeated key", "surrogate", "text")),
    *(("to export", fault) for fault in ("nan", "infinity", "1e999", "repeated key", "surrogate", "text")),
}


def _cases() -> Iterator[Any]:
    for files, kinds in (
        (JSON_FILES, faults.ANY | faults.TEXT | faults.JSON),
        (YAML_FILES, faults.ANY | faults.TEXT | faults.YAML),
        (OTHER_FILES, faults.ANY | faults.TEXT),
    ):
        yield from _pairs(files, kinds)


def _pairs(files: Mapping[str, tuple[str, str]], kinds: Mapping[str, Fault]) -> Iterator[Any]:
    for name, (file, command) in files.items():
        for kind, fault in kinds.items():
            if (name, kind) not in ALLOWED:
                yield pytest.param(file, command, fault, id=f"{name}: {kind}")


@pytest.mark.parametrize(("file", "command", "fault"), list(_cases()))
def test_a_broken_file_is_refused_in_one_line(
    file: str,
    command: str,
    fault: Fault,
    good: tuple[Path, dict[str, Path]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root, places = good
    shutil.copytree(root, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    broken = Path(file.format(**places))
    fault(broken)
    names = {broken.name, broken.parent.name, str(broken), "hub:hub", "hub:own"}
    check_refused(command.format(**places).split(), names, monkeypatch, capsys)


def check_refused(
    arguments: list[str], names: set[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    """Runs a command that has to refuse, within bounds; returns what it says on stderr."""
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    signal.signal(signal.SIGALRM, _late)
    signal.alarm(6 * SECONDS)  # where other processes need the cores, too
    try:
        code = run_main(monkeypatch, *arguments)
    finally:
        signal.alarm(0)
    said = capsys.readouterr()
    assert code == 2, said
    assert said.err.count("\n") == 1 and "Traceback" not in said.err, said
    assert len(said.err) < 2000, said.err
    assert any(name in said.err + said.out for name in names), said
    assert time.process_time() - began < SECONDS
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < MEGABYTES
    return said.err


def _late(*_: object) -> None:
    raise AssertionError(f"it takes more than {6 * SECONDS} s")
