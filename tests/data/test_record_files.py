from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest

from todsum.data.record_files import csv_file, json_field, json_records
from todsum.errors import TodsumError

ROWS: list[Any] = [{"id": "a", "x": [1, {"y": None}]}, {"id": 7}, [], "ä\u2028"]


def bodies() -> dict[str, bytes]:
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)
    return {
        "lines": lines.encode(),
        "lines, blank ones among them": ("\ufeff\n\n" + lines.replace("\n", "\r\n\n")).encode(),
        "list": json.dumps(ROWS).encode(),
        "list over many lines": ("\ufeff \n" + json.dumps(ROWS, indent=1, ensure_ascii=False)).encode(),
    }


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", bodies())
def test_records_are_read_in_every_form(name: str, packed: bool, tmp_path: Path) -> None:
    body = bodies()[name]
    (tmp_path / "f").write_bytes(gzip.compress(body) if packed else body)
    assert list(json_records(tmp_path / "f")) == list(enumerate(ROWS, 1))


def test_a_list_under_a_key(tmp_path: Path) -> None:
    (tmp_path / "f").write_text('{"data": [1, 2]}')
    assert list(json_field(tmp_path / "f", "data")) == [(1, 1), (2, 2)]
    with pytest.raises(TodsumError, match="expected an object with a list 'rows'"):
        list(json_field(tmp_path / "f", "rows"))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"id": 1}\n{"id": 2, "id": 3}\n', "record 2: broken JSON: the key 'id' is there twice"),
        (b'[{"id": 1},\n{"id": 2, "id": 3}]', "record 2: broken JSON: the key 'id' is there twice"),
        (b'{"id": 1}\n{', "record 2: broken JSON: .*; expected an object a line, or one list"),
        (b'[{"id": 1}', "it ends too early"),
        (b'[{"id": 1}] x', "there is more text after the list"),
        (b'{"id": 1}\n\n\xff\n', "record 2: not UTF-8 at byte 0; save it as UTF-8"),
        (b'["a", "\xff"]', "not UTF-8"),
        (b'{"a": NaN}', "record 1: broken JSON: NaN is no JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (gzip.compress(b'{"id": 1}\n', mtime=0)[:-4], "not a whole gzip file"),
        (gzip.compress(b'{"id": 1}\n', mtime=0)[:10], "not a whole gzip file"),
        (b"\x1f\x8bno gzip", "not a gzip file"),
        (gzip.compress(b'{"id": 1}\n' + b" " * 2000, mtime=0), "more than the 1000 bytes that are allowed"),
        (gzip.compress(b'{"id": 1}\n', mtime=0) * 2, "more follows the end of the gzip data"),
    ],
)
def test_broken_files_are_refused(body: bytes, reason: str, tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(body)
    with pytest.raises(TodsumError, match=f"f: .*{reason}"):
        list(json_records(tmp_path / "f", most=1000 if b"\x1f" in body else 1 << 20))


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("none", "pipe", "."):
        with pytest.raises(TodsumError):
            list(json_records(tmp_path / name))


def test_a_table_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(gzip.compress("\ufeffid,ä\n000,NA\n".encode()))
    with csv_file(tmp_path / "f") as table:
        assert list(table.rows) == [{"id": "000", "ä": "NA"}]
    (tmp_path / "f").write_bytes(b"id,a\n1,\xff\n")
    with pytest.raises(TodsumError, match="f: not UTF-8"), csv_file(tmp_path / "f") as table:
        list(table.rows)
