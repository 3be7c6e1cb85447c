"""Reading published JSON and CSV with care: every broken record is refused with file, record and reason."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from todsum.data.csv_rows import CsvRows, csv_rows
from todsum.data.sources import DAMAGE, Source
from todsum.errors import RecordError, TodsumError
from todsum.files.json_files import parse_content
from todsum.files.json_text import DECODER
from todsum.files.kinds import text_of

#: Characters read at a time, and at most for one record.
CHUNK, LARGEST = 1 << 18, 1 << 24
_BLANK = re.compile(r"[ \t\r\n]*")


def stream_list(source: Source, name: str) -> Iterator[Any]:
    """The items of a JSON list, one at a time, whatever the size of the file.

    Raises:
        TodsumError: the file is missing, empty, not UTF-8, not JSON, not a list, or nested too deeply.
    """
    with source.open(name) as stream:
        yield from ListItems(
            io.TextIOWrapper(cast(BinaryIO, stream), encoding="utf-8", newline=""), f"{source.label}/{name}"
        )


class ListItems:
    """Decodes the items of a list from a window that moves over the text."""

    def __init__(self, text: io.TextIOWrapper, where: str) -> None:
        self.text = text
        self.where = where
        self.window = ""
        self.at = 0
        self.done = 0

    def __iter__(self) -> Iterator[Any]:
        first = self._peek()
        if first in ("", "\ufeff"):
            what = "starts with a byte order mark: save it as UTF-8 without one" if first else "the file is empty"
            raise TodsumError(f"{self.where}: {what}")
        if first != "[":
            raise TodsumError(f"{self.where}: expected a JSON list of records")
        self.at += 1
        while (sign := self._peek()) != "]":
            if self.done:
                if sign != ",":
                    raise self._broken(f"expected , or ] instead of {sign!r}" if sign else "it ends too early")
                self.at += 1
                self._peek()
            yield self._item()
            self.done += 1
        self.at += 1
        if self._peek():
            raise self._broken("there is more text after the list")

    def _item(self) -> Any:
        decode = DECODER.raw_decode
        while True:
            try:
                item, end = decode(self.window, self.at)
            except RecursionError:
                raise self._broken("nested too deeply") from None
            except json.JSONDecodeError as error:
                if len(self.window) - self.at > LARGEST:
                    raise self._broken(f"it has more than {LARGEST} characters") from error
                if not self._more():
                    ends = error.pos >= len(self.window)
                    raise self._broken("it ends too early" if ends else error.msg) from error
            except ValueError as error:  # a repeated key, or a number of more digits than Python reads
                raise self._broken(str(error)) from error
            else:
                if end < len(self.window) or not self._more():
                    self.at = end
                    return item

    def _peek(self) -> str:
        """The next character that is not blank; none at the end."""
        while True:
            match = _BLANK.match(self.window, self.at)
            self.at = match.end() if match else self.at
            if self.at < len(self.window):
                return self.window[self.at]
            if not self._more():
                return ""

    def _more(self) -> bool:
        """Moves the window on, and doubles it where one record is long."""
        try:
            text = self.text.read(max(CHUNK, len(self.window) - self.at))
        except UnicodeDecodeError as error:
            raise RecordError(self.where, self.done + 1, f"not UTF-8: {error.reason}") from error
        except DAMAGE as error:
            raise RecordError(self.where, self.done + 1, f"can't be read: {error}") from error
        self.window, self.at = self.window[self.at :] + text, 0
        return bool(text)

    def _broken(self, reason: str) -> RecordError:
        return RecordError(self.where, self.done + 1, f"broken JSON: {reason}")


def read_json(source: Source, name: str) -> Any:
    """A whole (small) JSON file.

    Raises:
        TodsumError: the file is missing, too large, not UTF-8 or not JSON.
    """
    return parse_content(source.read(name, LARGEST), f"{source.label}/{name}")


def read_csv(source: Source, name: str) -> CsvRows:
    """The rows of a whole (small) CSV file with commas.

    Raises:
        TodsumError: the file is missing, too large, not UTF-8 or empty; or as :func:`todsum.data.csv_rows.csv_rows`.
    """
    where = f"{source.label}/{name}"
    return csv_rows(io.StringIO(text_of(source.read(name, LARGEST), where), newline=""), where, ",")


class Checker:
    """Takes typed values out of one record; what does not fit is a :class:`RecordError`."""

    def __init__(self, file: str, record: object) -> None:
        self.file = file
        self.record = record

    def fail(self, reason: str) -> RecordError:
        """The error to raise for this record."""
        return RecordError(self.file, self.record, reason)

    def mapping(self, value: Any, what: str) -> dict[str, Any]:
        """``value``, if it is an object."""
        if not isinstance(value, dict):
            raise self.fail(f"{what} should be an object, not {_kind(value)}")
        return value

    def field(self, record: dict[str, Any], name: str) -> Any:
        """A field that must be there."""
        if name not in record:
            raise self.fail(f"no field {name!r}")
        return record[name]

    def text(self, value: Any, what: str) -> str:
        """``value``, if it is text that can be stored as UTF-8."""
        if not isinstance(value, str):
            raise self.fail(f"{what} should be text, not {_kind(value)}")
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise self.fail(f"{what} has a lone surrogate, which is not valid UTF-8") from error
        return value

    def name(self, value: Any, what: str) -> str:
        """``value`` as text, if it is text or a whole number: an id, as it stands in the file."""
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str):
            found = "a decimal number" if isinstance(value, float) else _kind(value)
            raise self.fail(f"{what} should be text or a whole number, not {found}")
        return self.text(value, what)

    def items(self, value: Any, what: str) -> list[Any]:
        """``value``, if it is a list."""
        if not isinstance(value, list):
            raise self.fail(f"{what} should be a list, not {_kind(value)}")
        return value

    def texts(self, value: Any, what: str) -> list[str]:
        """``value``, if it is a list of texts."""
        return [self.text(item, f"{what}[{i}]") for i, item in enumerate(self.items(value, what))]


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    names = {str: "text", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), type(value).__name__)
