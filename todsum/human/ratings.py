"""Raters' sheets as they come back: read with suspicion, all that is wrong with them told at once."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from todsum.errors import TodsumError
from todsum.files.plain import read_plain
from todsum.human.criteria import HIGHEST, LOWEST, NAMES, CriterionName
from todsum.human.evaluation import MAX_COMMENT, Rating, Ratings
from todsum.human.sheet import COLUMNS

if TYPE_CHECKING:
    from _csv import Reader as _Reader

_MAX_BYTES = 1 << 28
_MAX_FIELD = 1 << 24
#: The names that the kit itself gives to sheets: these tell nothing of the rater, their folder does.
_OURS = ("items", "ratings")
_MOST = 100  # problems of one file that are told
_WHOLE = re.compile(r"0*(\d)(?:[.,]0{0,9})?", re.ASCII)  # some programs save 3 as 3.0


class BrokenSheets(TodsumError):
    """Sheets with problems, each a line that names file and line."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass
class _Sheet:
    """One file, as far as it could be read."""

    path: Path
    ratings: dict[str, Rating] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def problem(self, line: int | None, reason: str) -> None:
        self.problems.append(f"{self.path}: {f'line {line}: ' if line else ''}{reason}")


def read_ratings(paths: Sequence[Path], items: Collection[str]) -> Ratings:
    """The ratings of several sheets by rater: the file's name or, where it is the kit's own, its folder's.

    Args:
        paths: the sheets.
        items: all items that there are.

    Raises:
        BrokenSheets: all problems of all sheets.
    """
    sheets = [_read(path, items) for path in paths]
    problems = [problem for sheet in sheets for problem in sheet.problems]
    problems += _twice(sheets)
    if problems:
        raise BrokenSheets(problems)
    return {rater_name(sheet.path): sheet.ratings for sheet in sorted(sheets, key=lambda s: rater_name(s.path))}


def rater_name(path: Path) -> str:
    """Who handed a sheet in."""
    return path.resolve().parent.name if path.stem in _OURS else path.stem


def _twice(sheets: Sequence[_Sheet]) -> Iterator[str]:
    """Raters have orders of their own: the same ratings in the same order are one rater's."""
    contents: dict[tuple[tuple[str, Rating], ...], _Sheet] = {}
    raters: dict[str, _Sheet] = {}
    for sheet in sheets:
        content, rater = tuple(sheet.ratings.items()), rater_name(sheet.path)
        if content and (other := contents.setdefault(content, sheet)) is not sheet:
            yield f"{sheet.path}: the same content as {other.path}: the same rater handed in twice? pass one of them"
        elif (other := raters.setdefault(rater, sheet)) is not sheet:
            yield f"{sheet.path}: a second sheet of rater {rater}, beside {other.path}: name the files by their raters"


def _read(path: Path, items: Collection[str]) -> _Sheet:
    sheet = _Sheet(path)
    rater = rater_name(path)
    if not rater.isprintable() or not 0 < len(rater) <= 100 or rater[0] in ". ":
        sheet.problem(None, f"{rater[:40]!r} can't name a rater: name the file by its rater")
        return sheet
    try:
        content = read_plain(path, _MAX_BYTES)
        text = content.decode("utf-8-sig")
    except TodsumError as error:
        sheet.problems.append(str(error))
        return sheet
    except UnicodeDecodeError as error:
        sheet.problem(content[: error.start].count(b"\n") + 1, "not UTF-8: save it as CSV (UTF-8)")
        return sheet
    before = csv.field_size_limit(_MAX_FIELD)
    try:
        _parse(text, items, sheet)
    finally:
        csv.field_size_limit(before)
    if not sheet.problems and not any(rating.given() for rating in sheet.ratings.values()):
        sheet.problem(None, "no rating in it: is it the file that the rater filled in?")
    if len(sheet.problems) > _MOST:
        sheet.problems[_MOST:] = [f"{path}: and {len(sheet.problems) - _MOST} more"]
    return sheet


def _parse(text: str, items: Collection[str], sheet: _Sheet) -> None:
    # Spreadsheets of many countries write semicolons.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if text.startswith("item;") else ",", strict=True)
    rows = _numbered(reader, sheet)
    if next(rows, (1, []))[1] != list(COLUMNS):
        sheet.problem(1, f"the header has to be {','.join(COLUMNS)}")
        return
    lines: dict[str, int] = {}
    for line, row in rows:
        if len(row) != len(COLUMNS):
            sheet.problem(line, f"{len(row)} columns, {len(COLUMNS)} expected")
            continue
        item = row[0].strip()
        if item not in items:
            sheet.problem(line, f"item {item[:40]!r} is not in the key: another sample's sheet?")
        elif item in lines:
            sheet.problem(line, f"item {item} is there twice, first in line {lines[item]}")
        else:
            lines[item] = line
            sheet.ratings[item] = _rating(dict(zip(COLUMNS, row, strict=True)), line, sheet)


def _numbered(reader: _Reader, sheet: _Sheet) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the line that it begins in."""
    start = 1
    try:
        for row in reader:
            if any(row):
                yield start, row
            start = reader.line_num + 1
    except csv.Error as error:
        sheet.problem(start, f"broken CSV: {error}")


def _rating(row: dict[str, str], line: int, sheet: _Sheet) -> Rating:
    given: dict[CriterionName, int | None] = {}
    for name in NAMES:
        text = row[name].strip()
        found = _WHOLE.fullmatch(text)
        given[name] = int(found[1]) if found and LOWEST <= int(found[1]) <= HIGHEST else None
        if text and given[name] is None:
            sheet.problem(line, f"{name} is {text[:20]!r}, not a whole number from {LOWEST} to {HIGHEST} or empty")
    comment = row["comment"]
    if len(comment) > MAX_COMMENT:
        sheet.problem(line, f"a comment of {len(comment)} characters: at most {MAX_COMMENT}")
        comment = ""
    return Rating(comment=comment, **given)
