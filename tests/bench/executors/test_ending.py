"""Runs that are ended from outside leave no process behind, and go on where they were."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.executors.cells import left_on_disk, suite_of
from tests.bench.executors.probe import attempts
from tests.conftest import ROOT


def start(folder: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.bench.executors.driver", "run", str(folder / "suite.yaml")]
    command += ["--data", str(folder / "data"), "--out", str(folder / "runs"), "--device", "cpu", *options]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
        preexec_fn=_heed_interrupts,
    )


def _heed_interrupts() -> None:
    """Whoever runs the tests in the background has them ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def until(holds: Callable[[], bool], seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def alive(process: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has asked after does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_workers_die_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    suite_of(tmp_path, {"pause": 100}, {"pause": 100})
    run = start(tmp_path, "--workers", "2")
    diary = tmp_path / "diary"
    assert until(lambda: len(attempts(diary)) == 2), run.communicate()
    workers = [process for _, process in attempts(diary)]
    assert all(map(alive, workers)) and run.pid not in workers
    run.kill()
    run.communicate()
    assert until(lambda: not any(map(alive, workers)), 5)


def test_an_interrupt_ends_all_and_the_same_command_goes_on(tmp_path: Path) -> None:
    suite_of(tmp_path, {}, {"pause": 100}, {"pause": 100})
    run, diary = start(tmp_path, "--workers", "2"), tmp_path / "diary"
    assert until(lambda: len(attempts(diary)) == 3), run.communicate()
    workers = {process for _, process in attempts(diary)}
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does
    _, said = run.communicate(timeout=20)
    assert run.returncode == 130 and said.splitlines()[-1] == "stopped; the same command goes on from here"
    assert "Traceback" not in said and len(said.splitlines()) <= 3, said
    assert not any(map(alive, workers))
    assert len(left_on_disk(tmp_path / "runs")) == 1
    suite_of(tmp_path, {}, {"pause": 100})  # the finished one, and one whose settings are as they were
    again = start(tmp_path, "--workers", "2", "--only", "label=probe 0")
    _, said = again.communicate(timeout=60)
    assert again.returncode == 0 and "1 cell: 1 cached" in said
