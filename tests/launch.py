"""Runs a function in several processes that find each other, as those of ``accelerate launch`` do, but starts quickly.

The processes are forks of one that has imported what takes long, so that starting them costs next to nothing.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

SLOW_IMPORTS = ["tests.training.joint"]
TIMEOUT = 120.0


def launch(count: int, work: Callable[..., Any], *arguments: Any) -> list[Any]:
    """What ``work`` returned in each process, or the error that it raised. A process that hangs fails the test."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(SLOW_IMPORTS)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(count)}
    shared["LOCAL_WORLD_SIZE"] = str(count)
    started = []
    for rank in range(count):
        here, there = context.Pipe(duplex=False)
        environment = shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)}
        process = context.Process(target=_work, args=(there, environment, work, arguments))
        process.start()
        there.close()
        started.append((process, here))
    try:
        ended = []
        for process, here in started:
            assert here.poll(TIMEOUT), f"process {process.name} hangs"
            ended.append(here.recv())
    finally:
        for process, _ in started:
            process.kill()
            process.join()
    return ended


def _work(there: Connection, environment: dict[str, str], work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    import torch

    from todsum import processes

    os.environ.update(environment)
    torch.set_num_threads(1)
    try:
        result = work(*arguments)
    except Exception as error:
        result = error
    there.send(result)
    processes.leave()
