from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.methods.llm.conftest import KEY
from tests.methods.llm.stub import completion
from todsum.methods.llm.answer import Answer
from todsum.methods.llm.completion import Malformed, read_answer
from todsum.methods.llm.key import Key
from todsum.methods.llm.no_answer import answer_of_reply

KEYED = Key("K", KEY)


def test_what_is_read_of_a_completion() -> None:
    answer = read_answer(completion("A taxi.", "length"), KEYED)
    assert answer == Answer(
        text="A taxi.", finish_reason="length", prompt_tokens=100, completion_tokens=10, model="stub-1"
    )
    assert answer.truncated
    said = read_answer(completion(f"It is {KEY}.", finish=f"{KEY}", model=f"m {KEY}"), KEYED)
    assert KEY not in said.model_dump_json()


@pytest.mark.parametrize(
    ("usage", "counts"),
    [
        ({"prompt_tokens": 7, "completion_tokens": 0}, (7, 0)),
        ({"prompt_tokens": 7.0, "completion_tokens": None}, (7, None)),
        ({"prompt_tokens": -1, "completion_tokens": 7.5}, (None, None)),
        ({"prompt_tokens": 10**30, "completion_tokens": float("nan")}, (None, None)),
        ({"prompt_tokens": float("inf"), "completion_tokens": "12"}, (None, None)),
        ({"prompt_tokens": True, "completion_tokens": [1]}, (None, None)),
        ({}, (None, None)),
        (None, (None, None)),
        ([1, 2], (None, None)),
        ("many", (None, None)),
    ],
)
def test_odd_counts_of_tokens_are_left_out(usage: Any, counts: tuple[int | None, int | None]) -> None:
    answer = read_answer(completion("A taxi.", usage=usage), KEYED)
    assert (answer.text, answer.prompt_tokens, answer.completion_tokens) == ("A taxi.", *counts)


def test_odd_names_are_cut_or_left_out() -> None:
    odd = read_answer(completion("A taxi.", finish="x" * 5000, model="m\x1b[31m\u202e" + "y" * 5000), KEYED)
    assert len(odd.finish_reason or "") <= 100 and len(odd.model or "") <= 500 and str(odd.model).isprintable()
    assert read_answer(completion("A taxi.", model=7), KEYED).model is None


def test_broken_encodings_become_u_fffd() -> None:
    body = completion("A taxi \ud800.").replace(b'"stub-1"', b'"stub-\\udfff"')
    assert read_answer(body, KEYED).text == "A taxi \ufffd."
    assert read_answer(completion("A t_xi.").replace(b"_", b"\xe4"), KEYED).text == "A t\ufffdxi."
    assert read_answer(completion("A taxi \U0001f695."), KEYED).text == "A taxi \U0001f695."
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        assert read_answer(completion("A taxi.").decode().encode(encoding), KEYED).text == "A taxi."


def test_a_text_that_is_too_long_counts_as_cut() -> None:
    answer = read_answer(completion("x" * (2 << 20)), KEYED)
    assert len(answer.text) == 1 << 20 and answer.truncated


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not a chat completion"),
        (b"<html>", "not a chat completion"),
        (b"[1]", "at top level (no object)"),
        (b"[" * 100_000, "not a chat completion"),
        (b"\xff\xfe{}", "not a chat completion"),
        (b"1" * 5000, "not a chat completion"),
        (b"{}", "at choices (missing)"),
        (b'{"choices": {}}', "at choices (missing)"),
        (b'{"choices": 7}', "at choices (no list)"),
        (b'{"choices": [7]}', "at choices.0 (no object)"),
        (b'{"choices": []}', "at choices (missing)"),
        (b'{"choices": [{}]}', "at choices.0.message (missing)"),
        (b'{"choices": [{"message": "A taxi."}]}', "at choices.0.message (no object)"),
        (b'{"choices": [{"message": {"content": 7}}]}', "at choices.0.message.content (no text)"),
        (b'{"error": ' * 500 + b'"x"' + b"}" * 500, "an error in place of an answer"),
    ],
)
def test_bodies_that_are_no_answer(body: bytes, reason: str) -> None:
    with pytest.raises(Malformed) as caught:
        read_answer(body, KEYED)
    assert reason in str(caught.value)


@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_any_bytes_are_an_answer_or_malformed(body: bytes) -> None:
    for content in (body, json.dumps({KEY: {"choices": [KEY]}}).encode() + body):
        with pytest.raises(Malformed) as caught:
            read_answer(content, KEYED)
        assert KEY not in str(caught.value) and str(caught.value).isprintable()


SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=5)
NAMES = ("error", "message", "content", "refusal", "choices", "finish_reason", "type", "text", "code", "metadata")
VALUE = st.recursive(
    SCALAR | st.just("content_filter"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=8,
)


@given(VALUE, VALUE, VALUE, VALUE)
def test_any_json_is_an_answer_or_malformed(message: Any, finish: Any, usage: Any, top: Any) -> None:
    """Whatever stands where, and streamed as well."""
    whole = {"choices": [{"message": message, "delta": message, "finish_reason": finish}], "usage": usage}
    for value in (whole, top, whole | (top if isinstance(top, dict) else {})):
        body = json.dumps(value).encode()
        for content in (body, b"data: " + body + b"\n\ndata: [DONE]\n\n"):
            try:
                answer = read_answer(content, KEYED)
            except Malformed as error:
                assert str(error).isprintable() and len(str(error)) < 500
            else:
                answer.text.encode()
            answer_of_reply(400, content, KEYED)
