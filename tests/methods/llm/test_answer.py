from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.methods.llm.conftest import KEY
from tests.methods.llm.stub import completion
from todsum.methods.llm.answer import Answer, Malformed, read_answer
from todsum.methods.llm.key import Key

KEYED = Key("K", KEY)


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("  A taxi.\n", "A taxi."),
        ("Sure! Here is a summary: a taxi.", "Sure! Here is a summary: a taxi."),
        ("<think>hm\n\nhm</think>\n\nA taxi.", "A taxi."),
        ("<think>hm", ""),
        ("A <think>taxi</think>.", "A <think>taxi</think>."),
    ],
)
def test_the_summary_in_an_answer(text: str, summary: str) -> None:
    assert Answer(text=text).summary == summary


def test_what_is_read_of_a_completion() -> None:
    answer = read_answer(completion("A taxi.", "length"), KEYED)
    assert answer == Answer(
        text="A taxi.", finish_reason="length", prompt_tokens=100, completion_tokens=10, model="stub-1"
    )
    assert answer.truncated
    assert read_answer(completion("A taxi.", usage=None), KEYED).prompt_tokens is None
    said = read_answer(completion(f"It is {KEY}.", finish=f"{KEY}", model=f"m {KEY}"), KEYED)
    assert KEY not in said.model_dump_json()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not a chat completion"),
        (b"<html>", "not a chat completion"),
        (b"[1]", "not a chat completion"),
        (b"[" * 100_000, "not a chat completion"),
        (b"\xff\xfe{}", "not a chat completion"),
        (b"{}", "at choices"),
        (b'{"choices": []}', "at choices"),
        (b'{"choices": [{}]}', "at choices.0.message"),
        (b'{"choices": [{"message": {"content": 7}}]}', "at choices.0.message.content"),
        (completion(None), "an empty answer"),
        (completion(" \n"), "an empty answer"),
        (completion("<think>hm", "length"), "nothing before max_tokens"),
        (completion("x", usage={"prompt_tokens": -1}), "at prompt_tokens"),
        (completion("x", usage={"prompt_tokens": 10**30}), "prompt_tokens"),
        (completion("x" * (2 << 20)), "at text"),
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
        assert KEY not in str(caught.value)
