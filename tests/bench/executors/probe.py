"""A method that notes which process runs it, and that dies, fails or waits as it is told."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from todsum.data.schema import Example
from todsum.methods.base import Context, Method, MethodSettings

VARIABLES = ("CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class ProbeSettings(MethodSettings):
    """Settings of the test method."""

    number: int = 0
    """Tells one cell from another."""
    diary: str
    """File that every attempt is noted in."""
    dies: str = ""
    """Name of the signal that it sends itself, or ``exit``."""
    times: int = 1000
    """How many attempts die or fail."""
    pause: float = 0.0
    """Seconds in training."""
    raises: str = ""
    """``memory``, ``allocator``, ``cuda``, ``disk``, ``exit``, ``bytes``, ``cancelled``, ``speechless``: its error."""
    forks: bool = False
    """Whether it leaves a process behind, noted in the diary as of cell -1."""
    prints: bool = False
    """Whether it writes to stdout, and has a program do so."""
    goes: str = ""
    """A folder that it goes to and stays in."""
    fills: str = ""
    """A file that training writes until the disk is full: below the cell's work folder, or anywhere if absolute."""
    length: int = 0
    """Characters of each summary, if not those of the first utterance."""
    shows: str = ""
    """``threads`` or ``device``: what the summaries say of the process."""


class Probe(Method[ProbeSettings]):
    """Takes the first utterance."""

    Settings = ProbeSettings
    needs_training_split = has_seeds = uses_device = sorts_by_length = True
    batch_size = 8

    def fit(self, train: Sequence[Example], dev: Sequence[Example], context: Context) -> None:
        told = self.settings
        context.log(f"number {told.number}")
        with Path(told.diary).open("a", encoding="utf-8") as stream:
            stream.write(f"{told.number} {os.getpid()}\n")
        attempt = sum(number == told.number for number, _ in attempts(Path(told.diary)))
        time.sleep(told.pause)
        if told.prints:
            sys.stdout.write("printed\n")
            subprocess.run(["echo", "echoed"], check=True)
        if told.goes:
            os.chdir(told.goes)
        if told.forks:
            _fork(Path(told.diary))
        if attempt > told.times:
            return
        if told.dies == "exit":
            os._exit(3)
        if told.dies:
            os.kill(os.getpid(), signal.Signals[told.dies])
        if told.raises:
            _fail(told.raises)
        if told.fills:
            _fill(context.output / told.fills)

    def save(self, folder: Path) -> None:
        (folder / "model").write_text("learnt", encoding="utf-8")

    def summarize(self, examples: Sequence[Example]) -> list[str]:
        told = self.settings
        return [
            _said(told.shows) or f"{x.turns[0].text} {x.id}"[: told.length or None].ljust(told.length, ".")
            for x in examples
        ]


def attempts(diary: Path) -> list[tuple[int, int]]:
    """Number of the cell and process of each attempt, in their order."""
    if not diary.exists():
        return []
    rows = (line.split() for line in diary.read_text(encoding="utf-8").splitlines())
    return [(int(number), int(process)) for number, process in rows]


def _said(what: str) -> str:
    if what == "device":
        return os.environ.get(VARIABLES[0], "none")
    if what == "threads":
        import torch
        from threadpoolctl import threadpool_info

        pools = {pool["num_threads"] for pool in threadpool_info()}
        return f"{torch.get_num_threads()} {sorted(pools)} {[os.environ.get(name) for name in VARIABLES[1:]]}"
    return ""


def _fill(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb", buffering=0) as stream:
        for size in (4096, 1):
            with suppress(OSError):
                while True:
                    stream.write(bytes(size))
        stream.write(b"one more")


def _fork(diary: Path) -> None:
    if child := os.fork():
        with diary.open("a", encoding="utf-8") as stream:
            stream.write(f"-1 {child}\n")
    else:
        time.sleep(100)
        os._exit(0)


class Speechless(Exception):
    def __str__(self) -> str:
        raise AttributeError("response")


def _fail(how: str) -> None:
    import torch

    if how == "bytes":
        raise ValueError(f"no such file: {os.fsdecode(bytes([255]))}")
    if how == "cancelled":
        raise asyncio.CancelledError("by the server")
    if how == "speechless":
        raise Speechless
    if how == "memory":
        raise MemoryError
    if how == "allocator":
        torch.empty(1 << 60, dtype=torch.uint8)
    if how == "cuda":
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.\nGPU 0 has a total capacity …")
    if how == "disk":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/somewhere/weights")
    sys.exit(4)
