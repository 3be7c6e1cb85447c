"""Output files that are complete: the same command again finds its summaries there.

Nothing stands beside a complete file. What it was made of is kept in the cache folder, by the path of the file.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from todsum.errors import TodsumError
from todsum.files.cache import cache_folder
from todsum.files.checksums import sha256
from todsum.files.json_files import read_model
from todsum.files.writing import write_atomic
from todsum.summarizing.dialogue import Dialogue
from todsum.summarizing.progress import MAX_BYTES, Progress, part_of, there_already, update_digest


class FinishedFile:
    """A complete output file. It is only read.

    Attributes:
        done: how many summaries it has.
    """

    def __init__(self, path: Path, progress: Progress) -> None:
        self.path = path
        self.done = progress.done
        self._progress = progress

    def read(self, dialogues: Iterable[Dialogue]) -> Iterator[Dialogue]:
        """The dialogues, as they are.

        Raises:
            TodsumError: they are not those whose summaries are in the file.
        """
        count, digest = 0, hashlib.sha256()
        for count, dialogue in enumerate(dialogues, 1):
            if count > self.done:
                raise there_already(self.path)
            update_digest(digest, dialogue)
            yield dialogue
        if count < self.done or digest.hexdigest() != self._progress.input_sha256:
            raise there_already(self.path)

    @property
    def losses(self) -> Mapping[str, int]:
        """How many of the summaries lost what."""
        return self._progress.losses

    def append(self, texts: Iterable[bytes], losses: Iterable[str]) -> None:
        """Never called: no summary is missing."""
        raise AssertionError(f"{self.path} is complete")

    def finish(self) -> None:
        """Nothing to do."""


def finished_file(path: Path, options: Mapping[str, str]) -> FinishedFile | None:
    """The output file, if a run with these options has completed it and it is unchanged since; else None."""
    try:
        progress = read_model(_record(path), Progress, MAX_BYTES)
        if part_of(path).exists() or progress.options != options or path.stat().st_size != progress.size:
            return None
        if sha256(path) != progress.output_sha256:
            return None
    except (OSError, TodsumError):
        return None
    return FinishedFile(path, progress)


def keep_finished(path: Path, progress: Progress) -> None:
    """Keeps what a complete output file was made of. Without a cache folder that is forgotten."""
    with suppress(OSError, TodsumError):
        record = _record(path)
        record.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(record, progress.model_dump_json(indent=1) + "\n")


def _record(path: Path) -> Path:
    name = hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()
    return cache_folder() / "summaries" / f"{name}.json"
