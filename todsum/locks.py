"""Locks on files that the system releases when the process that holds them dies, whatever it has started."""

from __future__ import annotations

import fcntl
import os
from typing import IO
from weakref import WeakSet

_held: WeakSet[IO[str]] = WeakSet()


def lock(stream: IO[str], wait: bool = False) -> None:
    """Locks an open file for this process, until it closes it or dies.

    A process that is forked off shares the open file, and would hold the lock for as long as it lives: it closes the
    file at once.

    Args:
        stream: the file.
        wait: whether to wait for another process that holds it.

    Raises:
        BlockingIOError: another process holds it, and this one does not wait.
        OSError: the file system has no locks.
    """
    fcntl.flock(stream, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    _held.add(stream)


def _let_go() -> None:
    for stream in list(_held):
        stream.close()


os.register_at_fork(after_in_child=_let_go)
