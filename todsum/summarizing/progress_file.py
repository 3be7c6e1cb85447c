"""How far an output file is, in a small file beside it: what a killed run goes on from."""

from __future__ import annotations

import hashlib
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from todsum.errors import TodsumError
from todsum.files.json_files import read_model
from todsum.files.locks import held
from todsum.files.writing import naming, to_disk, write_atomic
from todsum.summarizing.dialogue import Dialogue
from todsum.summarizing.finished_file import keep_finished
from todsum.summarizing.progress import MAX_BYTES, Progress, part_of, there_already, update_digest

EVERY = 1.0
"""Seconds between two records of progress; a killed run makes anew what came after the last one."""


class OutFile:
    """An output file that grows, and that another run of the same command goes on with. A context manager.

    Args:
        path: of the file, which must not exist, or be one that such a run has left unfinished.
        options: what the summaries depend on beside the dialogues.

    Attributes:
        done: how many summaries it has already.

    Raises:
        TodsumError: it is complete, of another model, input or options, was edited, or another process is at it.
    """

    def __init__(self, path: Path, options: Mapping[str, str]) -> None:
        if path.is_dir() or not path.name:
            raise TodsumError(f"{path}: is a folder; pass the name of a new file")
        self.path = path
        self.part = part_of(path)
        self._input, self._ahead = hashlib.sha256(), deque[str]()
        begun = self._read(dict(options))
        with ExitStack() as stack:
            try:
                if not self.part.exists():
                    self._save(begun)
                stack.enter_context(held(path))
                self._stream = stack.enter_context(path.open("ab+"))
            except BlockingIOError as error:
                raise TodsumError(f"{path}: another process is writing it") from error
            except OSError as error:
                if not path.exists():
                    self.part.unlink(missing_ok=True)
                raise TodsumError(f"{path}: can't write there: {error.strerror or error}") from error
            self._progress = self._read(dict(options))  # by now no other process changes it
            self.done = self._progress.done
            self._output, self._saved_at = self._checked(), time.monotonic()
            self._closing = stack.pop_all()

    def read(self, dialogues: Iterable[Dialogue]) -> Iterator[Dialogue]:
        """The dialogues, as they are.

        Raises:
            TodsumError: the first ones are not those whose summaries are in the file.
        """
        other = TodsumError(f"{self.path}: was begun with other dialogues; {self._mend}")
        count = 0
        for count, dialogue in enumerate(dialogues, 1):
            update_digest(self._input, dialogue)
            if count == self.done and self._input.hexdigest() != self._progress.input_sha256:
                raise other
            if count > self.done:
                self._ahead.append(self._input.hexdigest())
            yield dialogue
        if count < self.done:
            raise other

    @property
    def losses(self) -> Mapping[str, int]:
        """How many of the summaries lost what, those of killed runs included."""
        return self._progress.losses

    def append(self, texts: Iterable[bytes], losses: Iterable[str]) -> None:
        """Appends the summaries of the next dialogues, and counts what they lost."""
        done, digest, written = self._progress.done, self._progress.input_sha256, bytearray()
        for text in texts:
            written += text
            done, digest = done + 1, self._ahead.popleft()
        with naming(self.path):
            self._stream.write(written)
            self._stream.flush()
        self._output.update(written)
        changed = {"done": done, "input_sha256": digest, "size": self._progress.size + len(written)}
        counts = Counter(self._progress.losses) + Counter(losses)
        changed |= {"output_sha256": self._output.hexdigest(), "losses": dict(counts)}
        self._progress = self._progress.model_copy(update=changed)
        if time.monotonic() - self._saved_at > EVERY:
            self._record()

    def finish(self) -> None:
        """Marks the file as complete."""
        to_disk(self.path)
        keep_finished(self.path, self._progress)
        self.part.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with naming(self.path), self._closing:
            if isinstance(error, TodsumError) and not self._progress.done:
                self.path.unlink(missing_ok=True)  # first: without the other file it would be somebody's own
                self.part.unlink(missing_ok=True)
            elif error is None and self.part.exists():
                self._record()
            elif self.part.exists():
                with suppress(OSError):  # the disk is full, which the error has said
                    self._record()

    def _record(self) -> None:
        to_disk(self.path)
        self._save(self._progress)
        self._saved_at = time.monotonic()

    def _save(self, progress: Progress) -> None:
        write_atomic(self.part, progress.model_dump_json(indent=1) + "\n")

    def _read(self, options: dict[str, str]) -> Progress:
        if not self.part.exists():
            if self.path.exists():
                raise there_already(self.path)
            return Progress(options=options)
        try:
            found = read_model(self.part, Progress, MAX_BYTES)
        except TodsumError as error:
            raise TodsumError(f"{self.part}: does not say how far {self.path} is; {self._mend}") from error
        for name, value in options.items():
            if (old := found.options.get(name)) != value:
                what = "another model" if name == "model" else f"{name} {old}, not {value}"
                raise TodsumError(f"{self.path}: was begun with {what}; {self._mend}")
        return found

    def _checked(self) -> hashlib._Hash:
        """The checksum of what is there of the file, so far as it is known to be good; the rest is cut off."""
        digest, left = hashlib.sha256(), self._progress.size
        self._stream.seek(0)
        while piece := self._stream.read(min(left, 1 << 20)):
            digest.update(piece)
            left -= len(piece)
        if left or digest.hexdigest() != self._progress.output_sha256:
            raise TodsumError(f"{self.path}: was changed since; {self._mend}")
        self._stream.truncate(self._progress.size)
        return digest

    @property
    def _mend(self) -> str:
        return f"remove {self.path} and {self.part} to begin anew"
