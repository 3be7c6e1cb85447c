"""Runs a function in several processes that find each other, as those of ``accelerate launch`` do, but starts quickly.

The processes are forks of one that has imported what takes long, so that starting them costs next to nothing.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from tests.forks import TIMEOUT, context


def launch(count: int, work: Callable[..., Any], *arguments: Any) -> list[Any]:
    """What ``work`` returned in each process, or the error that it raised. A process that hangs fails the test."""
    forks = context()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(count)}
    shared["LOCAL_WORLD_SIZE"] = str(count)
    started = []
    for rank in range(count):
        here, there = forks.Pipe(duplex=False)
        environment = shared | {"RANK": str(rank), "LOCAL_RANK": str(rank)}
        process = forks.Process(target=_work, args=(there, environment, work, arguments))
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

    from todsum import distributed

    os.environ.update(environment)
    torch.set_num_threads(1)
    try:
        result = work(*arguments)
    except Exception as error:
        result = error
    there.send(result)
    distributed.leave()
