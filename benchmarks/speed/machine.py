"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

from todsum.provenance import versions

PACKAGES = ("python", "todsum", "torch", "transformers", "peft", "datasets", "rouge-score", "numpy")


def describe() -> dict[str, Any]:
    """Processor, cores, memory, GPU, system, and versions of what computes."""
    import torch

    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    found = versions()
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "gpu": gpu,
        "system": f"{platform.system()} {platform.release()}",
        "torch_threads": torch.get_num_threads(),
        "packages": {name: found.get(name, "not installed") for name in PACKAGES},
    }


def in_words(machine: dict[str, Any]) -> str:
    """The same in a line."""
    gpu = machine["gpu"] or "no GPU"
    packages = machine["packages"]
    return (
        f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gb']:.0f} GB, {gpu}; {machine['system']}, "
        f"Python {packages['python']}, torch {packages['torch']}, transformers {packages['transformers']}"
    )


def _cpu() -> str:
    """Its name as Linux has it, else the architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return f"{next(named, platform.machine())} ({platform.machine()})"
