"""The GPUs of this machine, and which worker has which."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

VARIABLE = "CUDA_VISIBLE_DEVICES"
#: Device files of drivers, without which it is not worth the seconds to import torch and ask it.
_NODES = ("nvidia[0-9]*", "kfd", "dxg")


def gpu_names(device: str) -> list[str]:
    """The GPUs that cells may be given, as ``CUDA_VISIBLE_DEVICES`` names them; none on a CPU.

    Args:
        device: ``auto``, ``cpu``, ``cuda`` …; where it is one by its number, such as ``cuda:1``, all cells share it.
    """
    if device not in ("auto", "cuda") or not any(any(Path("/dev").glob(node)) for node in _NODES):
        return []
    import torch

    named = [name for name in os.environ.get(VARIABLE, "").replace(" ", "").split(",") if name]
    count = torch.cuda.device_count()
    return named[:count] if named else [str(number) for number in range(count)]


def gpu_variables(worker: int, gpus: Sequence[str], per_gpu: int) -> dict[str, str]:
    """The environment that shows a worker its GPU alone: ``per_gpu`` workers on the first, as many on the next …

    Args:
        worker: its number, from 0, below ``len(gpus) * per_gpu``.
        gpus: from :func:`gpu_names`; where there are none, nothing is set.
        per_gpu: workers on each.
    """
    return {VARIABLE: gpus[worker // per_gpu]} if gpus else {}
