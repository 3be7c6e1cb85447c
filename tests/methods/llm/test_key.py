from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.methods.llm.conftest import KEY
from todsum.errors import TodsumError
from todsum.methods.llm.key import MASK, PIECE, Key

TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=40)


@given(TEXT, TEXT, st.integers(0, len(KEY)), st.integers(0, len(KEY)))
def test_no_longer_piece_of_a_key_is_left_in_an_error(before: str, after: str, start: int, end: int) -> None:
    piece = KEY[start:end]
    found = Key("K", KEY).out_of_error(before + piece + after)
    assert all(KEY[i : i + PIECE] not in found for i in range(len(KEY) - PIECE + 1))
    if len(piece) >= PIECE and "\0" not in before + after:
        assert MASK in found


@given(TEXT)
def test_other_texts_stay(text: str) -> None:
    if "\0" not in text:
        assert Key("K", KEY).out_of_error(text) == text
    assert Key(None).out_of_error(text) == Key("K").out_of_error(text) == text
    assert Key("K", "x").out_of_answer(text) == text, "a placeholder is not taken out of answers"


def test_it_shows_its_name_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", f" {KEY}\n")
    key = Key.from_environment("A_KEY")
    assert repr(key) == str(key) == f"{key}" == "Key(A_KEY)"
    assert key.headers() == {"Authorization": f"Bearer {KEY}"}
    assert key.out_of_answer(f"it is {KEY}.") == f"it is {MASK}."
    assert Key.from_environment("NOT_SET").headers() == Key.from_environment(None).headers() == {}


@pytest.mark.parametrize("value", ["sk-0123456789\nX-Other: 1", "sk-0123456789ü", "sk-0123456789\0"])
def test_a_value_that_no_header_can_hold(value: str) -> None:
    with pytest.raises(TodsumError, match="the value of A_KEY has characters") as caught:
        Key("A_KEY", value).headers()
    assert "0123456789" not in str(caught.value)
