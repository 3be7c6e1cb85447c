"""Cells as tasks of a Ray cluster: Ray finds them a place, and tries again what was lost with a process or a node."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from todsum.bench.cell import Cell
from todsum.bench.executors.machine import Memory, unknown
from todsum.bench.executors.ray_worker import run_task
from todsum.bench.job import Options
from todsum.bench.result import RESULT
from todsum.bench.runner import Outcome, fail_cell
from todsum.bench.threads import thread_variables
from todsum.errors import TodsumError

#: How often a cell is tried again whose process or node was lost, or which took too much memory.
RETRIES = 3
#: Seconds that the cluster has to answer in.
CONNECT_IN = 10.0
#: Seconds between looks at the cluster while no cell ends.
LOOK_EVERY = 5.0
#: Seconds that cells wait for a node that is large enough, where none is there any more.
PATIENCE = 60.0
#: Seconds that a result may take to appear through a network's file system.
VISIBLE_AFTER = 10.0
#: What of this process's environment a task has to find, too.
PASSED_ON = ("TODSUM_CACHE", "HF_HUB_OFFLINE", "OMP_WAIT_POLICY")


class RayTasks:
    """Runs cells on a Ray cluster whose nodes have the same packages and see the same files.

    Args:
        address: of the cluster: ``auto`` for the one that this machine is a node of, or ``HOST:PORT``; None makes one
            of this machine alone.
        per_gpu: cells at a time on each GPU.
        memory: foretells the peak memory of a cell in MB; Ray then runs no more cells on a node than have room.

    Raises:
        TodsumError: Ray is not installed.
    """

    def __init__(self, address: str | None = None, per_gpu: int = 1, memory: Memory = unknown) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when it is imported
        os.environ.setdefault("RAY_task_oom_retries", str(RETRIES))  # by itself, Ray tries for ever
        try:
            import ray
        except ImportError as error:
            raise TodsumError("--executor ray: Ray is not installed; pip install 'todsum[ray]'") from error
        self.ray: Any = ray
        self.address = address
        self.per_gpu = per_gpu
        self.memory = memory

    def run(self, cells: Sequence[Cell], options: Options) -> Iterator[Outcome]:
        """Runs cells as tasks.

        Raises:
            TodsumError: there is no such cluster, or none of its nodes is large enough.
        """
        if options.device not in ("auto", "cpu", "cuda"):
            raise TodsumError(f"--device {options.device}: Ray gives each cell its own; pass auto, cpu or cuda")
        self._connect(options)
        try:
            yield from self._run(cells, options)
        finally:
            self.ray.shutdown()

    def _connect(self, options: Options) -> None:
        variables = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        about: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
        about |= {"runtime_env": {"env_vars": variables | thread_variables(options.threads)}}
        about |= {"include_dashboard": False} if self.address is None else {"address": self.address}
        # Ray prints whole logs of what it lost to stdout, where the table goes; the reasons of cells say it in a line.
        self.ray._private.worker.listen_error_messages = _silent
        try:
            if self.address is not None:
                _check_answers(self.address)
            self.ray.init(**about)
        except (OSError, RuntimeError, ValueError) as error:
            raise TodsumError(f"--ray-address {self.address}: {error}") from error

    def _run(self, cells: Sequence[Cell], options: Options) -> Iterator[Outcome]:
        largest = self._largest()
        remote = self.ray.remote(run_task)
        mute = replace(options, runs=options.runs.resolve(), log=_nothing)
        waiting: dict[Any, tuple[Cell, dict[str, float]]] = {}
        for cell in cells:
            asked = self._asked(cell, options, largest)
            task = remote.options(max_retries=RETRIES, retry_exceptions=False, **_as_options(asked))
            waiting[task.remote(cell, mute, Path.cwd())] = cell, asked
        lacking_since: float | None = None
        while waiting:
            ended, _ = self.ray.wait(list(waiting), timeout=LOOK_EVERY)
            for reference in ended:
                yield self._outcome(reference, waiting.pop(reference)[0], options)
            lacking = [] if ended else self._lacking(waiting)
            lacking_since = (lacking_since or time.monotonic()) if lacking else None
            if lacking_since and time.monotonic() - lacking_since > PATIENCE:
                for reference in lacking:
                    self.ray.cancel(reference, force=True)
                    cell, asked = waiting.pop(reference)
                    yield fail_cell(cell, options, f"no node of the Ray cluster is left that has {_words(asked)}")

    def _asked(self, cell: Cell, options: Options, largest: Mapping[str, float]) -> dict[str, float]:
        """What a cell needs, as Ray names and counts it.

        Raises:
            TodsumError: no node has it.
        """
        asked = {"CPU": float(options.threads)}
        on_gpu = options.device == "cuda" or (options.device == "auto" and largest.get("GPU", 0) > 0)
        if cell.uses_device and on_gpu:
            asked["GPU"] = 1 / self.per_gpu
        for name, amount in asked.items():
            if amount > largest.get(name, 0):
                raise TodsumError(f"--executor ray: no node of the cluster has {_words({name: amount})}")
        if foretold := self.memory(cell):
            asked["memory"] = min(foretold * 1e6, largest.get("memory", 0))
        return asked

    def _largest(self) -> dict[str, float]:
        """The most that any node has of each resource."""
        most: dict[str, float] = {}
        for node in self._nodes():
            for name, amount in node.items():
                most[name] = max(amount, most.get(name, 0))
        return most

    def _nodes(self) -> list[dict[str, float]]:
        return [node["Resources"] for node in self.ray.nodes() if node["Alive"]]

    def _lacking(self, waiting: Mapping[Any, tuple[Cell, dict[str, float]]]) -> list[Any]:
        """The tasks that no node is large enough for any more."""
        nodes = self._nodes()
        fits = {
            repr(asked): any(all(node.get(name, 0) >= amount for name, amount in asked.items()) for node in nodes)
            for _, asked in waiting.values()
        }
        return [reference for reference, (_, asked) in waiting.items() if not fits[repr(asked)]]

    def _outcome(self, reference: Any, cell: Cell, options: Options) -> Outcome:
        try:
            outcome: Outcome = self.ray.get(reference)
        except self.ray.exceptions.RayError as error:
            return fail_cell(cell, options, _reason(error))
        if outcome.state == "finished" and not _appears(options.runs / cell.spec.folder() / RESULT):
            where = f"its result is not in {options.runs}: the run directory has to be one that all nodes see"
            return Outcome(cell.spec, "failed", where)
        return outcome


def _check_answers(address: str) -> None:
    """Ray itself waits for minutes where nobody answers.

    Raises:
        OSError: nobody does.
    """
    host, _, port = address.rpartition(":")
    if port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_IN).close()


def _as_options(asked: Mapping[str, float]) -> dict[str, float]:
    """Resources as options of a task."""
    names = {"CPU": "num_cpus", "GPU": "num_gpus", "memory": "memory"}
    return {names[name]: amount for name, amount in asked.items()}


def _words(asked: Mapping[str, float]) -> str:
    return " and ".join(
        f"{amount / 1e6:.0f} MB of memory" if name == "memory" else f"{amount:g} {name}"
        for name, amount in asked.items()
    )


def _reason(error: Exception) -> str:
    """Ray's own words are pages long; their first line says what happened."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}, after {RETRIES} more tries: {lines[0] if lines else 'lost'}"


def _appears(path: Path) -> bool:
    """Whether a file is there, or soon is."""
    until = time.monotonic() + VISIBLE_AFTER
    while not path.exists():
        if time.monotonic() > until:
            return False
        with suppress(OSError):
            os.listdir(path.parent)  # noqa: PTH208  asks the file server anew
        time.sleep(0.2)
    return True


def _silent(*arguments: object) -> None:
    """Stands in for Ray's printer of messages."""


def _nothing(line: str) -> None:
    """Tasks don't write to the terminal."""
