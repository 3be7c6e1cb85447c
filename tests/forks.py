"""Functions and command lines in forks of one process that has imported what takes long: starting them costs little."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

SLOW_IMPORTS = [
    "pytest",
    "datasets",
    "peft",
    "rich.progress",
    "rouge_score.tokenizers",
    "todsum.bench.executors",
    "todsum.cli.run",
    "todsum.cli.models_push",
    "todsum.metrics.scoring",
    "todsum.methods.trained",
    "todsum.summarizing.exported_folder",
    "todsum.report.table",
    "tests.training.joint",
    "tests.frozen",
]
TIMEOUT = 120.0


def context() -> ForkServerContext:
    """Processes that are started with it are forks of one that has made the slow imports, and no threads."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(SLOW_IMPORTS)
    with contextlib.chdir(ROOT):  # it has no other way to find the tests
        forkserver.ensure_running()
    return context


def call(work: Callable[..., Any], *arguments: Any) -> Any:
    """Returns what a function of a module returns in a fork, or raises what it raises there.

    The fork finds the current folder, the environment and the ``sys.path`` of this process, but not its patches.
    """
    here, there = (started := context()).Pipe(duplex=False)
    process = started.Process(target=_call, args=(there, Path.cwd(), dict(os.environ), work, arguments))
    process.start()
    there.close()
    try:
        assert here.poll(TIMEOUT), f"{work.__name__} hangs"
        error, result = here.recv()
    finally:
        process.kill()
        process.join()
    if error is not None:
        raise error
    return result


class Command:
    """A command line at work in a fork. Its attribute ``process`` may be killed.

    Args:
        main: runs the command line of ``sys.argv``.
        arguments: without the program's name.
        environment: variables beside those of this process.
    """

    def __init__(self, main: Callable[[], object], arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._said = [Path(self._folder.name) / name for name in ("stdout", "stderr")]
        for path in self._said:
            path.touch()  # it may be killed before it can
        given = self._said, Path.cwd(), os.environ | environment, main, arguments
        self.process = context().Process(target=_run, args=given)
        self.process.start()

    def end(self, timeout: float = TIMEOUT) -> tuple[int | None, str, str]:
        """Waits for its end. Returns its exit code (or minus the signal), stdout and stderr."""
        self.process.join(timeout)
        assert not self.process.is_alive(), "the command hangs"
        stdout, stderr = (path.read_text(encoding="utf-8") for path in self._said)
        self._folder.cleanup()
        return self.process.exitcode, stdout, stderr


def _enter(folder: Path, environment: Mapping[str, str]) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)


def _call(
    there: Connection, folder: Path, environment: dict[str, str], work: Callable[..., Any], arguments: tuple[Any, ...]
) -> None:
    _enter(folder, environment)
    try:
        answer = None, work(*arguments)
    except Exception as error:
        answer = error, None
    there.send(answer)


def _run(
    said: Sequence[Path],
    folder: Path,
    environment: Mapping[str, str],
    main: Callable[[], object],
    arguments: Sequence[str],
) -> None:
    for number, path in enumerate(said, start=1):
        os.dup2(os.open(path, os.O_WRONLY), number)
    _enter(folder, environment)
    sys.argv = ["todsum-bench", *arguments]
    main()
