"""Where a result comes from: commit, package versions, machine, time and memory."""

from __future__ import annotations

import platform
import resource
import subprocess
import sys
from contextlib import suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("todsum", "torch", "transformers", "peft", "rouge-score", "datasets", "scikit-learn", "numpy")
#: Linux: writing 5 forgets the peak of resident memory, which stands in the other file (proc(5)).
_FORGET, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


@cache
def git_state() -> dict[str, Any]:
    """Commit and dirty flag of the checkout that runs; nulls where it is none."""
    root = Path(__file__).resolve().parent.parent
    if not (root / ".git").exists():
        return {"commit": None, "dirty": None}

    def git(*arguments: str) -> str:
        return subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True).stdout

    try:
        return {"commit": git("rev-parse", "HEAD").strip(), "dirty": bool(git("status", "--porcelain").strip())}
    except (OSError, subprocess.CalledProcessError):
        return {"commit": None, "dirty": None}


@cache
def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide a result."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def machine() -> dict[str, str]:
    """System and processor."""
    return {"system": f"{platform.system()} {platform.release()}", "processor": platform.machine()}


def forget_peak_memory() -> None:
    """Has :func:`peak_memory_mb` tell of what comes from now on, on Linux; elsewhere it is of the whole process."""
    with suppress(OSError):
        _FORGET.write_text("5", encoding="ascii")


def forget_peak_device_memory(device: str) -> None:
    """Has :func:`peak_device_memory_mb` tell of what comes from now on."""
    if device.startswith("cuda"):
        import torch

        torch.cuda.reset_peak_memory_stats(device)


def peak_memory_mb() -> float:
    """Largest resident memory of this process since :func:`forget_peak_memory`, in MB."""
    with suppress(OSError, ValueError):
        (line,) = (line for line in _STATUS.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / 1e6
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale / 1e6


def peak_device_memory_mb(device: str) -> float | None:
    """Most memory that tensors took on a GPU since :func:`forget_peak_device_memory`, in MB; None on a CPU."""
    if not device.startswith("cuda"):
        return None
    import torch

    return float(torch.cuda.max_memory_allocated(device)) / 1e6
