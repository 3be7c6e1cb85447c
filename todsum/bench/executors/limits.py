"""Cores and memory that this process may use, its container's limits included."""

from __future__ import annotations

import os
from collections.abc import Iterator
from math import inf
from pathlib import Path

_GROUPS = Path("sys", "fs", "cgroup")


def usable_cores(root: Path = Path("/")) -> float:
    """Cores that this process is bound to, or the share of them that its container is given.

    Args:
        root: where the system's files are.
    """
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min([float(bound), *_shares(root)])


def free_memory(root: Path = Path("/")) -> float:
    """Memory that this process and its children may still take, in MB; infinite where no system tells.

    Args:
        root: where the system's files are.
    """
    free = [inf]
    for line in _read(root / "proc" / "meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            free.append(float(line.split()[1]) * 1024)
    for folder in _groups(root, "memory"):
        for limit, usage, cached in (
            ("memory.max", "memory.current", "inactive_file"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ):
            most, used = _read(folder / limit), _read(folder / usage)
            if most.isdecimal() and used.isdecimal():
                stat = dict(line.split(" ", 1) for line in _read(folder / "memory.stat").splitlines())
                free.append(float(most) - float(used) + float(stat.get(cached, 0)))
    return max(0.0, min(free)) / 1e6


def _shares(root: Path) -> Iterator[float]:
    """Cores that each group gives, where it limits them."""
    for folder in _groups(root, "cpu"):
        quota, _, period = _read(folder / "cpu.max").partition(" ")
        quota, period = quota or _read(folder / "cpu.cfs_quota_us"), period or _read(folder / "cpu.cfs_period_us")
        if quota.isdecimal() and period.isdecimal():
            yield float(quota) / float(period)


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """The control groups that this process is in, of both versions, each from its own up to the outermost."""
    for line in _read(root / "proc" / "self" / "cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        base = root / _GROUPS / controllers
        inner = [part for part in path.split("/") if part not in ("", "..")]
        for depth in range(len(inner), -1, -1):
            yield base.joinpath(*inner[:depth])


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
