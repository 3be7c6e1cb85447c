"""Records of JSON and CSV files as they stand there, one at a time; files may be packed with gzip."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from todsum.data.csv_rows import CsvRows, csv_rows
from todsum.data.records import LARGEST, ListItems
from todsum.errors import RecordError, TodsumError
from todsum.files.json_files import parse_content
from todsum.files.json_text import parse_json
from todsum.files.kinds import not_utf8
from todsum.files.packed import MAX_BYTES, open_unpacked

_MARK = b"\xef\xbb\xbf"


def json_records(path: Path, most: int = MAX_BYTES) -> Iterator[tuple[int, Any]]:
    """The number, from 1, and the value of each record: of a JSON list, or of JSON lines.

    Args:
        path: of the file.
        most: bytes that it may have, unpacked.

    Raises:
        TodsumError: missing, too large, not gzip though it begins so, not UTF-8, not JSON, or a repeated key.
    """
    with open_unpacked(path, most) as stream:
        if stream.peek(1 << 12).removeprefix(_MARK).lstrip()[:1] == b"[":
            text = io.TextIOWrapper(cast(BinaryIO, stream), encoding="utf-8-sig", newline="")
            yield from enumerate(ListItems(text, str(path)), 1)
        else:
            yield from _json_lines(stream, path)


def json_field(path: Path, field: str) -> Iterator[tuple[int, Any]]:
    """As :func:`json_records`, of the list under a key of a file that is one object."""
    with open_unpacked(path, LARGEST) as stream:
        content = parse_content(stream.read(), path)
    if not isinstance(content, dict) or not isinstance(content.get(field), list):
        raise TodsumError(f"{path}: expected an object with a list {field!r}")
    yield from enumerate(content[field], 1)


@contextmanager
def csv_file(path: Path, delimiter: str | None = None) -> Iterator[CsvRows]:
    """The rows of a CSV file, while it is open.

    Raises:
        TodsumError: as :func:`todsum.data.csv_rows.csv_rows`; or missing, too large, or not UTF-8.
    """
    with open_unpacked(path, MAX_BYTES) as stream:
        text = io.TextIOWrapper(cast(BinaryIO, stream), encoding="utf-8-sig", newline="")
        yield csv_rows(_decoded(text, path), str(path), delimiter)


def _decoded(text: io.TextIOWrapper, path: Path) -> Iterator[str]:
    count = 0
    try:
        while line := text.readline(LARGEST + 1):
            count += 1
            if len(line) > LARGEST:
                raise TodsumError(f"{path}: line {count}: longer than the {LARGEST} characters that are allowed")
            yield line
    except UnicodeDecodeError as error:
        here = not_utf8(error.object[:64], error) if count == 0 else f"not UTF-8 after line {count}; save it as UTF-8"
        raise TodsumError(f"{path}: {here}") from error


def _json_lines(stream: io.BufferedReader, path: Path) -> Iterator[tuple[int, Any]]:
    number = 0
    if stream.peek(3)[:3] == _MARK:
        stream.read(3)
    while raw := stream.readline(LARGEST + 1):
        if not raw.strip():
            continue
        number += 1
        if len(raw) > LARGEST:
            raise RecordError(path, number, f"longer than the {LARGEST} bytes that are allowed")
        try:
            yield number, parse_json(raw)
        except UnicodeDecodeError as error:
            raise RecordError(path, number, not_utf8(raw[:64], error)) from error
        except ValueError as error:
            said = error.msg if isinstance(error, json.JSONDecodeError) else error
            raise RecordError(path, number, f"broken JSON: {said}; expected an object a line, or one list") from error
