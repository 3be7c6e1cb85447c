"""Threads of a cell: always as many as it is told, for results differ in their last digits by their number."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from todsum.errors import TodsumError

MAX_THREADS = 4096

#: Read by the libraries that compute, when they are imported.
VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
#: MKL, and torch by it, takes no more threads than there are cores, unless it is told so before it is imported.
_AS_TOLD = {"MKL_DYNAMIC": "FALSE"}


def default_threads() -> int:
    """``OMP_NUM_THREADS`` if it is set, else 1; the first number of a list.

    Raises:
        TodsumError: it is no number, or asks for more than any machine has.
    """
    count = os.environ.get(VARIABLES[0], "").partition(",")[0].strip()
    if not count:
        return 1
    if not (count.isascii() and count.isdecimal()):
        raise TodsumError(f"OMP_NUM_THREADS is {count[:40]!r}, no whole number: set it to one, or unset it")
    if len(count) > 9 or int(count) > MAX_THREADS:
        raise TodsumError(f"OMP_NUM_THREADS is {count[:40]}: at most {MAX_THREADS}")
    return max(1, int(count))


def thread_variables(count: int) -> dict[str, str]:
    """The environment in which libraries that are imported later use so many threads."""
    return dict.fromkeys(VARIABLES, str(count)) | _AS_TOLD


@contextmanager
def fixed_threads(count: int) -> Iterator[None]:
    """Libraries compute with so many threads, whether they are imported already or within."""
    from threadpoolctl import threadpool_limits

    variables = {name: os.environ.get(name) for name in (*VARIABLES, *_AS_TOLD)}
    torch: Any = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else None
    os.environ.update(thread_variables(count))
    try:
        with threadpool_limits(count):
            if torch:
                torch.set_num_threads(count)
            yield
    finally:
        if torch:
            torch.set_num_threads(before)
        for name, value in variables.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
