"""What the C library does with freed blocks, before and after: seen from outside, in a process of its own."""

import os
import subprocess
import sys

import pytest

RESIDENT_AFTER_FREE = """
import ctypes, os, sys
from todsum.training.memory import keep_freed_memory
if sys.argv[1] == "keep":
    keep_freed_memory()
c = ctypes.CDLL(None)
c.malloc.restype, c.malloc.argtypes, c.free.argtypes = ctypes.c_void_p, [ctypes.c_size_t], [ctypes.c_void_p]
resident = lambda: int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
size = 24 * 2**20
before = resident()
block = c.malloc(size)
ctypes.memset(block, 1, size)
c.free(block)
print((resident() - before) / size)
"""


@pytest.mark.skipif("CS_GNU_LIBC_VERSION" not in getattr(os, "confstr_names", {}), reason="glibc only")
def test_freed_blocks_are_kept_only_when_asked() -> None:
    assert share_kept("give back") < 0.1
    assert share_kept("keep") > 0.9


def share_kept(how: str) -> float:
    done = subprocess.run(
        [sys.executable, "-c", RESIDENT_AFTER_FREE, how], capture_output=True, text=True, check=True, timeout=60
    )
    return float(done.stdout)
