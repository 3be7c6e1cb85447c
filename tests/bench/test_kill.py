"""A run that is killed at any moment ends, on the second try, as if nothing had happened."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.bench.toy import toy_data, write_suite
from tests.conftest import ROOT


def start(folder: Path, out: str, *options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.bench.driver", "run", str(folder / "suite.yaml")]
    command += ["--data", str(folder / "data"), "--out", str(folder / out), *options]
    environment = os.environ | {"TODSUM_CACHE": str(folder / "cache"), "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def diary(folder: Path) -> list[str]:
    path = folder / "diary"
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def outcome(folder: Path, out: str) -> dict[str, object]:
    (cell,) = (folder / out).rglob("result.json")
    result = json.loads(cell.read_text(encoding="utf-8"))
    return {
        "predictions": (cell.parent / "predictions.jsonl").read_bytes(),
        **{
            name: result[name]
            for name in ("key", "n", "ids", "columns", "scores", "signatures", "leak", "notes", "facts")
        },
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object], list[str]]:
    folder = tmp_path_factory.mktemp("kill")
    toy_data(folder / "data")
    write_suite(folder / "suite.yaml", methods=[{"name": "slow", "settings": {"diary": str(folder / "diary")}}])
    process = start(folder, "undisturbed")
    stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 0, stderr.decode()
    assert b"slow" in stdout
    return folder, outcome(folder, "undisturbed"), diary(folder)


@pytest.mark.parametrize("after", [0, 1, 3, 5, 6, 8, 10])
def test_killed_after_so_many_steps(undisturbed: tuple[Path, dict[str, object], list[str]], after: int) -> None:
    folder, expected, whole = undisturbed
    assert len(whole) == 5 + 6, "five steps of training, six batches"
    (folder / "diary").unlink(missing_ok=True)
    out = f"killed-{after}"
    process = start(folder, out)
    while len(diary(folder)) < after and process.poll() is None:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    second = start(folder, out)
    _, stderr = second.communicate(timeout=120)
    assert second.returncode == 0, stderr.decode()
    assert outcome(folder, out) == expected
    redone = sum(count - 1 for count in Counter(diary(folder)).values())
    assert redone <= 1, "at most one batch is done again"
    third = start(folder, out)
    third.communicate(timeout=120)
    assert len(diary(folder)) <= 12, "a finished cell is never run again"


@pytest.mark.parametrize("tail", [b"", b'{"id": "te', b'{"id": "test1", "summary": 1}\n', b"\xff\xfe\n", b"[]\n"])
def test_a_torn_file_of_predictions_is_mended(
    undisturbed: tuple[Path, dict[str, object], list[str]], tail: bytes, tmp_path: Path
) -> None:
    folder, expected, _ = undisturbed
    out = f"torn-{abs(hash(tail))}"
    process = start(folder, out)
    process.communicate(timeout=120)
    (result,) = (folder / out).rglob("result.json")
    result.unlink()
    predictions = result.parent / "predictions.jsonl"
    lines = predictions.read_bytes().splitlines(keepends=True)
    predictions.write_bytes(b"".join(lines[:10]) + tail)
    again = start(folder, out)
    _, stderr = again.communicate(timeout=120)
    assert again.returncode == 0, stderr.decode()
    assert outcome(folder, out) == expected


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    """A run with a model that is really trained."""
    folder = tmp_path_factory.mktemp("kill-trained")
    toy_data(folder / "data")
    small = {"max_steps": 30, "max_source_tokens": 64, "max_target_tokens": 24, "eval_batch_size": 3}
    write_suite(folder / "suite.yaml", methods=[{"name": "finetune", "settings": {"backbone": "scratch", **small}}])
    _, stderr = (process := start(folder, "undisturbed")).communicate(timeout=200)
    assert process.returncode == 0, stderr.decode()
    return folder, outcome(folder, "undisturbed")


@pytest.mark.parametrize("moment", ["work/training/*", "model.part/*", "predictions.jsonl"])
def test_a_trained_cell_killed_at_this_moment(trained: tuple[Path, dict[str, object]], moment: str) -> None:
    folder, expected = trained
    out = f"killed-{moment.replace('/', '-').replace('*', '')}"
    process = start(folder, out)
    while process.poll() is None and not list((folder / out).glob(f"*/*/*/*/*/{moment}")):
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    second = start(folder, out)
    _, stderr = second.communicate(timeout=200)
    assert second.returncode == 0, stderr.decode()
    assert outcome(folder, out) == expected
