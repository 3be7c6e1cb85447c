"""``speed.json``: the machine and what each part printed, written as the parts come."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from figures import judge
from parts import Run

SPEED = "speed.json"
DONE, FAILED = "done", "failed"
#: What tells a machine from another.
IDENTITY = ("cpu", "cores", "gpu")
#: Each part has torch's own settings, whatever the shell has.
UNSET = ("OMP_NUM_THREADS", "OMP_WAIT_POLICY", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TODSUM_CACHE")


@dataclass
class Report:
    """The report of a machine.

    Attributes:
        folder: it lies in.
        machine: as :func:`machine.describe` has it.
        git: commit and dirty flag.
        parts: the records, by their keys: state, arguments, commit, seconds, and the result or the reason.
    """

    folder: Path
    machine: Mapping[str, Any]
    git: Mapping[str, Any]
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def open(cls, folder: Path, machine: Mapping[str, Any], git: Mapping[str, Any]) -> Report:
        """Reads the report of a folder, or begins one.

        Raises:
            ValueError: it is of another machine, or none at all.
        """
        report, path = cls(folder, machine, git), folder / SPEED
        if path.exists():
            old = json.loads(path.read_bytes())
            other = [name for name in IDENTITY if old["machine"].get(name) != machine.get(name)]
            if other:
                raise ValueError(f"{path}: of another machine ({', '.join(other)} differ): pass another --out")
            report.parts = old["parts"]
        return report

    def has(self, run: Run) -> bool:
        """Whether a part is there that was run at this commit with these arguments."""
        part = self.parts.get(run.key, {})
        same = part.get("commit") == self.git["commit"] and part.get("arguments") == list(run.arguments)
        return same and part.get("state") == DONE

    def add(self, run: Run, outcome: Mapping[str, Any]) -> None:
        """Takes a part in and writes the report."""
        self.parts[run.key] = {"arguments": list(run.arguments), **self.git, **outcome}
        self.write()

    def write(self) -> None:
        """Puts the whole report in place."""
        content = {
            "machine": dict(self.machine),
            "figures": [one.to_json() for one in judge(self.parts)],
            "parts": self.parts,
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f"{SPEED}.part"
        part.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        part.replace(self.folder / SPEED)


def measure(run: Run, data: Path, timeout: float) -> dict[str, Any]:
    """Runs a part in a process of its own: its state, the seconds it took, and its result, or why there is none."""
    command = [sys.executable, str(run.part.script), *run.arguments]
    command += ["--data", str(data)] if run.part.data else []
    environment = {name: value for name, value in os.environ.items() if name not in UNSET}
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as cache:
        environment["TODSUM_CACHE"] = cache
        outcome = _outcome(command, environment, timeout)
    return {"state": outcome[0], "seconds": round(time.monotonic() - start, 1), outcome[1]: outcome[2]}


def _outcome(command: list[str], environment: dict[str, str], timeout: float) -> tuple[str, str, Any]:
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=timeout)
    except subprocess.TimeoutExpired:
        return FAILED, "reason", f"was not done after {timeout:g} s"
    said = [line for line in done.stderr.splitlines() if line.strip()]
    if done.returncode:
        return FAILED, "reason", f"exit code {done.returncode}: {said[-1].strip()[:500] if said else 'said nothing'}"
    try:
        result = json.loads(done.stdout)
    except ValueError as error:
        return FAILED, "reason", f"printed no JSON object ({error})"
    if not isinstance(result, dict):
        return FAILED, "reason", "printed no JSON object"
    return DONE, "result", result


def collect(
    report: Report, runs: list[Run], data: Path, again: bool, timeout: float, say: Callable[[str], None]
) -> list[str]:
    """Runs parts one after the other; one that fails leaves its reason, and the others go on.

    Args:
        report: takes them in.
        runs: the parts.
        data: the published data.
        again: whether those that are there are run, too.
        timeout: seconds for each.
        say: told of the progress.

    Returns:
        The keys of those that failed.
    """
    failed = []
    for number, run in enumerate(runs, 1):
        place = f"{number}/{len(runs)} {run.key}"
        if report.has(run) and not again:
            say(f"{place}: is there")
            continue
        say(f"{place}: running")
        outcome = measure(run, data, timeout)
        report.add(run, outcome)
        say(f"{place}: {outcome['state']} after {outcome['seconds']} s{_because(outcome)}")
        if outcome["state"] == FAILED:
            failed.append(run.key)
    return failed


def _because(outcome: Mapping[str, Any]) -> str:
    return f": {outcome['reason']}" if "reason" in outcome else ""
