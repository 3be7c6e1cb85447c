"""Locks: of live processes, dead ones, their children, and file systems without locks."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT
from todsum.files.locks import held

#: Takes the lock, leaves a child that would inherit it, says so and waits to be killed.
HOLDER = """
import errno, fcntl, os, subprocess, sys, time
from pathlib import Path
from todsum.files.locks import held
if sys.argv[2] == "without":
    def missing(*arguments): raise OSError(errno.ENOLCK, "No locks available")
    fcntl.flock = missing
with held(Path(sys.argv[1])):
    if sys.argv[3] == "fork":
        child = os.fork()
        if not child:
            time.sleep(30)
            os._exit(0)
    else:
        child = subprocess.Popen(["sleep", "30"], close_fds=False).pid
    print(child, flush=True)
    time.sleep(30)
"""


def without_locks(monkeypatch: pytest.MonkeyPatch, code: int = errno.ENOLCK) -> None:
    def missing(*arguments: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", missing)


@pytest.fixture(params=["locks", errno.ENOLCK, errno.EOPNOTSUPP], ids=str)
def file_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "locks":
        return "with"
    without_locks(monkeypatch, request.param)
    return "without"


def test_one_at_a_time(file_system: str, tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with held(path), pytest.raises(BlockingIOError), held(path):
        pass
    with held(path):
        pass
    assert not (tmp_path / "lock.owner").exists()


def test_it_waits(file_system: str, tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first, waited = held(path), []
    first.__enter__()

    def pause(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            first.__exit__(None, None, None)

    with held(path, pause):
        assert len(waited) == 3


def test_a_lock_file_that_was_removed_meanwhile_is_none(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    first = held(path)
    first.__enter__()

    def pause(seconds: float) -> None:
        path.unlink()
        first.__exit__(None, None, None)

    with held(path, pause), pytest.raises(BlockingIOError), held(path):
        pass


@pytest.mark.parametrize("child", ["fork", "exec"])
@pytest.mark.parametrize("locks", ["with", "without"])
def test_a_killed_process_holds_nothing_though_its_child_lives(
    locks: str, child: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLDER, str(path), locks, child]
    process = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    number = int(process.stdout.readline())
    if locks == "without":
        without_locks(monkeypatch)
    try:
        with pytest.raises(BlockingIOError), held(path):
            pass
        process.kill()
        process.wait()
        os.kill(number, 0)  # the child lives
        with held(path, time.sleep):
            pass
    finally:
        os.kill(number, signal.SIGKILL)


def test_an_error_of_the_file_system_is_none_of_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_locks(monkeypatch, errno.EIO)
    with pytest.raises(OSError, match="Input/output"), held(tmp_path / "lock"):
        pass
