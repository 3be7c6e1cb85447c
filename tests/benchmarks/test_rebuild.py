"""Run directories made of committed cells and stored predictions: the same results as the runs they came from."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.bench.slow_method import Slow, SlowSettings
from tests.bench.toy import toy_data, write_suite
from tests.cli.test_main import run_main
from tests.conftest import ROOT
from todsum.data.schema import Example
from todsum.data.state import ReadState, read
from todsum.methods import registry


class GuesserSettings(SlowSettings):
    states: str = "predicted"


class Guesser(Slow):
    """Predicts a state for each dialogue, and half of them in no notation."""

    Settings = GuesserSettings
    predicts_states = True

    def predict_states(self, examples: Sequence[Example]) -> list[ReadState]:
        texts = ("hotel inform ( area = north )", "hotel inform ( area = north")
        return [read(texts[int(example.id[-1]) % 4 // 2]) for example in examples]

    def summarize_with(self, examples: Sequence[Example], states: Sequence[ReadState]) -> list[str]:
        return [f"{state.text}\n{example.turns[0].text}" for example, state in zip(examples, states, strict=True)]


class Made:
    """Runs of a toy suite, their submissions, and what is committed of the runs."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.monkeypatch = folder, monkeypatch
        self.runs, self.board, self.cells = folder / "runs", folder / "board", folder / "cells.jsonl"
        self.data = folder / "data"

    def run(self) -> None:
        toy_data(self.data)
        diary = {"diary": str(self.folder / "diary"), "pause": 0}
        methods = ["lead-3", "state-template", {"name": "slow", "settings": diary}]
        methods.append({"name": "guesser", "label": "slow + state", "settings": diary})
        settings = ["in-domain", "zero-shot", "transfer"]
        suite = write_suite(self.folder / "s.yaml", methods=methods, settings=settings, seeds=[1, 2])
        assert self.call("run", suite, "--data", self.data, "--out", self.runs) == 0
        assert self.call("leaderboard", "add", self.runs, "--leaderboard", self.board, "--data", self.data) == 0
        self.cells.write_text(script("cells", self.runs).stdout, encoding="utf-8")

    def call(self, *arguments: object) -> int:
        return run_main(self.monkeypatch, *map(str, arguments))

    def rebuild(self, out: Path) -> subprocess.CompletedProcess[str]:
        own = ("--leaderboard", self.board, "--data", self.data, "--workers", 1)
        return script("rebuild", "--cells", self.cells, "--out", out, *own)

    def change(self, **changes: Any) -> str:
        """Changes the scores of the last cell; returns what messages call it by."""
        *others, last = self.cells.read_text(encoding="utf-8").splitlines()
        line = json.loads(last)
        line["scores"] |= changes
        self.cells.write_text("\n".join([*others, json.dumps(line)]) + "\n", encoding="utf-8")
        return f"{line['spec']['label']}, seed {line['spec']['seed']} ({line['key'][:8]})"


def script(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "benchmarks" / f"{name}.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("rebuilt")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TODSUM_CACHE", str(folder / "cache"))
        patch.delenv("TODSUM_DATA", raising=False)
        patch.setitem(registry.BUILT_IN, "slow", registry.Entry("tests.bench.slow_method:Slow", "for tests"))
        patch.setitem(registry.BUILT_IN, "guesser", registry.Entry(f"{__name__}:Guesser", "for tests"))
        Made(folder, patch).run()
        yield folder


@pytest.fixture
def made(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    """A copy, for one test to change."""
    return Made(shutil.copytree(whole, tmp_path, dirs_exist_ok=True), monkeypatch)


def results(runs: Path) -> dict[str, Any]:
    """What the result and the texts of each cell say, whatever the order of the examples."""
    found: dict[str, Any] = {}
    for path in sorted(runs.rglob("result.json")):
        result = json.loads(path.read_text(encoding="utf-8"))
        lists = {"groups": result.pop("groups"), "domains": result.pop("domains"), **result.pop("columns")}
        ids = result.pop("ids")
        by_id = {name: dict(zip(ids, values, strict=True)) for name, values in lists.items()}
        texts = {
            file.name: sorted(file.read_text(encoding="utf-8").split("\n")) for file in path.parent.glob("*.jsonl")
        }
        status = json.loads((path.parent / "status.json").read_text(encoding="utf-8"))
        found[str(path.relative_to(runs))] = (result, by_id, texts, status)
    return found


def test_rebuilt_cells_are_those_of_the_run(made: Made) -> None:
    done = made.rebuild(made.folder / "again")
    assert done.returncode == 0, done.stderr
    wanted, found = results(made.runs), results(made.folder / "again")
    assert found == wanted
    assert len(wanted) == 7 + 7 + 14 + 14
    unparsed = "could not be parsed"
    assert any(unparsed in note for result, *_ in found.values() for note in result["notes"])
    assert script("cells", made.folder / "again").stdout == made.cells.read_text(encoding="utf-8")
    assert made.rebuild(made.folder / "again").returncode == 0, "all is there already"
    for kind in ("md", "json"):
        assert made.call("table", made.runs, "--format", kind, "--out", made.folder / "first") == 0
        assert made.call("table", made.folder / "again", "--format", kind, "--out", made.folder / "second") == 0
        first, second = (made.folder / name / f"table.{kind}" for name in ("first", "second"))
        assert second.read_text(encoding="utf-8") == first.read_text(encoding="utf-8")


def test_a_figure_that_is_not_the_recorded_one_is_refused(made: Made) -> None:
    name = made.change(rouge2=12.3)
    done = made.rebuild(made.folder / "again")
    assert done.returncode == 2
    assert name in done.stderr
    assert "rouge2" in done.stderr and "12.3 was recorded" in done.stderr


def test_figures_of_a_metric_that_has_changed_since_are_new(made: Made) -> None:
    made.change(consistency_f1=12.3)
    text = made.cells.read_text(encoding="utf-8").replace('"consistency|', '"consistency|v:0|')
    lines = [json.loads(line) for line in text.splitlines()]
    assert all(line["facts"].pop("texts") for line in lines), "what is odd about the texts is counted again"
    made.cells.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    done = made.rebuild(made.folder / "again")
    assert done.returncode == 0, done.stderr
    assert results(made.folder / "again") == results(made.runs)


def test_cells_without_predictions_are_named_and_the_others_are_made(made: Made) -> None:
    for file in (made.board / "submissions" / "slow").iterdir():
        file.unlink()
    (made.board / "submissions" / "slow").rmdir()
    done = made.rebuild(made.folder / "again")
    assert done.returncode == 1
    missing = [line for line in done.stderr.splitlines() if line.startswith("no predictions: ")]
    assert len(missing) == 14 and all(" slow, seed " in line for line in missing)
    wanted = {name: cell for name, cell in results(made.runs).items() if "/slow/" not in name}
    assert results(made.folder / "again") == wanted


def test_a_run_directory_is_never_mixed_with_another(made: Made) -> None:
    done = made.rebuild(made.runs)
    assert done.returncode == 2
    assert "not empty" in done.stderr
