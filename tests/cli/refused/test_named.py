"""Faults that were met, each in its place."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.refused.test_files import check_refused, good  # noqa: F401

Change = Callable[[dict[str, Any]], object]


def _set(*keys: Any, to: Any) -> Change:
    def change(content: dict[str, Any]) -> None:
        for key in keys[:-1]:
            content = content[key]
        content[keys[-1]] = to

    return change


NAMED: dict[str, tuple[str, Change, str, str]] = {
    "evidence of text": ("own/test.jsonl", _set("evidence", to=["a"]), "data show hub:./own", "evidence"),
    "evidence of floats": ("own/test.jsonl", _set("evidence", to=[0.0]), "data show hub:./own", "evidence"),
    "evidence of truth": ("own/test.jsonl", _set("evidence", to=[True]), "data show hub:./own", "evidence"),
    "evidence of nothing": ("own/test.jsonl", _set("evidence", to=[None]), "data show hub:./own", "evidence"),
    "evidence out of range": ("own/test.jsonl", _set("evidence", to=[10**30]), "data show hub:./own", "evidence"),
    "evidence of a dialogue": (
        "dialogues.jsonl",
        _set("evidence", to=["a"]),
        "summarize --model lead-3 dialogues.jsonl",
        "evidence",
    ),
    "no view in a model": (
        "{cell}/spec.json",
        _set("input", to={}),
        "summarize --model {cell} dialogues.jsonl",
        "spec",
    ),
    "no view in a cell": ("{cell}/spec.json", _set("input", to={}), "score --cell {cell} --data data", "spec"),
    "an unknown view": (
        "{cell}/spec.json",
        _set("input", to={"view": "x", "markers": True}),
        "score --cell {cell} --data data",
        "view",
    ),
    "an unknown setting": ("{cell}/spec.json", _set("setting", to="x"), "score --cell {cell} --data data", "setting"),
    "an unknown data set": ("{cell}/spec.json", _set("dataset", to="x"), "score --cell {cell} --data data", "data set"),
    "an unknown method": (
        "{cell}/spec.json",
        _set("method", to="x"),
        "summarize --model {cell} dialogues.jsonl",
        "unknown method",
    ),
    "an unknown target": (
        "{cell}/spec.json",
        lambda spec: spec.update(setting="zero-shot", target="x", setting_options={"single_domain": False}),
        "score --cell {cell} --data data",
        "domain",
    ),
    "no k": (
        "{cell}/spec.json",
        lambda spec: spec.update(setting="few-shot", target="taxi"),
        "score --cell {cell} --data data",
        "needs k",
    ),
    "k of text": (
        "{cell}/spec.json",
        lambda spec: spec.update(setting="few-shot", target="taxi", setting_options={"k": "x", "single_domain": 1}),
        "score --cell {cell} --data data",
        "k",
    ),
    "dialogues without end": (
        "board/submissions/mine/meta.yaml",
        _set("runs", 0, "simulate", to={"dialogues": 10**12}),
        "leaderboard score --leaderboard board",
        "dialogues",
    ),
    "meetings without end": (
        "suite.yaml",
        _set("simulate", to={"dialogues": 10, "meetings": 10**12}),
        "run suite.yaml --out new",
        "simulate.meetings",
    ),
    "a huge seed": (
        "suite.yaml",
        _set("simulate", to={"dialogues": 10, "seed": 10**290}),
        "run suite.yaml --out new",
        "seed",
    ),
    "too many cells": (
        "suite.yaml",
        _set("grids", 0, "seeds", to=list(range(60_000))),
        "run suite.yaml --data data --out new",
        "cells or more are too many",
    ),
    "too many targets": (
        "suite.yaml",
        _set("grids", 0, "settings", to=[{"name": "transfer", "targets": ["t"] * 400, "sources": ["s"] * 400}]),
        "run suite.yaml --data data --out new",
        "cells or more are too many",
    ),
    "a huge k": (
        "suite.yaml",
        _set("grids", 0, "settings", to=[{"name": "few-shot", "k": 10**12}]),
        "run suite.yaml --data data --out new",
        "k",
    ),
    "a nul in a reference": (
        "suite.yaml",
        _set("grids", 0, "dataset", to="hub:/a\0b"),
        "run suite.yaml --out new",
        "NUL",
    ),
    "a nul in a backbone": (
        "suite.yaml",
        lambda suite: (suite.update(backbone="/a\0b"), suite["grids"][0].update(methods=["finetune"])),
        "run suite.yaml --data data --out new --backbone /nowhere",
        "backbone",
    ),
    "a home of nobody": (
        "suite.yaml",
        _set("grids", 0, "dataset", to="hub:~nobody-of-this-name/x"),
        "run suite.yaml --out new",
        "no such home folder",
    ),
}


@pytest.mark.parametrize("name", NAMED)
def test_named_faults(
    name: str,
    good: tuple[Path, dict[str, Path]],  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import yaml

    root, where = good
    shutil.copytree(root, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    file, change, command, reason = NAMED[name]
    path = Path(file.format(**where))
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content) + "\n", encoding="utf-8")
    if path.name == "spec.json":  # a folder that bears the name of its cell, as a stranger's would
        path = _renamed(path, content)
        command = command.replace("{cell}", str(path.parent))
    names = {path.name, *path.parts[-4:-1], "hub:own", "suite mine", "suite suite", "/nowhere"}
    said = check_refused(command.format(**where).split(), names, monkeypatch, capsys)
    assert reason in said


def _renamed(path: Path, content: dict[str, Any]) -> Path:
    from todsum.bench.result import Spec

    spec = Spec.model_validate(content)
    return path.parent.rename(path.parent.with_name(spec.folder().name)) / path.name
