"""The lock of a built table in the cache."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import datasets.builder

from todsum.files.locks import held


@contextmanager
def table_held(cache: Path, name: str) -> Iterator[None]:
    """Holds a built table for this process; waits while another one does.

    Stands in for the locks of ``datasets``, which fail on file systems without locks and stay behind.

    Args:
        cache: the folder of all built tables.
        name: of the table.

    Raises:
        OSError: the lock can't be made.
    """
    cache.mkdir(parents=True, exist_ok=True)
    path, module = cache / f".{name}.lock", datasets.builder
    with held(path, time.sleep):
        usual, module.FileLock = module.FileLock, lambda *_: nullcontext()
        try:
            yield
        finally:
            module.FileLock = usual
            path.unlink(missing_ok=True)
