"""Answers on disk, by the checksum of their requests: what was paid for once is never asked again.

Several processes may share the folder. An answer is put in place as a whole; a lock that the system releases when a
process dies keeps two from asking the same at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from todsum.errors import TodsumError
from todsum.files import locks
from todsum.files.cache import unwritable_cache
from todsum.files.json_files import read_model
from todsum.files.writing import write_atomic
from todsum.methods.llm.answer import Answer

MAX_BYTES = 8 << 20


class _Entry(BaseModel):
    """A file of the cache. There are no headers in it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    version: Literal[1] = 1
    request: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    answer: Answer


class AnswerCache:
    """A folder of answers, which may come from strangers: what is not valid is not there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, request: str) -> Answer | None:
        """The answer to the request with this checksum, if there is one."""
        path = self._path(request)
        try:
            entry = read_model(path, _Entry, MAX_BYTES)
        except TodsumError:
            return None
        if entry.request != request:
            return None
        with suppress(OSError):  # what a process left that was killed when it had put the answer there
            path.with_suffix(".lock").unlink(missing_ok=True)
        return entry.answer

    def put(self, request: str, answer: Answer) -> None:
        """Keeps an answer. Called by the one who holds the request (:meth:`held`).

        Raises:
            TodsumError: the folder can't be written.
        """
        path = self._path(request)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, _Entry(request=request, answer=answer).model_dump_json(indent=1) + "\n")
        except OSError as error:
            raise unwritable_cache(path, error) from error

    @contextmanager
    def held(self, request: str, pause: Callable[[float], object]) -> Iterator[None]:
        """Holds a request for this process, so that no other asks it; waits, by ``pause``, while another one does.

        Whoever gets it looks into the cache first. The lock's file is removed where the answer is there by then: who
        still waits for it will find the answer, as will all who come later.
        """
        path = self._path(request).with_suffix(".lock")
        with ExitStack() as stack:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                stack.enter_context(locks.held(path, pause))
            except OSError as error:
                raise unwritable_cache(path, error) from error
            try:
                yield
            finally:
                if self._path(request).exists():
                    path.unlink(missing_ok=True)

    def _path(self, request: str) -> Path:
        return self.folder / request[:2] / f"{request}.json"
