"""Memory that every training step frees and the next one takes again."""

from __future__ import annotations

import ctypes

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
