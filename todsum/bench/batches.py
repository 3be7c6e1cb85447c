"""JSON lines that grow by whole batches: the unit of resume."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import get_args

from todsum.errors import RecordError, TodsumError
from todsum.files.json_text import parse_json
from todsum.files.plain import read_plain
from todsum.files.writing import naming, to_disk
from todsum.written import Part, Written

#: Seconds between batches that are seen to the disk one by one; of a method that is quicker several are at once.
SYNC_EVERY = 1.0

MAX_BYTES = 1 << 28


class BatchFile:
    """A file with a text for each example, a line each: ``{"id": …, FIELD: text, …}``, and perhaps what was ``cut``.

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
        for line in read_plain(self.path, MAX_BYTES).splitlines(keepends=True):
            with suppress(ValueError):
                identity, text = self._row(line)
                if line.endswith(b"\n") and len(texts) < len(ids) and identity == ids[len(texts)]:
                    texts.append(text)
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
        found: dict[str, str] = {}
        for number, line in enumerate(read_plain(self.path, MAX_BYTES).split(b"\n"), 1):
            if not line.strip():
                continue
            try:
                identity, text = self._row(line)
            except ValueError as error:
                raise RecordError(self.path, number, str(error)) from error
            if identity in found:
                raise RecordError(self.path, number, f"a second text for {identity}")
            found[identity] = text
        if missing := [identity for identity in ids if identity not in found]:
            raise TodsumError(f"{self.path}: does not fit the result beside it: no text for {missing[0]}")
        return {identity: found[identity] for identity in ids}

    def _row(self, line: bytes) -> tuple[str, str]:
        """Id and text of a line; raises a ValueError where it has none."""
        row = parse_json(line)
        if not isinstance(row, dict) or not isinstance(row.get("id"), str) or not isinstance(row.get(self.field), str):
            raise ValueError(f'expected an object {{"id": …, "{self.field}": …}} of two texts')
        return row["id"], _written(row[self.field], row.get("cut"))

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


def _written(text: str, cut: object) -> str:
    """The text of a row; of ``cut``, which a file of another version lacks, what is known."""
    return Written(text, [part for part in get_args(Part) if part in cut]) if isinstance(cut, list) else text
