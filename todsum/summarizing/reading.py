"""Dialogues from a file or a pipe, one at a time: JSON, CSV, or text in any layout."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import PurePath
from typing import Any, BinaryIO, Literal

import regex

from todsum.data.csv_rows import csv_rows
from todsum.data.dialogues import Doubts
from todsum.data.dialogues.text import layout_of, needs_second
from todsum.errors import TodsumError
from todsum.files.json_text import parse_json
from todsum.files.kinds import NUL, not_text, not_utf8
from todsum.summarizing.dialogue import DIALOGUES, Dialogue, from_record, from_turns
from todsum.summarizing.table_rows import dialogues_of_rows

Kind = Literal["jsonl", "csv", "text"]
Format = Literal["jsonl", "text"]

MAX_BYTES = 1 << 22
"""Of a line, and of a dialogue that is text."""
MAX_LIST = 1 << 26
"""Of a file that is one JSON value."""
_EXTENSIONS: dict[str, Kind] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".vtt": "text",
    ".srt": "text",
}
#: JSON: an object, a whole text, or a list, where ``[10:15] Ana: hi`` and ``[Ana] 10:15:30`` are none.
_JSON = re.compile(r'\s*(?:\{\s*(?:["}]|$)|"(?:[^"\\]|\\.)*"\s*$|\[\s*(?:[\[{"\]]|$))')


class Reader:
    """The dialogues of a stream of bytes, in order; an iterator that never holds more than one of them, but for lists.

    Text is plain, with a blank line between dialogues and a turn a line, ``Speaker: text``; or one exported chat, or
    one file of captions, see :func:`todsum.data.dialogues.read_text`. JSON is an object or a list of turns a line, or
    one list of such dialogues. CSV has a dialogue or a turn a row. One list, and rows of turns, are held as a whole.

    An id that was there before gets a number (``a-2``), and is counted.

    Args:
        stream: in UTF-8.
        name: of the file, for messages.
        kind: the format; None recognises it by the ending of the name, else by the first line.
        speakers: a pattern for what begins a turn of a text; None recognises the layout.

    Attributes:
        kind: the format.
        position: bytes that have been read.
        doubts: counts of what was read otherwise than it may be meant.
        renamed: how many ids were there before, and the first of them.

    Raises:
        TodsumError: the stream is not UTF-8, or holds no dialogue, or what is none. The message names file and line.
    """

    def __init__(
        self, stream: BinaryIO, name: str, kind: Kind | None = None, speakers: regex.Pattern[str] | None = None
    ) -> None:
        self.name = name
        self.position = 0
        self.doubts = Doubts()
        self.renamed: tuple[int, str] = (0, "")
        self._count = self._alone = 0
        self._stream, self._speakers = stream, speakers
        lines = self._lines()
        first = next(((number, line) for number, line in lines if line.strip()), None)
        if first is None:
            raise self._nothing()
        begins: Kind = "jsonl" if _JSON.match(first[1]) else "text"
        ending = PurePath(name.lower().removesuffix(".gz")).suffix
        if kind is None and ending in (".yaml", ".yml"):
            raise TodsumError(f"{name}: is YAML: write it as JSON lines, CSV or text (--format text reads it as text)")
        self.kind: Kind = kind or _EXTENSIONS.get(ending, begins)
        rest = chain([first], lines)
        read = {"jsonl": self._json, "csv": self._csv, "text": self._text}[self.kind]
        self._dialogues = self._counted(read(rest))

    @property
    def output(self) -> Format:
        """The format that summaries are written in."""
        return "text" if self.kind == "text" else "jsonl"

    def __iter__(self) -> Iterator[Dialogue]:
        return self._dialogues

    def notes(self) -> Iterator[str]:
        """A line each for what was read otherwise than it may be meant."""
        yield from self.doubts.notes()
        if self.kind == "text" and self._alone == self._count > 1:
            yield f"{self._count} dialogues of one turn each: an empty line ends a dialogue; remove those between turns"
        count, first = self.renamed
        if count:
            what = "1 id was" if count == 1 else f"{count} ids were"
            yield f"{what} there before and got a number ({first})"

    def _counted(self, dialogues: Iterator[Dialogue]) -> Iterator[Dialogue]:
        """The dialogues, each id once, with what is doubtful in them counted."""
        ids, next_of = set[str](), dict[str, int]()
        for dialogue in dialogues:
            given = identity = dialogue.example.id
            while identity in ids:
                next_of[given] = next_of.get(given, 1) + 1
                identity = f"{given}-{next_of[given]}"
            if self.kind != "text":
                ids.add(identity)
            if identity != given:
                count, first = self.renamed
                self.renamed = count + 1, first or f"{dialogue.where}: {given[:40]!r} is {identity[:50]!r}"
                dialogue = replace(dialogue, example=replace(dialogue.example, id=identity))
            self._count += 1
            self._alone += len(dialogue.example.turns) == 1
            self.doubts.add(dialogue.where, dialogue.doubtful, dialogue.left_out, dialogue.example.turns)
            yield dialogue
        if not self._count:
            raise self._nothing()

    def _lines(self) -> Iterator[tuple[int, str]]:
        number = 0
        while raw := self._stream.readline(MAX_BYTES + 1):
            number += 1
            if number == 1 and (other := not_text(raw[:64])):
                raise TodsumError(f"{self.name}: {other}")
            if len(raw) > MAX_BYTES and number == 1 and raw.lstrip(b"\xef\xbb\xbf \t").startswith(b"["):
                raw += self._stream.readline(MAX_LIST)
                most = MAX_LIST
            else:
                most = MAX_BYTES
            if len(raw) > most:
                raise TodsumError(f"{self._line(number)}: longer than the {most} bytes that are allowed")
            self.position += len(raw)
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise TodsumError(f"{self._line(number)}: {not_utf8(raw[:64], error)}") from error
            if "\0" in line:
                raise TodsumError(f"{self._line(number)}: {NUL}")
            yield number, line

    def _json(self, lines: Iterator[tuple[int, str]]) -> Iterator[Dialogue]:
        count = 0
        for number, line in lines:
            if not line.strip():
                continue
            try:
                value = parse_json(line)
            except json.JSONDecodeError as error:
                if count or error.pos < len(line.rstrip()):
                    raise self._broken(number, error) from error
                value = self._whole(number, line, lines)
            except ValueError as error:
                raise self._broken(number, error) from error
            for where, row in self._rows(number, value):
                count += 1
                make = from_turns if isinstance(row, list) else from_record
                yield make(row, where, str(count), self.name, self._speakers)

    def _rows(self, number: int, value: Any) -> Iterator[tuple[str, Any]]:
        """The dialogues of a list of them, else the value, which is one."""
        if not isinstance(value, list) or not _lists_dialogues(value):
            yield self._line(number), value
            return
        for place, row in enumerate(value, 1):
            yield f"{self.name}: record {place}", row

    def _whole(self, number: int, line: str, lines: Iterator[tuple[int, str]]) -> Any:
        """The value of a file that is one JSON value over many lines."""
        held, size = [line], len(line)
        for _, more in lines:
            held.append(more)
            size += len(more)
            if size > MAX_LIST:
                raise TodsumError(f"{self.name}: more than {MAX_LIST} characters of JSON; write one object a line")
        try:
            return parse_json("".join(held))
        except json.JSONDecodeError as error:
            raise self._broken(number + error.lineno - 1, error) from error
        except ValueError as error:
            raise self._broken(number, error) from error

    def _broken(self, number: int, error: ValueError) -> TodsumError:
        said = error.msg if isinstance(error, json.JSONDecodeError) else error
        reason = f"broken JSON: {said}; expected one object a line (--format text for plain text)"
        return TodsumError(f"{self._line(number)}: {reason}")

    def _csv(self, lines: Iterator[tuple[int, str]]) -> Iterator[Dialogue]:
        rows = csv_rows((line for _, line in lines), self.name)
        return dialogues_of_rows(rows, self.name, self._speakers)

    def _text(self, lines: Iterator[tuple[int, str]]) -> Iterator[Dialogue]:
        read, filled = list[tuple[int, str]](), list[str]()
        for number, line in lines:
            read.append((number, line))
            if line.strip():
                filled.append(line)
            if len(filled) == 2 or (filled and not needs_second(filled[0])):
                break
        layout = layout_of(filled) if filled else "plain"
        whole = layout == "captions" or (layout != "plain" and self._speakers is None)
        count, start, held, size = 0, 0, list[str](), 0
        for number, line in chain(read, lines, [(0, "")]):
            if line.strip() or (whole and number):
                start = start if held else number
                size += len(line)
                if size > MAX_BYTES:
                    mend = "cut it" if whole else "put blank lines between dialogues"
                    raise TodsumError(f"{self._line(start)}: a dialogue of more than {MAX_BYTES} characters; {mend}")
                held.append(line)
            elif held:
                count += 1
                yield from_turns("".join(held), self._line(start), str(count), self.name, self._speakers)
                held, size = [], 0

    def _nothing(self) -> TodsumError:
        return TodsumError(f"{self.name}: no dialogue in it")

    def _line(self, number: int) -> str:
        return f"{self.name}: line {number}"


def _lists_dialogues(value: list[Any]) -> bool:
    """Whether a list holds dialogues, not turns: objects with a dialogue, or lists that are no pairs of texts."""
    if any(isinstance(row, dict) and set(DIALOGUES) & set(row) for row in value):
        return True
    if not value or not all(isinstance(row, list) and row for row in value):
        return False
    return any(len(row) != 2 for row in value) or all(isinstance(turn, dict | list) for row in value for turn in row)
