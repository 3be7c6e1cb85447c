"""Locks between processes. The system releases them when the process that holds one dies."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO
from weakref import WeakSet

#: Seconds between two looks at a lock that another process holds.
POLL = 0.05
#: Errors of file systems without locks, such as some of NFS.
_NO_LOCKS = frozenset((errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL))

_open: WeakSet[IO[str]] = WeakSet()


@contextmanager
def held(path: Path, pause: Callable[[float], object] | None = None) -> Iterator[None]:
    """Holds a lock for this process, until the block ends or the process dies.

    A file system without locks gets a file that names the owner (host, process, start time). The lock of an owner
    that has died on this machine is taken over.

    Args:
        path: of the lock's file, which stays there unless the block removes it.
        pause: called with the seconds to wait while another process holds the lock; None does not wait.

    Raises:
        BlockingIOError: another process holds it, and this one does not wait.
        OSError: the file can't be made.
    """
    while (lock := _take(path)) is None:
        if pause is None:
            raise BlockingIOError(errno.EWOULDBLOCK, "another process holds it", str(path))
        pause(POLL)
    with lock:
        yield


def _take(path: Path) -> AbstractContextManager[object] | None:
    """The lock, or None where another process holds it."""
    while True:
        stream = path.open("a")
        _open.add(stream)  # first: a process that is forked off at this moment lets go of it, too
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.close()
            return None
        except OSError as error:
            stream.close()
            if error.errno in _NO_LOCKS:
                return _take_by_owner(path)
            raise
        if _is_at(path, stream):
            return stream
        stream.close()  # the one who held it before has removed the file


def _is_at(path: Path, stream: IO[str]) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(stream.fileno()))
    except FileNotFoundError:
        return False


def _take_by_owner(path: Path) -> AbstractContextManager[object] | None:
    from filelock import SoftFileLock, Timeout

    try:
        return SoftFileLock(f"{path}.owner").acquire(blocking=False)
    except Timeout:
        return None


def _let_go() -> None:
    """A process that is forked off shares open files, and would hold their locks for as long as it lives."""
    for stream in list(_open):
        stream.close()


os.register_at_fork(after_in_child=_let_go)
