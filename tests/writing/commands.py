"""Commands in forks of one process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.conftest import ROOT


def start_server() -> subprocess.Popen[str]:
    """The process that commands are forks of."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    environment.pop("TODSUM_DATA", None)
    command = [sys.executable, "-m", "tests.writing.server"]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


class Commands:
    """Runs commands in a folder, with a cache folder in it, in forks of a server."""

    def __init__(self, server: subprocess.Popen[str], folder: Path) -> None:
        self.process = server
        self.folder = folder

    def __call__(
        self, command: str, end: str = "kill", at: int = 0, watched: str = "out", locks: bool = True
    ) -> dict[str, Any]:
        """What became of a command: exit code (or minus the signal), stderr, and how many changes it made in a folder.

        Args:
            command: without the program's name.
            end: how it ends at a change, see :class:`tests.writing.server.Watch`.
            at: the number of that change; 0 for none.
            watched: the folder.
            locks: whether the file system has locks.
        """
        about = {"root": str(self.folder / watched), "end": end, "at": at, "locks": locks}
        (found,) = self._ask([command], about)
        return found

    def at_once(self, *commands: str) -> list[dict[str, Any]]:
        """What became of commands that ran at the same time."""
        return self._ask(commands, {"root": str(self.folder / "out"), "end": "kill", "at": 0, "locks": True})

    def _ask(self, commands: Sequence[str], about: Mapping[str, Any]) -> list[dict[str, Any]]:
        assert self.process.stdin is not None and self.process.stdout is not None
        requests = [{"command": command, "folder": str(self.folder), **about} for command in commands]
        self.process.stdin.write(json.dumps(requests) + "\n")
        self.process.stdin.flush()
        found: list[dict[str, Any]] = json.loads(self.process.stdout.readline())
        return found

    def well(self, command: str) -> None:
        """Runs a command that has to end well."""
        found = self(command)
        assert found["code"] == 0, (command, found["stderr"])
