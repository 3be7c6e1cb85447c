"""Reading published JSON with care: every broken record is refused with file, record and reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from todsum.data.sources import Source
from todsum.errors import RecordError, TodsumError


def stream_list(source: Source, name: str) -> Iterator[Any]:
    """The items of a JSON list, one at a time, whatever the size of the file.

    Raises:
        TodsumError: the file is missing, not UTF-8, not JSON, or not a list.
    """
    import ijson

    where = f"{source.label}/{name}"
    done = 0
    with source.open(name) as stream:
        try:
            first = stream.read(1)
            while first in (b" ", b"\n", b"\r", b"\t"):
                first = stream.read(1)
            if first != b"[":
                raise TodsumError(f"{where}: expected a JSON list of records")
            stream.seek(0)
            for item in ijson.items(stream, "item", use_float=True):
                yield item
                done += 1
        except UnicodeDecodeError as error:
            raise RecordError(where, done + 1, f"not UTF-8: {error.reason}") from error
        except ijson.JSONError as error:
            text = str(error).strip().splitlines()[0] if str(error).strip() else "it ends too early"
            problem = "not UTF-8" if "UTF8" in text else f"broken JSON: {text}"
            raise RecordError(where, done + 1, problem) from error


def read_json(source: Source, name: str) -> Any:
    """A whole (small) JSON file.

    Raises:
        TodsumError: the file is missing, not UTF-8 or not JSON.
    """
    where = f"{source.label}/{name}"
    with source.open(name) as stream:
        raw = stream.read()
    try:
        return json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise TodsumError(f"{where}: not UTF-8 at byte {error.start}") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise TodsumError(f"{where}: broken JSON: {error}") from error


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
