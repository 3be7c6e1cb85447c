from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todsum.data.builder import build
from todsum.data.schema import Slot, from_rows
from todsum.data.state import dst_str, linearise, oracle_line, parse

WORD = st.from_regex(r"[a-z0-9:']{1,8}( [a-z0-9:']{1,8}){0,2}", fullmatch=True)
NAME = st.from_regex(r"[a-zA-Z]{1,10}", fullmatch=True)
SLOTS = st.lists(st.builds(Slot, NAME, st.sampled_from(["book", "inform"]), NAME, WORD), max_size=8)


def test_dst_str_is_the_published_one(data_dir: Path, tmp_path: Path) -> None:
    for split, file, expected in (("test", "test.json", 999), ("validation", "valid.json", 998)):
        published = json.loads((data_dir / "todsum" / "todsum" / file).read_text(encoding="utf-8"))
        built = build("todsum", data_dir, splits=(split,), cache=tmp_path)
        examples = from_rows(built.splits[split])
        differ = [
            record["dialog_id"]
            for record, example in zip(published, examples, strict=True)
            if dst_str(example.domains, example.state) != record["dst_str"]
        ]
        assert len(published) - len(differ) == expected
        assert differ == ([] if split == "test" else ["MUL0827.json"])


def test_oracle_lines_are_the_published_ones(data_dir: Path, tmp_path: Path) -> None:
    lines = (data_dir / "todsum" / "consistency" / "test.oracle").read_text(encoding="utf-8").splitlines()
    examples = from_rows(build("todsum", data_dir, splits=("test",), cache=tmp_path).splits["test"])
    assert [oracle_line(example.domains, example.state) for example in examples] == lines


def test_published_oracle_lines_parse_back(data_dir: Path) -> None:
    for line in (data_dir / "todsum" / "consistency" / "test.oracle").read_text(encoding="utf-8").splitlines():
        domains, state = parse(line)
        assert oracle_line(domains, state) == line


@given(SLOTS)
def test_what_is_linearised_parses_back(state: list[Slot]) -> None:
    domains = list(dict.fromkeys(entry.domain for entry in state))
    grouped = [e for d in domains for i in ("book", "inform") for e in state if (e.domain, e.intent) == (d, i)]
    assert parse(linearise(state)) == (tuple(domains), tuple(grouped))


@given(st.text(max_size=60))
def test_any_text_parses_or_is_refused(text: str) -> None:
    try:
        domains, state = parse(text)
    except ValueError as error:
        assert "not a state" in str(error)
    else:
        assert all(entry.domain in domains for entry in state)


def test_a_book_part_whose_first_value_is_empty_is_left_out() -> None:
    state = [
        Slot("train", "book", "ticket", ""),
        Slot("train", "book", "people", "4"),
        Slot("train", "inform", "day", ""),
    ]
    assert dst_str(["train"], state) == {"train": ["inform ( day =  )"]}
    assert oracle_line(["train", "hotel"], state) == "train inform ( day =  ) hotel inform )"


@pytest.mark.parametrize("line", ["taxi", "taxi book people = 2", "taxi inform ( people 2 )", "taxi fly ( a = b )"])
def test_what_is_no_state_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="not a state"):
        parse(line)
