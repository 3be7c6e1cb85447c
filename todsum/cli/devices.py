"""Devices and processes that a command computes with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from todsum import distributed
from todsum.errors import TodsumError


def check_device(name: str, here: bool = True) -> None:
    """Refuses a device that is not there, before anything is run.

    Args:
        name: of the device.
        here: whether it has to be on this machine.

    Raises:
        TodsumError: no such device.
    """
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d+)?", name):
        raise TodsumError(f"--device {name}: expected auto, cpu, mps, cuda or cuda:N")
    if here and name not in ("auto", "cpu"):
        from todsum.training.runtime import device_named

        device_named(name)


@contextmanager
def launched_processes(device: str, workers: int | None = 1, executor: str = "local") -> Iterator[None]:
    """Connects the processes of a launcher such as ``accelerate launch``, if one started this command.

    Args:
        device: as the option has it.
        workers: cells at a time, each in a process of its own; None for as many as fit.
        executor: where cells run.

    Raises:
        TodsumError: they can't share the work with these options.
    """
    from todsum.bench.job import pick_device

    if not distributed.launched():
        yield
        return
    if workers != 1 or executor != "local":
        raise TodsumError("--workers, --executor: a launcher has started several processes already; leave them out")
    if (picked := pick_device(device)) not in ("cpu", "cuda"):
        raise TodsumError(f"--device {device}: a launcher gives each process its own; pass auto, cpu or cuda")
    distributed.join(picked)
    try:
        with distributed.together():
            yield
    finally:
        distributed.leave()
