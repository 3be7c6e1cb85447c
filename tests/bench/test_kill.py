"""A run that is killed at any moment ends, on the second try, as if nothing had happened."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.bench import driver
from tests.bench.toy import toy_data, write_suite
from tests.forks import Command


def start(folder: Path, out: str, *options: str) -> Command:
    command = ["run", str(folder / "suite.yaml"), "--data", str(folder / "data"), "--out", str(folder / out), *options]
    return Command(driver.run, command, {"TODSUM_CACHE": str(folder / "cache")})


def kill(command: Command) -> None:
    command.process.kill()
    command.end()


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
    code, stdout, stderr = start(folder, "undisturbed").end()
    assert code == 0, stderr
    assert "slow" in stdout
    return folder, outcome(folder, "undisturbed"), diary(folder)


@pytest.mark.parametrize("after", [0, 1, 3, 5, 6, 8, 10])
def test_killed_after_so_many_steps(undisturbed: tuple[Path, dict[str, object], list[str]], after: int) -> None:
    folder, expected, whole = undisturbed
    assert len(whole) == 5 + 6, "five steps of training, six batches"
    (folder / "diary").unlink(missing_ok=True)
    out = f"killed-{after}"
    first = start(folder, out)
    while len(diary(folder)) < after and first.process.is_alive():
        time.sleep(0.002)
    kill(first)
    code, _, stderr = start(folder, out).end()
    assert code == 0, stderr
    assert outcome(folder, out) == expected
    redone = sum(count - 1 for count in Counter(diary(folder)).values())
    assert redone <= 1, "at most one batch is done again"
    start(folder, out).end()
    assert len(diary(folder)) <= 12, "a finished cell is never run again"


@pytest.mark.parametrize("tail", [b"", b'{"id": "te', b'{"id": "test1", "summary": 1}\n', b"\xff\xfe\n", b"[]\n"])
def test_a_torn_file_of_predictions_is_mended(
    undisturbed: tuple[Path, dict[str, object], list[str]], tail: bytes, tmp_path: Path
) -> None:
    folder, expected, _ = undisturbed
    out = f"torn-{abs(hash(tail))}"
    start(folder, out).end()
    (result,) = (folder / out).rglob("result.json")
    result.unlink()
    predictions = result.parent / "predictions.jsonl"
    lines = predictions.read_bytes().splitlines(keepends=True)
    predictions.write_bytes(b"".join(lines[:10]) + tail)
    code, _, stderr = start(folder, out).end()
    assert code == 0, stderr
    assert outcome(folder, out) == expected


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, object]]:
    """A run with a model that is really trained."""
    folder = tmp_path_factory.mktemp("kill-trained")
    toy_data(folder / "data")
    small = {"max_steps": 30, "max_source_tokens": 64, "max_target_tokens": 24, "eval_batch_size": 3}
    write_suite(folder / "suite.yaml", methods=[{"name": "finetune", "settings": {"backbone": "scratch", **small}}])
    code, _, stderr = start(folder, "undisturbed").end()
    assert code == 0, stderr
    return folder, outcome(folder, "undisturbed")


@pytest.mark.parametrize("moment", ["work/training/*", "model.part/*", "predictions.jsonl"])
def test_a_trained_cell_killed_at_this_moment(trained: tuple[Path, dict[str, object]], moment: str) -> None:
    folder, expected = trained
    out = f"killed-{moment.replace('/', '-').replace('*', '')}"
    first = start(folder, out)
    while first.process.is_alive() and not list((folder / out).glob(f"*/*/*/*/*/{moment}")):
        time.sleep(0.002)
    kill(first)
    code, _, stderr = start(folder, out).end()
    assert code == 0, stderr
    assert outcome(folder, out) == expected
