"""Where memory is too small: how that is told from other errors, and what helps."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from todsum.errors import TodsumError

T = TypeVar("T")

_WORDS = (
    "can't allocate memory",  # torch's on a CPU, which has no class of its own for it
    "out of memory",
    "not enough memory",
    "could not create a primitive",  # oneDNN, which computes for torch on a CPU
    "CUBLAS_STATUS_ALLOC_FAILED",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether there was too little memory, of the machine or of a GPU."""
    if isinstance(error, MemoryError):
        return True
    named = type(error).__name__ == "OutOfMemoryError"
    return isinstance(error, RuntimeError) and (named or any(words in str(error) for words in _WORDS))


def release() -> None:
    """Gives back what a failed attempt has left behind. Called outside of the ``except`` block, which keeps it."""
    gc.collect()
    torch: Any = sys.modules.get("torch")
    if torch and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    with suppress(OSError, AttributeError, TypeError):  # other C libraries than glibc are left alone
        ctypes.CDLL(None).malloc_trim(0)


def in_halves(
    make: Callable[[list[int]], list[T]], items: list[int], halved: Callable[[int], None] = lambda size: None
) -> list[T]:
    """What ``make`` makes of the items, an entry each: of all at once or, where memory is too small, of fewer.

    Args:
        make: given some of the items.
        items: at least one.
        halved: told how many are tried next, each time that memory was too small.

    Raises:
        TodsumError: memory is too small for one.
    """
    try:
        return make(items)
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        if len(items) == 1:
            raise TodsumError(f"out of memory with one example alone: {first_line(error)}") from error
    release()
    half = (len(items) + 1) // 2
    halved(half)
    return in_halves(make, items[:half], halved) + in_halves(make, items[half:], halved)


def first_line(error: BaseException) -> str:
    """The beginning of what an error says."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
