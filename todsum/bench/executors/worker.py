"""A process that runs one cell after the other for :mod:`todsum.bench.executors.local`."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from multiprocessing.connection import Connection

from todsum.bench.job import Options
from todsum.bench.runner import run_cell

#: Seconds between the lines of progress that a worker sends.
LOG_EVERY = 0.5
_PR_SET_PDEATHSIG = 1  # prctl(2)


def serve(connection: Connection, options: Options, parent: int) -> None:
    """Runs the cells that come, until no more do. Keeps what cells have in common between them.

    Args:
        connection: cells come in; lines of progress and outcomes go out.
        options: how to run; without ``log``.
        parent: the process to end with.
    """
    _end_with(parent)
    with suppress(OSError):
        os.dup2(2, 1)  # stdout is for the table: not for methods, nor for programs that they start
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent's to handle
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    speaker = _Speaker(connection)
    options = replace(options, scoring_workers=1, log=speaker.log)
    while True:
        try:
            cell = connection.recv()
        except EOFError:
            return
        speaker.send(run_cell(cell, options))


class _Speaker:
    """Sends one message at a time, whichever thread of a method speaks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._spoke = 0.0

    def send(self, message: object) -> None:
        with self._lock:
            self._connection.send(message)

    def log(self, line: str) -> None:
        if time.monotonic() - self._spoke >= LOG_EVERY:
            self._spoke = time.monotonic()
            self.send(line)


def _end_with(parent: int) -> None:
    """No worker outlives its parent, even if that is killed: the system sees to it on Linux, elsewhere a thread."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
    else:
        threading.Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    if process := multiprocessing.parent_process():
        process.join()
        os._exit(1)
