"""JSON files within bounds, every fault in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel

from todsum.errors import TodsumError
from todsum.files.json_files import read_json, read_model, read_object
from todsum.files.kinds import text_of


class Record(BaseModel):
    n: int


WRONG = [
    (b"{", "broken JSON: "),
    (b'{"n": 1, "n": 2}', "broken JSON: the key 'n' is there twice"),
    (b'{"n": NaN}', "broken JSON: NaN is no JSON"),
    (b"\x1f\x8b", "is a gzip file"),
    (b'{"n": "\xff"}', "not UTF-8 at byte 7"),
    (b"[1]", "Input should be an object"),
    (b'{"n": "x"}', "n: Input should be a valid integer"),
    (b'{"n": 1}' + b" " * 100, "are more than the 100 that are allowed"),
]


@pytest.mark.parametrize(("content", "reason"), WRONG)
def test_what_is_no_record_is_one_line(content: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(TodsumError) as caught:
        read_model(path, Record, 100)
    assert str(caught.value).startswith(f"{path}: ") and reason in str(caught.value)


def test_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"n": 3}', encoding="utf-8")
    assert read_model(path, Record, 100).n == read_object(path, 100)["n"] == read_json(path, 100)["n"] == 3
    path.write_text("[3]", encoding="utf-8")
    assert read_json(path, 100) == [3]
    with pytest.raises(TodsumError, match="expected a JSON object"):
        read_object(path, 100)


def test_a_text_has_no_byte_order_mark() -> None:
    assert text_of(b"\xef\xbb\xbfid,text", "a.csv") == "id,text"
    with pytest.raises(TodsumError, match=r"a\.csv: not UTF-8 at byte 0: it is UTF-16"):
        text_of("id".encode("utf-16"), "a.csv")
