from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.bench.executors.cells import cells_of
from todsum.bench.executors import gpus
from todsum.bench.executors.limits import free_memory, usable_cores
from todsum.bench.executors.machine import Machine, unknown

MEMINFO = "MemTotal:  16000000 kB\nMemFree: 100 kB\nMemAvailable:  8000000 kB\n"


def system(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text + "\n", encoding="ascii")
    return root


def test_memory_that_the_system_has(tmp_path: Path) -> None:
    assert free_memory(tmp_path) == float("inf")
    assert free_memory(system(tmp_path, {"proc/meminfo": MEMINFO})) == pytest.approx(8192)


SECOND = {"memory.max": "3000000000", "memory.current": "1500000000", "cpu.max": "150000 100000"}
FIRST_MEMORY = {"memory.limit_in_bytes": "3000000000", "memory.usage_in_bytes": "1500000000"}
FIRST_CPU = {"cpu.cfs_quota_us": "150000", "cpu.cfs_period_us": "100000"}
CACHED = {"memory.stat": "inactive_file 500000000\ntotal_inactive_file 500000000"}


@pytest.mark.parametrize(
    ("groups", "files"),
    [
        ("0::/pod/box", {"pod": SECOND}),
        ("0::/", {"": SECOND}),
        ("0::/../box", {"box": SECOND}),
        ("4:memory:/box\n3:cpu,cpuacct:/\n0::/", {"memory/box": FIRST_MEMORY, "cpu,cpuacct": FIRST_CPU}),
    ],
)
def test_a_container_has_less(
    tmp_path: Path, groups: str, files: dict[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1, 2, 3})
    root = system(tmp_path, {"proc/meminfo": MEMINFO, "proc/self/cgroup": groups})
    for folder, inside in files.items():
        system(root / "sys/fs/cgroup" / folder, inside)
    assert free_memory(root) == pytest.approx(1500) and usable_cores(root) == 1.5
    for folder in files:
        system(root / "sys/fs/cgroup" / folder, CACHED)
    assert free_memory(root) == pytest.approx(2000), "what is cached can be given up"


def test_limits_of_no_meaning_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1})
    files = {"proc/self/cgroup": "0::/x", "sys/fs/cgroup/x/memory.max": "max", "sys/fs/cgroup/x/cpu.max": "max 100000"}
    root = system(tmp_path, files | {"proc/meminfo": MEMINFO, "sys/fs/cgroup/x/memory.current": "1"})
    assert free_memory(root) == pytest.approx(8192) and usable_cores(root) == 2


def test_as_many_cells_as_fit(tmp_path: Path) -> None:
    trained = cells_of(tmp_path, *[{}] * 9)
    others = cells_of(tmp_path, others=("lead-3", "longest-3"))
    large = Machine(cores=8, memory=100_000, gpus=0)
    assert large.fits(trained, 1, 1, unknown) == 8
    assert large.fits(trained, 3, 1, unknown) == 2
    assert large.fits(trained[:2], 1, 1, unknown) == 2
    assert large.fits(trained, 16, 1, unknown) == 1, "at least one"
    assert Machine(8, 5000, 0).fits(trained, 1, 1, unknown) == 2
    assert Machine(8, 1300, 0).fits(others, 1, 1, unknown) == 2
    assert Machine(8, float("inf"), 0).fits(trained, 1, 1, unknown) == 8
    assert large.fits(trained, 1, 1, lambda cell: 30_000.0) == 3
    assert Machine(8, 100_000, 2).fits(trained, 1, 1, unknown) == 2
    assert Machine(8, 100_000, 2).fits([*trained, *others], 1, 3, unknown) == 6
    assert Machine(8, 100_000, 1).fits(others, 1, 1, unknown) == 2, "they need no GPU"


def test_workers_are_spread_over_the_gpus() -> None:
    assert [gpus.gpu_variables(k, ["2", "5"], 2) for k in range(4)] == [
        {"CUDA_VISIBLE_DEVICES": name} for name in ("2", "2", "5", "5")
    ]
    assert gpus.gpu_variables(3, [], 2) == {}
    assert gpus.gpu_names("cpu") == gpus.gpu_names("cuda:1") == []
