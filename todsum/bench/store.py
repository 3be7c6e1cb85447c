"""What is on disk of one cell, and how it is written: nothing is ever half there.

``spec.json`` and ``status.json`` are replaced as a whole, ``predictions.jsonl`` and, where states are predicted,
``states.jsonl`` grow by whole batches, ``model/`` and
``result.json`` are renamed into place when they are complete. ``work/`` is the method's own folder; it is removed when
the cell is finished. A lock that the system releases when a process dies keeps two runs off the same cell.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import BaseModel

from todsum.bench.batches import BatchFile
from todsum.bench.result import PREDICTIONS, RESULT, SPEC, STATES, STATUS, Result, Spec, Status, read_record
from todsum.errors import TodsumError
from todsum.locks import lock


def write_atomic(path: Path, text: str, lasting: bool = True) -> None:
    """Replaces a file as a whole: a reader sees the old text or the new one.

    Args:
        path: of the file.
        text: all of it.
        lasting: whether that holds after a power cut, too, which takes the disk some milliseconds.

    Raises:
        OSError: there is no room, or no right to write; nothing is left behind, and the old file stays as it is.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("w", encoding="utf-8") as stream:
            stream.write(text)
            if lasting:
                stream.flush()
                os.fsync(stream.fileno())
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def check_writable(folder: Path) -> None:
    """Makes an output folder.

    Raises:
        TodsumError: it can't be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink(missing_ok=True)  # of another machine's process of the same number, perhaps
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
            OSError: the folder can't be made, or its file system has no locks.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as stream:
            try:
                lock(stream)
            except BlockingIOError as error:
                raise BusyCell("another process is running this cell") from error
            yield

    @property
    def seconds_written(self) -> float:
        """Wall seconds that appending predictions has taken so far."""
        return self.predictions.seconds + self.states.seconds

    def read_result(self) -> Result | None:
        """The result of a finished cell, as it is on disk.

        Raises:
            TodsumError: the result can't be read; it is never silently made again.
        """
        path = self.folder / RESULT
        if not path.exists():
            return None
        try:
            return read_record(path, Result)
        except TodsumError as error:
            raise TodsumError(f"{error}; remove {self.folder} to run the cell again") from error

    def finished(self) -> Result | None:
        """The result of a finished cell, under the label that the cell goes by now. Raises as :meth:`read_result`."""
        result = self.read_result()
        if result is not None and result.spec.label != self.spec.label:
            result = result.model_copy(update={"spec": self.spec})
            self._write(SPEC, self.spec)
            self._write(RESULT, result)
        return result

    def has_unfinished(self) -> bool:
        """Whether an earlier attempt, which did not come to its end, left something to go on from."""
        made = (self.model, self.predictions.path, self.states.path)
        return any(path.exists() for path in made) or (self.work.is_dir() and any(self.work.iterdir()))

    def start(self) -> None:
        """Writes the spec and marks the cell as running."""
        self._forget_unpinned()
        self._write(SPEC, self.spec, lasting=False)  # of no use without what follows
        self._write(STATUS, Status(state="running"), lasting=False)
        self.work.mkdir(exist_ok=True)

    def _forget_unpinned(self) -> None:
        """Removes the failure of this cell from when its backbone could not be had, so that no table shows both."""
        unpinned = self.runs / self.spec.model_copy(update={"backbone_revision": None}).folder()
        if unpinned != self.folder and not (unpinned / RESULT).exists():
            shutil.rmtree(unpinned, ignore_errors=True)

    def finish(self, result: Result) -> None:
        """Puts the result in place, last of all, and removes the method's work folder."""
        shutil.rmtree(self.work, ignore_errors=True)
        self.predictions.sync()
        self.states.sync()
        self._write(STATUS, Status(state="finished"))
        self._write(RESULT, result)

    def stop(self, status: Status) -> None:
        """Marks the cell as failed or dropped; what it has half written makes room.

        Raises:
            OSError: not even the status can be written.
        """
        for path in self._half_written():
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                with suppress(OSError):
                    path.unlink()
        try:
            self._write(SPEC, self.spec)
            self._write(STATUS, status)
        except OSError:
            _overwrite(self.folder / STATUS, _text(status))

    def _half_written(self) -> list[Path]:
        """What nobody goes on from: a model that is not whole, files and folders on their way into place."""
        inner = self.work.rglob("partial-*") if self.work.is_dir() else ()
        return [self.folder / "model.part", *self.folder.glob(".*.part"), *inner]

    @contextmanager
    def new_model(self) -> Iterator[Path]:
        """A folder to save the fitted method in; it becomes :attr:`model` when the block ends well."""
        part = self.folder / "model.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        yield part
        part.rename(self.model)

    def _write(self, name: str, record: BaseModel, lasting: bool = True) -> None:
        write_atomic(self.folder / name, _text(record), lasting)


def _text(record: BaseModel) -> str:
    return record.model_dump_json(indent=1) + "\n"


def _overwrite(path: Path, text: str) -> None:
    """Writes a short file in place: on a full disk there is no room for another, but for this one there is."""
    with path.open("r+b") as stream:
        stream.write(text.encode())
        stream.truncate()
