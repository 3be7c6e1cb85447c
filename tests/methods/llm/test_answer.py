from __future__ import annotations

import pytest

from todsum.methods.llm.answer import Answer, Lack


@pytest.mark.parametrize(
    ("answer", "summary", "lack"),
    [
        (Answer(text="  A taxi.\n", finish_reason="stop"), "A taxi.", None),
        (Answer(text="Sure! Here is a summary: a taxi."), "Sure! Here is a summary: a taxi.", None),
        (Answer(text="<think>hm\n\nhm</think>\n\nA taxi."), "A taxi.", None),
        (Answer(text="A taxi", finish_reason="length"), "A taxi", None),
        (Answer(text="<think>hm", finish_reason="length"), "", "empty"),
        (Answer(text=" \n"), "", "empty"),
        (Answer(text="A taxi was", finish_reason="content_filter"), "", "filtered"),
        (Answer(text="A taxi was", finish_reason="SAFETY"), "", "filtered"),
        (Answer(text="", finish_reason="content_filter", refusal="It was flagged."), "", "filtered"),
        (Answer(text="", refusal="I can't help with that."), "", "refused"),
        (Answer(text="I can't help with that.", refusal="I can't help with that."), "", "refused"),
    ],
)
def test_the_summary_in_an_answer_or_why_there_is_none(answer: Answer, summary: str, lack: Lack | None) -> None:
    assert (answer.summary, answer.lack) == (summary, lack)
    assert Answer.model_validate_json(answer.model_dump_json()) == answer


def test_what_is_known_of_a_text() -> None:
    plain, reasoned = Answer(text="A taxi."), Answer(text="<think>hm</think>A taxi.")
    assert (plain.reasoned, reasoned.reasoned) == (False, True)
    assert (plain.marked, reasoned.marked) == (False, False)
    assert Answer(text="<rethink_2>hm</rethink_2>A taxi.").marked
    assert Answer(text="A t\ufffdxi.").garbled and not plain.garbled
