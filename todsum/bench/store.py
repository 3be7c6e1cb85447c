"""What is on disk of one cell, and how it is written: nothing is ever half there.

``spec.json`` and ``status.json`` are replaced as a whole, ``predictions.jsonl`` and, where states are predicted,
``states.jsonl`` grow by whole batches, ``model/`` and
``result.json`` are renamed into place when they are complete. ``work/`` is the method's own folder; it is removed when
the cell is finished. A lock that the system releases when a process dies keeps two runs off the same cell.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel

from todsum.bench.batches import BatchFile
from todsum.bench.result import PREDICTIONS, RESULT, SPEC, STATES, STATUS, Result, Spec, Status, read_record
from todsum.errors import TodsumError


def write_atomic(path: Path, text: str) -> None:
    """Replaces a file as a whole: a reader sees the old text or the new one, also after a power cut."""
    part = path.with_name(f".{path.name}.part")
    with part.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)


def check_writable(folder: Path) -> None:
    """Makes an output folder.

    Raises:
        TodsumError: it can't be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise TodsumError(f"{folder}: can't write there: {error.strerror or error}") from error


class BusyCell(TodsumError):
    """Another process is running the cell."""


class CellStore:
    """The folder of one cell."""

    def __init__(self, runs: Path, spec: Spec) -> None:
        self.runs = runs
        self.spec = spec
        self.folder = runs / spec.folder()
        self.work = self.folder / "work"
        self.model = self.folder / "model"
        self.predictions = BatchFile(self.folder / PREDICTIONS, "summary")
        self.states = BatchFile(self.folder / STATES, "state")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the cell for this process.

        Raises:
            BusyCell: another process is at it.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise BusyCell("another process is running this cell") from error
            yield

    def finished(self) -> Result | None:
        """The result of a finished cell.

        Raises:
            TodsumError: the result can't be read; it is never silently made again.
        """
        path = self.folder / RESULT
        if not path.exists():
            return None
        try:
            result = read_record(path, Result)
        except TodsumError as error:
            raise TodsumError(f"{error}; remove {self.folder} to run the cell again") from error
        if result.spec.label != self.spec.label:
            result = result.model_copy(update={"spec": self.spec})
            self._write(SPEC, self.spec)
            self._write(RESULT, result)
        return result

    def start(self) -> None:
        """Writes the spec and marks the cell as running."""
        self._forget_unpinned()
        self._write(SPEC, self.spec)
        self.set_status(Status(state="running"))
        self.work.mkdir(exist_ok=True)

    def _forget_unpinned(self) -> None:
        """Removes the failure of this cell from when its backbone could not be had, so that no table shows both."""
        unpinned = self.runs / self.spec.model_copy(update={"backbone_revision": None}).folder()
        if unpinned != self.folder and not (unpinned / RESULT).exists():
            shutil.rmtree(unpinned, ignore_errors=True)

    def set_status(self, status: Status) -> None:
        """Replaces the status."""
        self._write(STATUS, status)

    def finish(self, result: Result) -> None:
        """Puts the result in place, last of all, and removes the method's work folder."""
        shutil.rmtree(self.work, ignore_errors=True)
        self.set_status(Status(state="finished"))
        self._write(RESULT, result)

    def stop(self, status: Status) -> None:
        """Marks the cell as failed or dropped."""
        self._write(SPEC, self.spec)
        self.set_status(status)

    @contextmanager
    def new_model(self) -> Iterator[Path]:
        """A folder to save the fitted method in; it becomes :attr:`model` when the block ends well."""
        part = self.folder / "model.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        yield part
        part.rename(self.model)

    def _write(self, name: str, record: BaseModel) -> None:
        write_atomic(self.folder / name, record.model_dump_json(indent=1) + "\n")
