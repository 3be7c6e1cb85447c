"""JSON lines that grow by whole batches: the unit of resume."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from todsum.errors import TodsumError
from todsum.files import naming, to_disk

#: Seconds between batches that are seen to the disk one by one; of a method that is quicker several are at once.
SYNC_EVERY = 1.0


class BatchFile:
    """A file with a text for each example, a line each: ``{"id": …, FIELD: text, …}``.

    Args:
        path: of the file, which need not exist.
        field: the name of the text.

    Attributes:
        seconds: wall seconds that appending has taken so far.
    """

    def __init__(self, path: Path, field: str) -> None:
        self.path = path
        self.field = field
        self.seconds = 0.0
        self._synced = 0.0  # when it was last seen to the disk
        self._unsynced = False

    def read(self, ids: Sequence[str], ends: Sequence[int]) -> list[str]:
        """The texts that are there already, in whole batches; what lies behind them is cut off.

        Args:
            ids: of the examples, in the order in which their texts are made.
            ends: how many texts there are after each batch.
        """
        if not self.path.exists():
            return []
        texts: list[str] = []
        sizes = [0]  # of the file after each text
        for line in self.path.read_bytes().splitlines(keepends=True):
            with suppress(ValueError, TypeError, KeyError):
                row = json.loads(line)
                if line.endswith(b"\n") and len(texts) < len(ids) and row["id"] == ids[len(texts)]:
                    texts.append(str(row[self.field]))
                    sizes.append(sizes[-1] + len(line))
                    continue
            break
        whole = max(end for end in (0, *ends) if end <= len(texts))
        with self.path.open("r+b") as stream:
            stream.truncate(sizes[whole])
        return texts[:whole]

    def read_all(self, ids: Sequence[str]) -> dict[str, str]:
        """The texts of a finished cell by example id.

        Raises:
            TodsumError: they are not all there.
        """
        try:
            rows = [json.loads(line) for line in self.path.read_text(encoding="utf-8").split("\n") if line]
            found = {row["id"]: str(row[self.field]) for row in rows}
            return {identity: found[identity] for identity in ids}
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise TodsumError(f"{self.path}: does not fit the result beside it: {error}") from error

    def append(self, rows: Iterable[Mapping[str, object]]) -> None:
        """Appends one batch. It survives the process at once, a power cut from the next second or :meth:`sync` on."""
        began = time.monotonic()
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        with naming(self.path), self.path.open("ab") as stream:
            stream.write(text.encode("utf-8", errors="replace"))
            stream.flush()
            self._unsynced = began - self._synced < SYNC_EVERY
            if not self._unsynced:
                os.fsync(stream.fileno())
                self._synced = began
        self.seconds += time.monotonic() - began

    def sync(self) -> None:
        """Sees to the disk what is not there yet."""
        if self._unsynced:
            to_disk(self.path)
            self._unsynced = False
