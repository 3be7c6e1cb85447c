"""JSON lines that grow by whole batches: the unit of resume."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from todsum.errors import TodsumError


class BatchFile:
    """A file with a text for each example, a line each: ``{"id": …, FIELD: text, …}``.

    Args:
        path: of the file, which need not exist.
        field: the name of the text.
    """

    def __init__(self, path: Path, field: str) -> None:
        self.path = path
        self.field = field

    def read(self, ids: Sequence[str], batch_size: int) -> list[str]:
        """The texts that are there already, in whole batches; what lies behind them is cut off.

        Args:
            ids: of the examples, in the order in which their texts are made.
            batch_size: how many were appended at once.
        """
        if not self.path.exists():
            return []
        texts: list[str] = []
        ends = [0]
        for line in self.path.read_bytes().splitlines(keepends=True):
            with suppress(ValueError, TypeError, KeyError):
                row = json.loads(line)
                if line.endswith(b"\n") and len(texts) < len(ids) and row["id"] == ids[len(texts)]:
                    texts.append(str(row[self.field]))
                    ends.append(ends[-1] + len(line))
                    continue
            break
        whole = len(texts) if len(texts) == len(ids) else len(texts) // batch_size * batch_size
        with self.path.open("r+b") as stream:
            stream.truncate(ends[whole])
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
        """Appends one batch and sees it to the disk."""
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        with self.path.open("ab") as stream:
            stream.write(text.encode("utf-8", errors="replace"))
            stream.flush()
            os.fsync(stream.fileno())
