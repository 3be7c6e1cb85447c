"""Where the contestants compute, and a clock that waits for it."""

from __future__ import annotations

import platform
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import Any

import torch


def add_options(parser: ArgumentParser) -> None:
    """Options of device and threads."""
    parser.add_argument("--device", default="cpu", help="cpu or cuda, default: %(default)s")
    parser.add_argument("--threads", type=int, help="of the CPU; torch's own choice by default")


def prepare(options: Namespace) -> torch.device:
    """Sets the threads, and returns the device."""
    if options.threads is not None:
        torch.set_num_threads(options.threads)
    return torch.device(options.device)


def described(device: torch.device) -> dict[str, Any]:
    """For the report."""
    gpu = torch.cuda.get_device_name(device) if device.type == "cuda" else None
    return {"cpu": platform.machine(), "gpu": gpu, "threads": torch.get_num_threads(), "torch": torch.__version__}


def seconds(call: Callable[[], object], device: torch.device) -> float:
    """Until the call has returned and the device has done all that it was given."""
    _finish(device)
    start = time.perf_counter()
    call()
    _finish(device)
    return time.perf_counter() - start


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
