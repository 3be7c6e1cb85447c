"""Several cells at a time in processes of this machine, which are watched: one that dies is replaced.

The pools of the standard library break as a whole when the system kills one of their processes.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import wait

from todsum.bench.cell import Cell
from todsum.bench.executors.gpus import gpu_names, gpu_variables
from todsum.bench.executors.machine import Machine, Memory, unknown
from todsum.bench.executors.worker import serve
from todsum.bench.job import Options
from todsum.bench.reasons import reason_of
from todsum.bench.runner import Outcome, fail_cell
from todsum.bench.threads import thread_variables

#: How often a cell is tried whose process dies.
TRIES = 2
#: Python's tracker of semaphores would warn of those that a killed process had, which it removes.
QUIET = "ignore:resource_tracker:UserWarning"
#: Seconds between looks at the processes themselves: what one has forked off keeps its pipes open when it has died.
LOOK_EVERY = 1.0
#: Seconds that a process has to end in when it has closed its pipe.
PATIENCE = 10.0


class LocalProcesses:
    """Runs cells in processes of this machine.

    Args:
        count: processes; None takes as many as cores, memory and GPUs allow.
        per_gpu: cells at a time on each GPU, where cells train on GPUs. More processes than that are never started.
        memory: foretells the peak memory of a cell in MB, for the number of processes.
    """

    def __init__(self, count: int | None, per_gpu: int = 1, memory: Memory = unknown) -> None:
        self.count = count
        self.per_gpu = per_gpu
        self.memory = memory

    def environments(self, cells: Sequence[Cell], options: Options) -> list[dict[str, str]]:
        """What each process finds in its environment: as many as are started for these cells."""
        gpus = gpu_names(options.device) if any(cell.uses_device for cell in cells) else []
        count = self.count or Machine.here(len(gpus)).fits(cells, options.threads, self.per_gpu, self.memory)
        if gpus:
            count = min(count, len(gpus) * self.per_gpu)
        return [
            thread_variables(options.threads) | gpu_variables(number, gpus, self.per_gpu) for number in range(count)
        ]

    def run(self, cells: Sequence[Cell], options: Options) -> Iterator[Outcome]:
        """Runs cells; one whose process dies is tried again in a new one, then it is failed."""
        return _supervise(cells, options, self.environments(cells, options))


@dataclass
class _Task:
    cell: Cell
    tries: int = 0


def _supervise(cells: Sequence[Cell], options: Options, variables: Sequence[Mapping[str, str]]) -> Iterator[Outcome]:
    """Keeps as many workers busy as there are environments for them."""
    waiting = deque(_Task(cell) for cell in cells)
    starting = deque(variables[: len(cells)])
    workers: list[_Worker] = []
    try:
        while workers or waiting:
            while starting and waiting:
                try:
                    worker = _start(workers, options, starting[0])
                except OSError as error:  # no room for another process
                    if workers:
                        break
                    reason = f"no process could be started for it: {reason_of(error)}"
                    yield fail_cell(waiting.popleft().cell, options, reason)
                else:
                    starting.popleft()
                    worker.give(waiting.popleft())
            for worker in _speaking(workers):
                for message in worker.messages():
                    if isinstance(message, Outcome):
                        worker.task = None
                        yield message
                    else:
                        options.log(message)
                task = worker.task
                if task and not worker.ended:
                    continue
                if task and task.tries >= TRIES:
                    yield fail_cell(task.cell, options, f"{worker.stop()}, {task.tries} times")
                    task = None
                if not task and waiting:
                    task = waiting.popleft()
                if task and not worker.ended:
                    worker.give(task)
                    continue
                workers.remove(worker)
                worker.stop()
                if task:
                    waiting.appendleft(task)
                    starting.append(worker.environment)
    finally:
        for worker in workers:
            worker.stop()


def _start(workers: list[_Worker], options: Options, environment: Mapping[str, str]) -> _Worker:
    """Adds a worker to those that are stopped at the end, whenever an interrupt comes."""
    with _inherited(environment):
        worker = _Worker(options, environment)
        workers.append(worker)
    return worker


def _speaking(workers: Sequence[_Worker]) -> list[_Worker]:
    """Waits for workers that have said something, or ended."""
    pipes = {worker.connection: worker for worker in workers}
    ends = {worker.process.sentinel: worker for worker in workers}
    ready = wait([*pipes, *ends], LOOK_EVERY)
    found = [pipes[item] if item in pipes else ends[item] for item in ready]  # type: ignore[index]
    return list(dict.fromkeys([*found, *(worker for worker in workers if not worker.process.is_alive())]))


class _Worker:
    """A process and what it is doing, seen from its parent."""

    def __init__(self, options: Options, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.task: _Task | None = None
        self.ended = False
        context = get_context("spawn")
        self.connection, there = context.Pipe()
        mute = replace(options, log=_nothing)
        self.process = context.Process(target=serve, args=(there, mute, os.getpid()))
        try:
            self.process.start()
        except OSError:
            self.connection.close()
            raise
        finally:
            there.close()

    def give(self, task: _Task) -> None:
        """Hands a cell out; a worker that is dead by now is found out about as others are."""
        task.tries += 1
        self.task = task
        with suppress(OSError):
            self.connection.send(task.cell)

    def messages(self) -> Iterator[Outcome | str]:
        """What the worker has said; sets :attr:`ended` when it will say no more."""
        ended = not self.process.is_alive()  # before the pipe is read: what it said last is in there
        try:
            while self.connection.poll():
                yield self.connection.recv()
        except (EOFError, OSError):
            ended = True
        self.ended = ended

    def stop(self) -> str:
        """Ends the process, if it has not ended; returns how it did, in words for a cell's reason."""
        if self.ended:
            self.process.join(PATIENCE)
        self.process.kill()
        self.process.join()
        self.connection.close()
        code = self.process.exitcode or 0
        if code >= 0:
            return f"its process ended with exit code {code}"
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        hint = " (out of memory? run fewer cells at a time)" if -code == signal.SIGKILL else ""
        return f"its process was killed by {name}{hint}"


@contextmanager
def _inherited(environment: Mapping[str, str]) -> Iterator[None]:
    """What a process that is started now finds: an environment, and Ctrl-C held back until it can do without."""
    warnings = ",".join(filter(None, (os.environ.get("PYTHONWARNINGS"), QUIET)))
    before = {name: os.environ.get(name) for name in ("PYTHONWARNINGS", *environment)}
    os.environ.update({"PYTHONWARNINGS": warnings, **environment})
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def _nothing(line: str) -> None:
    """Workers don't write to the terminal."""
