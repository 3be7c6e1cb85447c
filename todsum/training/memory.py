"""Memory in training: what every step frees and the next one takes again, and what need not be kept."""

from __future__ import annotations

import ctypes
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from todsum.errors import TodsumError

MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1
"""Numbers of glibc's ``mallopt``."""
LARGEST = (2**30, 2**25)
"""Bytes of a block from which on it is given back at once; older versions take the smaller number only."""


def keep_freed_memory() -> None:
    """Has the C library keep large blocks that are freed, for this process, from now on.

    By itself it gives them back to the system, which then has to map and clear them anew in every step. What is
    computed stays as it is; the peak of memory may rise a little. Other libraries than glibc are left as they are.
    """
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    set_option(TRIM_THRESHOLD, 2**31 - 1)
    for size in LARGEST:
        if set_option(MMAP_THRESHOLD, size):
            return


@contextmanager
def checkpointing(model: Any, wanted: bool) -> Iterator[None]:
    """Computes activations again in the backward pass where wanted; the model is set back afterwards.

    Raises:
        TodsumError: the model can't do so.
    """
    if not wanted:
        yield
        return
    try:
        _switch(model.gradient_checkpointing_enable, gradient_checkpointing_kwargs={"use_reentrant": False})
    except ValueError as error:
        raise TodsumError(f"checkpointing: {str(error).splitlines()[0]}; set it to false") from error
    try:
        yield
    finally:
        _switch(model.gradient_checkpointing_disable)


def _switch(change: Callable[..., object], **how: object) -> None:
    """Calls what transformers 5.17 has, of which 5.23 says that it will have another name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        change(**how)
