"""A suite that several processes run together, as `accelerate launch` starts them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bench.launched import run
from tests.bench.toy import toy_data, write_suite
from tests.conftest import ROOT
from tests.launch import launch

SMALL = {"backbone": "scratch", "precision": "fp32", "max_steps": 12, "eval_batch_size": 3}
SMALL |= {"max_source_tokens": 64, "max_target_tokens": 24}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))


def results(out: Path) -> dict[str, tuple[dict[str, Any], list[str]]]:
    """Result and predictions by method."""
    found = {}
    for path in out.rglob("result.json"):
        result = json.loads(path.read_text(encoding="utf-8"))
        lines = (path.parent / "predictions.jsonl").read_text(encoding="utf-8").splitlines()
        found[result["spec"]["method"]] = result, lines
    return found


def test_accelerate_launch_runs_a_suite_as_one_process_does(tmp_path: Path) -> None:
    data, out = toy_data(tmp_path / "data"), tmp_path / "both"
    suite = write_suite(tmp_path / "s.yaml", methods=["lead-3", {"name": "finetune", "settings": SMALL}])
    arguments = ["run", str(suite), "--data", str(data), "--device", "cpu"]
    launcher = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
    done = subprocess.run(
        [*launcher, "--main_process_port", "0", "-m", "todsum", *arguments, "--out", str(out)],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("## todsum-sim") == 1 and done.stderr.count("2 cells: 2 finished") == 1
    ((code, printed, _),) = launch(1, run, *arguments[1:], "--out", str(tmp_path / "alone"))
    assert code == 0
    both, alone = results(out), results(tmp_path / "alone")
    assert both.keys() == alone.keys() == {"lead-3", "finetune"}
    for method, (result, lines) in both.items():
        assert lines == alone[method][1]
        assert result["key"] == alone[method][0]["key"]
    facts, expected = both["finetune"][0]["facts"], alone["finetune"][0]["facts"]
    assert facts.pop("best_dev_loss") == pytest.approx(expected.pop("best_dev_loss"), rel=1e-3)
    assert facts == expected
    counted = {method: result["provenance"]["processes"] for method, (result, _) in both.items()}
    assert counted == {"lead-3": 1, "finetune": 2}
    assert printed == done.stdout


def test_what_fails_in_one_process_fails_its_cell_and_no_other(tmp_path: Path) -> None:
    data, out = toy_data(tmp_path / "data"), tmp_path / "runs"
    places = ("fit", "summarize")
    broken = [{"name": "broken", "label": f"no {place}", "settings": {"where": place}} for place in places]
    suite = write_suite(tmp_path / "s.yaml", methods=[*broken, {"name": "broken", "label": "whole"}, "lead-3"])
    arguments = (str(suite), "--data", str(data), "--out", str(out), "--device", "cpu")
    main, other = launch(2, run, *arguments)
    assert (main[0], *other) == (1, 1, "", "")
    assert "4 cells: 2 failed, 2 finished" in main[2]
    for place in places:
        assert f"(no {place}): process 1: MemoryError('no memory to {place}')" in main[2]
    _, lines = results(out)["broken"]
    writers = [json.loads(line)["summary"] for line in lines]
    assert writers == (["process 0"] * 4 + ["process 1"] * 4) * 2 + ["process 0"] * 4 + ["process 1"] * 2
    main, other = launch(2, run, *arguments, "--only", "label=[wl]*")
    assert main[0] == other[0] == 0 and "2 cells: 2 cached" in main[2]


def test_wrong_use_is_said_once(tmp_path: Path) -> None:
    data = toy_data(tmp_path / "data")
    suite = write_suite(tmp_path / "s.yaml", methods=["lead-3"])
    for option in (["--workers", "2"], ["--only", "method=none"]):
        arguments = (str(suite), "--data", str(data), "--out", str(tmp_path / "runs"), *option)
        main, other = launch(2, run, *arguments)
        assert main[0] == 2 and main[2].startswith("todsum-bench: error: ") and main[2].count("\n") == 1
        assert (other[0], other[2]) == (2, "")
