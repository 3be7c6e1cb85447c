from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todsum.files.json_text import parse_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(VALUES)
def test_json_is_read_as_it_was_written(value: object) -> None:
    assert parse_json(json.dumps(value)) == parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"id": 1, "id": 2}', "the key 'id' is there twice in one object"),
        ('[{"a": {"b": 1, "c": 2, "b": 1}}]', "the key 'b' is there twice in one object"),
        ('{"a": 1, "\\u0061": 2}', "the key 'a' is there twice"),
        ("NaN", "NaN is no JSON"),
        ('{"a": -Infinity}', "-Infinity is no JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"a":' * 101 + "1" + "}" * 101, "nested too deeply"),
        ("[" * 101 + "]" * 101, "nested too deeply"),
        ("1" * 5000, "digits"),
        ("1" * 400, "digits"),
        ("1e999", "too large a number"),
        ("-1" + "0" * 400 + ".0", "too large a number"),
        ('{"a": ["\\ud800"]}', "half of a surrogate pair"),
        ('{"\\uDFFF": 1}', "half of a surrogate pair"),
        ("{", "Expecting property name"),
        ("", "Expecting value"),
        (b"\xff", "utf-8"),
    ],
)
def test_other_texts_are_refused(text: str | bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_json(text)
