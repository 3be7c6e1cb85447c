"""Pauses Python's search for reference cycles during work that makes many objects and no cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def pause_gc() -> Iterator[None]:
    """No search for cycles inside: each looks at all objects that there are, a meeting's turns or a thousand cells'
    figures among them, and takes longer than the work.

    What is no longer used is still freed at once, cycles when the block has ended. Also a decorator.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
