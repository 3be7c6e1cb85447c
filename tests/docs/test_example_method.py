from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from tests.cli.test_main import run_main
from tests.docs.workspace import EXAMPLE, installed
from todsum.methods.base import Method
from todsum.methods.registry import entries, method_class

LINES = 40


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))
    with installed(EXAMPLE, tmp_path / "site-packages"):
        yield


def test_it_is_one_module_in_under_forty_lines() -> None:
    text = (EXAMPLE / "first_words.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) < LINES
    wanted = {
        alias for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom) for alias in [node.module]
    }
    assert wanted == {"pydantic", "todsum.methods.base"}


def test_its_entry_point_is_found() -> None:
    assert entries()["first-words"].summary == "from the package first-words"
    method = method_class("first-words")
    assert isinstance(method(method.Settings()), Method)


def test_it_runs_from_its_suite_to_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = tmp_path / "runs"
    assert run_main(monkeypatch, "run", str(EXAMPLE / "suite.yaml"), "--out", str(runs), "--device", "cpu") == 0
    said = capsys.readouterr()
    assert "3 finished" in said.err and "| first-words, half |" in said.out
    assert "held out: taxi" in said.out, "it has learnt, and the leak check says from what"
    words = {}
    for label in ("first-words", "first-words, half"):
        folder = next(f.parent for f in runs.rglob("spec.json") if json.loads(f.read_text())["label"] == label)
        words[label] = int((folder / "model" / "words.txt").read_text())
        for line in (folder / "predictions.jsonl").read_text(encoding="utf-8").splitlines():
            assert 0 < len(json.loads(line)["summary"].split()) <= words[label]
    assert words["first-words, half"] == pytest.approx(words["first-words"] / 2, abs=1)
    assert run_main(monkeypatch, "run", str(EXAMPLE / "suite.yaml"), "--out", str(runs), "--device", "cpu") == 0
    assert "3 cached" in capsys.readouterr().err
