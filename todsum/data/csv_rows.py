"""Rows of CSV files, every cell the text that stands there: ``000``, ``None``, ``NA`` and ``1e5`` are words."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from todsum.counted import counted
from todsum.errors import RecordError, TodsumError

#: Characters of a cell at most; the standard library's own limit is shorter than a meeting.
LARGEST = 1 << 26


@dataclass(frozen=True)
class CsvRows:
    """A CSV file.

    Attributes:
        columns: names in the header.
        rows: the cells by column, one row after the other.
    """

    columns: tuple[str, ...]
    rows: Iterator[dict[str, str]]


def csv_rows(lines: Iterable[str], name: str, delimiter: str | None = None) -> CsvRows:
    """The rows of a CSV file with a header; blank lines are skipped.

    Args:
        lines: of the file, with their ends.
        name: of the file, for messages.
        delimiter: between cells; None takes the one of comma, semicolon and tab that the header has most of.

    Raises:
        TodsumError: there is no header, or a column is there twice. From the rows: broken quotes, or a number of cells
            that is not the header's.
    """
    csv.field_size_limit(LARGEST)
    given = iter(lines)
    first = next((line for line in given if line.strip()), None)
    if first is None:
        raise TodsumError(f"{name}: no lines in it; expected a header with the names of the columns")
    delimiter = delimiter or max(",;\t", key=first.count)
    reader = csv.reader(_with(first, given), delimiter=delimiter, strict=True)
    try:
        columns = next(reader)
    except csv.Error as error:
        raise TodsumError(f"{name}: line 1: broken CSV: {error}") from error
    named = Counter(filter(None, columns))  # spreadsheets end lines with cells of columns without a name
    if named and (most := named.most_common(1)[0])[1] > 1:
        raise TodsumError(f"{name}: the column {most[0][:40]!r} is there twice")
    return CsvRows(tuple(columns), _rows(reader, columns, name))


def _with(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _rows(reader: Iterator[list[str]], columns: list[str], name: str) -> Iterator[dict[str, str]]:
    count = 0
    try:
        for cells in reader:
            if not cells:
                continue
            count += 1
            if len(cells) != len(columns):
                raise RecordError(
                    name, count, f"{counted(len(cells), 'cell')}, and the header has {counted(len(columns), 'column')}"
                )
            yield dict(zip(columns, cells, strict=True))
    except csv.Error as error:
        raise RecordError(name, count + 1, f"broken CSV: {error}") from error
