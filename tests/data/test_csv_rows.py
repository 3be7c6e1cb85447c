from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todsum.data.csv_rows import csv_rows
from todsum.errors import TodsumError

WORDS = ["000", "None", "NA", "null", "nan", "1e5", "true", "2024-01-02", "", " x ", '"a" b', "a,b;c\td", "a\nb", "１"]


def written(rows: list[list[str]], delimiter: str = ",") -> list[str]:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=delimiter).writerows(rows)
    return stream.getvalue().splitlines(keepends=True)


@given(st.lists(st.lists(st.sampled_from(WORDS) | st.text(alphabet="ab,\"'\n;"), min_size=2, max_size=2), max_size=5))
def test_cells_are_the_text_that_was_written(rows: list[list[str]]) -> None:
    table = csv_rows(written([["id", "text"], *rows]), "f.csv")
    assert table.columns == ("id", "text")
    assert [list(row.values()) for row in table.rows] == rows


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_header_tells_the_delimiter(delimiter: str) -> None:
    table = csv_rows(written([["id", "a b"], ["1", "x,y;z\tw"]], delimiter), "f.csv")
    assert list(table.rows) == [{"id": "1", "a b": "x,y;z\tw"}]


def test_columns_without_a_name_are_no_repetition() -> None:
    (row,) = csv_rows(["id,text,,\n", "\n", "1,a,,\n"], "f.csv").rows
    assert (row["id"], row["text"]) == ("1", "a")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "f.csv: no lines in it"),
        ("\n \n", "f.csv: no lines in it"),
        ("id,text,id\n", "f.csv: the column 'id' is there twice"),
        ("id,text\n1,a\n2\n", "f.csv: record 2: 1 cell, and the header has 2 columns"),
        ("id,text\n1,a,b\n", "f.csv: record 1: 3 cells, and the header has 2 columns"),
        ('id,text\n1,"a\n2,b\n', "f.csv: record 1: broken CSV: unexpected end of data"),
        ('id,text\n1,"a"b\n', "f.csv: record 1: broken CSV"),
        ('"id\n', "f.csv: line 1: broken CSV"),
    ],
)
def test_broken_files_are_refused(text: str, reason: str) -> None:
    with pytest.raises(TodsumError, match=reason):
        list(csv_rows(text.splitlines(keepends=True), "f.csv").rows)
