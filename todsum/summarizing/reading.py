"""Dialogues from a file or a pipe, one at a time: JSON lines, or plain text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import PurePath
from typing import BinaryIO, Literal

from todsum.errors import TodsumError
from todsum.summarizing.dialogue import Dialogue, from_record, from_text

Format = Literal["jsonl", "text"]

MAX_BYTES = 1 << 22
"""Of a line, and of a dialogue in plain text."""
_EXTENSIONS: dict[str, Format] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".txt": "text"}


class Reader:
    """The dialogues of a stream of bytes, in order; an iterator that never holds more than one of them.

    Plain text has a blank line between dialogues and a turn a line, ``Speaker: text``; a line without a speaker
    continues the turn. JSON lines have an object a line; see :func:`todsum.summarizing.dialogue.from_record`.

    Args:
        stream: in UTF-8.
        name: of the file, for messages.
        kind: the format; None tells it by the ending of the name, else by the first character.

    Attributes:
        kind: the format.
        position: bytes that have been read.

    Raises:
        TodsumError: the stream is not UTF-8, or holds what is no dialogue. The message names file and line.
    """

    def __init__(self, stream: BinaryIO, name: str, kind: Format | None = None) -> None:
        self.name = name
        self.position = 0
        self._stream = stream
        lines = self._lines()
        first = next(((number, line) for number, line in lines if line.strip()), None)
        begins: Format = "jsonl" if first and first[1].lstrip().startswith("{") else "text"
        self.kind: Format = kind or _EXTENSIONS.get(PurePath(name).suffix.lower(), begins)
        rest = chain([first] if first else [], lines)
        self._dialogues = self._json(rest) if self.kind == "jsonl" else self._text(rest)

    def __iter__(self) -> Iterator[Dialogue]:
        return self._dialogues

    def _lines(self) -> Iterator[tuple[int, str]]:
        number = 0
        while raw := self._stream.readline(MAX_BYTES + 1):
            number += 1
            if len(raw) > MAX_BYTES:
                raise TodsumError(f"{self._line(number)}: longer than the {MAX_BYTES} bytes that are allowed")
            self.position += len(raw)
            try:
                yield number, raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise TodsumError(f"{self._line(number)}: not UTF-8 at byte {error.start}") from error

    def _json(self, lines: Iterator[tuple[int, str]]) -> Iterator[Dialogue]:
        count = 0
        for number, line in lines:
            if not line.strip():
                continue
            count += 1
            try:
                row = json.loads(line)
            except (ValueError, RecursionError) as error:
                reason = f"broken JSON: {error}; expected one object a line (--format text for plain text)"
                raise TodsumError(f"{self._line(number)}: {reason}") from error
            yield from_record(row, self._line(number), str(count), self.name)

    def _text(self, lines: Iterator[tuple[int, str]]) -> Iterator[Dialogue]:
        count, start, held, size = 0, 0, list[str](), 0
        for number, line in chain(lines, [(0, "")]):
            if line.strip():
                start = start if held else number
                size += len(line)
                if size > MAX_BYTES:
                    reason = f"a dialogue of more than {MAX_BYTES} characters; put blank lines between dialogues"
                    raise TodsumError(f"{self._line(start)}: {reason}")
                held.append(line)
            elif held:
                count += 1
                yield from_text("\n".join(held), self._line(start), str(count), self.name)
                held, size = [], 0

    def _line(self, number: int) -> str:
        return f"{self.name}: line {number}"
