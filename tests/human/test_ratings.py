from __future__ import annotations

import pytest

from todsum.human.evaluation import Rating
from todsum.human.ratings import BrokenSheets, rater_name, read_ratings
from todsum.human.sheet import COLUMNS

A, B, C = (letter * 16 for letter in "abc")
HEADER = ",".join(COLUMNS)


def sheet(path, *rows, header=HEADER, encoding="utf-8"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("\n".join([header, *rows, ""]).encode(encoding))
    return path


def row(item, *values, comment=""):
    return f'{item},"a: b\nc: d",,text,{",".join(values)},{comment}'


def problems(paths, items=(A, B, C)):
    with pytest.raises(BrokenSheets) as caught:
        read_ratings(paths, items)
    return list(caught.value.problems)


def test_what_is_filled_in_is_read_and_what_is_empty_is_none(tmp_path):
    path = sheet(tmp_path / "ann.csv", row(A, "1", " 5 ", "", "3", comment="=why"), "", row(B, "", "", "", ""))
    assert read_ratings([path], [A, B, C]) == {
        "ann": {A: Rating(informative=1, faithful=5, redundant=3, comment="=why"), B: Rating()}
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_what_spreadsheets_write(tmp_path, encoding):
    rows = [f'{A};"a;\nb";;t;1;2;3;4;"ü"', f"{B};;;;1;2;3;4;"]
    path = sheet(tmp_path / "ann.csv", *rows, header=HEADER.replace(",", ";"), encoding=encoding)
    found = read_ratings([path], [A, B])["ann"]
    assert found[A] == Rating(informative=1, faithful=2, fluent=3, redundant=4, comment="ü")


@pytest.mark.parametrize("three", ["3", "3.0", "3.00", "3,0", "3.", "03", " 3 "])
def test_whole_numbers_as_programs_save_them(tmp_path, three):
    path = sheet(tmp_path / "ann.csv", f'{A},"a: b",,text,"{three}",1,1,1,')
    assert read_ratings([path], [A])["ann"][A].informative == 3


@pytest.mark.parametrize("odd", ["3.01", "3e0", "+3", "33", "0", "0.0", "6.0", "three", "³", "3.0.0", "3 0"])
def test_other_texts_are_no_ratings(tmp_path, odd):
    (problem,) = problems([sheet(tmp_path / "ann.csv", row(A, odd, "1", "1", "1"))])
    assert f"line 2: informative is {odd!r}" in problem


def test_raters_are_named_by_file_or_by_folder(tmp_path):
    assert rater_name(tmp_path / "x" / "ann.csv") == "ann"
    assert rater_name(tmp_path / "rater-1" / "ratings.csv") == "rater-1"
    assert rater_name(tmp_path / "rater-2" / "items.csv") == "rater-2"
    paths = [sheet(tmp_path / f"rater-{i}" / "ratings.csv", row(A, str(i), "1", "1", "1")) for i in (2, 1)]
    assert list(read_ratings(paths, [A])) == ["rater-1", "rater-2"]


def test_all_problems_are_told_at_once_each_with_file_and_line(tmp_path):
    one = sheet(
        tmp_path / "one.csv",
        row(A, "6", "4.5", "x", "-1"),
        row("d" * 16, "1", "1", "1", "1"),
        row(A, "1", "1", "1", "1"),
        f"{B},too,few",
        row(C, "0", "1", "1", "1", comment="y" * 10_001),
    )
    two = sheet(tmp_path / "two.csv", row(A, "1", "1", "1", "1"), header="item,rating")
    three = tmp_path / "three.csv"
    expected = [
        (one, "line 2: informative is '6', not a whole number from 1 to 5 or empty"),
        (one, "line 2: faithful is '4.5', not"),
        (one, "line 2: fluent is 'x', not"),
        (one, "line 2: redundant is '-1', not"),
        (one, f"line 4: item '{'d' * 16}' is not in the key"),
        (one, f"line 6: item {A} is there twice, first in line 2"),
        (one, "line 8: 3 columns, 9 expected"),
        (one, "line 9: informative is '0', not"),
        (one, "line 9: a comment of 10001 characters"),
        (two, "line 1: the header has to be item,dialogue,"),
        (three, "No such file"),
    ]
    found = problems([one, two, three])
    assert len(found) == len(expected)
    for text, (path, reason) in zip(found, expected, strict=True):
        assert text.startswith(f"{path}: {reason}")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "line 1: the header has to be"),
        (HEADER.encode() + b"\n", "no rating in it"),
        (HEADER.encode() + f"\n{row(A, '', '', '', '')}\n".encode(), "no rating in it"),
        (HEADER.encode() + b"\nx\xff", "line 2: not UTF-8: save it as CSV (UTF-8)"),
        (HEADER.encode() + b'\n"a"b,c\n', "line 2: broken CSV"),
        (HEADER.encode() + b'\n"never closed\n\n\n', "line 2: broken CSV"),
        (HEADER.encode() + b"\n" + b"x" * (1 << 25), "line 2: broken CSV: field larger than field limit"),
        (b"PK\x03\x04\x00\x00", "line 1: the header has to be"),
    ],
)
def test_what_is_no_sheet_is_one_line(tmp_path, content, reason):
    path = tmp_path / "ann.csv"
    path.write_bytes(content)
    (found,) = problems([path])
    assert found.startswith(f"{path}: {reason}")


def test_a_folder_is_no_sheet_and_a_file_can_be_too_large(tmp_path, monkeypatch):
    assert "is a folder, not a file" in problems([tmp_path])[0]
    monkeypatch.setattr("todsum.human.ratings._MAX_BYTES", 100)
    assert (
        "are more than the 100 that are allowed"
        in problems([sheet(tmp_path / "ann.csv", row(A, "1", "1", "1", "1"))])[0]
    )


def test_very_many_problems_are_cut_short(tmp_path):
    found = problems([sheet(tmp_path / "ann.csv", *[row("x", "1", "1", "1", "1")] * 500)])
    assert len(found) == 101
    assert found[-1].endswith("and 400 more")


def test_the_same_rater_twice_is_refused(tmp_path):
    rows = [row(A, "1", "2", "3", "4"), row(B, "1", "2", "3", "4")]
    one = sheet(tmp_path / "one.csv", *rows)
    again = sheet(tmp_path / "again.csv", *(text.replace("text", "saved anew") for text in rows))
    assert problems([one, again]) == [
        f"{again}: the same content as {one}: the same rater handed in twice? pass one of them"
    ]
    assert problems([one, one]) == [
        f"{one}: the same content as {one}: the same rater handed in twice? pass one of them"
    ]
    other = sheet(tmp_path / "x" / "one.csv", *reversed(rows))
    assert "a second sheet of rater one" in problems([one, other])[0]
    alike = sheet(tmp_path / "two.csv", *reversed(rows))
    assert set(read_ratings([one, alike], [A, B])) == {"one", "two"}


def test_a_name_that_no_rater_has(tmp_path):
    assert "can't name a rater" in problems([sheet(tmp_path / ".csv.csv", row(A, "1", "1", "1", "1"))])[0]
