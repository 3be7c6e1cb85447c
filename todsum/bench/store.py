"""What is on disk of one cell, and how it is written: nothing is ever half there.

``spec.json`` and ``status.json`` are replaced as a whole, ``predictions.jsonl`` and, where states are predicted,
``states.jsonl`` grow by whole batches, ``model/`` and
``result.json`` are renamed into place when they are complete. ``work/`` is the method's own folder; it is removed when
the result is there. A lock that the system releases when a process dies keeps two runs off the same cell.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from pydantic import BaseModel

from todsum.bench.batches import BatchFile
from todsum.bench.reasons import is_disk_full
from todsum.bench.result import PREDICTIONS, RESULT, SPEC, STATES, STATUS, Result, Spec, Status, read_record
from todsum.errors import TodsumError
from todsum.files.locks import held
from todsum.files.writing import naming, write_atomic

#: Of a bug that ended a cell.
TRACEBACK = "traceback.txt"


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
            OSError: the folder can't be made.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            try:
                stack.enter_context(held(self.folder / ".lock"))
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
        """The result of a finished cell, under the label that the cell goes by now; removes what it no longer needs.

        Raises:
            TodsumError: as :meth:`read_result`.
        """
        result = self.read_result()
        if result is not None and self.has_work:
            shutil.rmtree(self.work, ignore_errors=True)
        if result is not None and result.spec.label != self.spec.label:
            result = result.model_copy(update={"spec": self.spec})
            self._write(SPEC, self.spec)
            self._write(RESULT, result)
        return result

    @property
    def has_work(self) -> bool:
        """Whether the method's work folder is there, which a killed run may leave beside its result."""
        return self.work.exists()

    def has_unfinished(self) -> bool:
        """Whether an earlier attempt, which did not come to its end, left something to go on from."""
        made = (self.model, self.predictions.path, self.states.path)
        return any(path.exists() for path in made) or (self.work.is_dir() and any(self.work.iterdir()))

    def start(self) -> None:
        """Writes the spec and marks the cell as running."""
        self._forget_unpinned()
        (self.folder / TRACEBACK).unlink(missing_ok=True)
        self._write(SPEC, self.spec, lasting=False)  # of no use without what follows
        self._write(STATUS, Status(state="running"), lasting=False)
        self.work.mkdir(exist_ok=True)

    def _forget_unpinned(self) -> None:
        """Removes the failure of this cell from when its backbone could not be had, so that no table shows both."""
        unpinned = self.runs / self.spec.model_copy(update={"backbone_revision": None}).folder()
        if unpinned != self.folder and not (unpinned / RESULT).exists():
            shutil.rmtree(unpinned, ignore_errors=True)

    def finish(self, result: Result) -> None:
        """Puts the result in place, then removes the method's work folder, which a killed run goes on from."""
        self.predictions.sync()
        self.states.sync()
        self._write(STATUS, Status(state="finished"))
        self._write(RESULT, result)
        shutil.rmtree(self.work, ignore_errors=True)

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
        """A folder to save the fitted method in; it becomes :attr:`model` when the block ends well.

        Raises:
            TodsumError: the disk is full, whichever library says so.
        """
        part = self.folder / "model.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        try:
            yield part
        except Exception as error:
            if is_disk_full(error):
                raise TodsumError(f"{part}: No space left on device") from error
            raise
        part.rename(self.model)

    def _write(self, name: str, record: BaseModel, lasting: bool = True) -> None:
        write_atomic(self.folder / name, _text(record), lasting)


def _text(record: BaseModel) -> str:
    return record.model_dump_json(indent=1) + "\n"


def _overwrite(path: Path, text: str) -> None:
    """Writes a short file in place: on a full disk there is no room for another, but for this one there is."""
    with naming(path), path.open("r+b") as stream:
        stream.write(text.encode())
        stream.truncate()
