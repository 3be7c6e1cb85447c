"""Commands in forks of one process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.conftest import ROOT


class Commands:
    """Runs commands in a folder, in forks of one process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        environment = os.environ | {"PYTHONPATH": str(ROOT), "TODSUM_CACHE": str(folder / "cache")}
        environment |= {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
        environment.pop("TODSUM_DATA", None)
        command = [sys.executable, "-m", "tests.writing.server"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, command: str, end: str = "kill", at: int = 0) -> dict[str, Any]:
        """What became of a command: exit code (or minus the signal), stderr, and how many changes it made in ``out``.

        Args:
            command: without the program's name.
            end: how it ends at a change, see :class:`tests.writing.server.Watch`.
            at: the number of that change; 0 for none.
        """
        (found,) = self._ask([command], end, at)
        return found

    def at_once(self, *commands: str) -> list[dict[str, Any]]:
        """What became of commands that ran at the same time."""
        return self._ask(commands, "kill", 0)

    def _ask(self, commands: Sequence[str], end: str, at: int) -> list[dict[str, Any]]:
        assert self.process.stdin is not None and self.process.stdout is not None
        about = {"folder": str(self.folder), "root": str(self.folder / "out"), "end": end, "at": at}
        self.process.stdin.write(json.dumps([{"command": command} | about for command in commands]) + "\n")
        self.process.stdin.flush()
        found: list[dict[str, Any]] = json.loads(self.process.stdout.readline())
        return found

    def close(self) -> None:
        """Ends the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()

    def well(self, command: str) -> None:
        """Runs a command that has to end well."""
        found = self(command)
        assert found["code"] == 0, (command, found["stderr"])
