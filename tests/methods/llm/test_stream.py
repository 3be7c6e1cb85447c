from __future__ import annotations

import json
from typing import Any

import pytest

from todsum.methods.llm.stream import is_stream, joined


def delta(finish: str | None = None, **fields: Any) -> str:
    choices = [{"index": 0, "delta": fields, "finish_reason": finish}]
    return f"data: {json.dumps({'model': 'm', 'choices': choices})}\n\n"


def content(text: str) -> Any:
    return joined(text)["choices"][0]["message"]["content"]


def test_pieces_are_put_together() -> None:
    text = ": a comment\n\nevent: x\n" + delta(role="assistant", content="A ") + delta(reasoning_content="hm")
    text += delta(content="t\u2028axi") + delta("stop", content=".") + 'data: {"choices": [], "usage": {"a": 1}}\n\n'
    found = joined(text + "data: [DONE]\n\n")
    assert found == {
        "model": "m",
        "usage": {"a": 1},
        "choices": [{"message": {"content": "A t\u2028axi.", "refusal": None}, "finish_reason": "stop"}],
    }
    assert is_stream(text) and not is_stream('{"data": 1}') and not is_stream("")


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_line_ends_and_data_of_several_lines(end: str) -> None:
    text = 'data: {"choices":\ndata: [{"delta": {"content": "A taxi."}, "finish_reason": "stop"}]}\n\n'
    assert content("\ufeff" + text.replace("\n", end)) == "A taxi."


def test_parts_and_refusals() -> None:
    assert content(delta(content="A ") + delta("stop", content=[{"text": "taxi."}])) == ["A ", {"text": "taxi."}]
    assert joined(delta(refusal="I ") + delta("stop", refusal="can't."))["choices"][0]["message"] == {
        "content": None,
        "refusal": "I can't.",
    }


def test_an_error_ends_it() -> None:
    assert joined(delta(content="A ") + 'data: {"error": {"message": "overloaded"}}\n\n') == {
        "error": {"message": "overloaded"}
    }


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (delta(content="A taxi"), "ends before the answer does"),
        ("data: [DONE]\n\n", "no event has a choice"),
        ("event: ping\n\n", "no event has a choice"),
        ("data: 7\n\n", "no JSON object"),
        ("data: {\n\n", "Expecting"),
    ],
)
def test_streams_that_are_no_answer(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        joined(text)
