from __future__ import annotations

from pathlib import Path

import pytest

from todsum.methods.llm.answer import TOO_LONG, Answer
from todsum.methods.llm.usage import FILE, About, UsageLog, notes_of

ONE = Answer(text="x", finish_reason="stop", prompt_tokens=1000, completion_tokens=10, model="m-1")
CUT = Answer(text="x", finish_reason="length", prompt_tokens=500, completion_tokens=20, model="m-1")
UNCOUNTED = Answer(text=" ")
KINDS = ("refused", "refused_in_words", "filtered", "too_long", "reasoning_removed", "reasoning_left", "garbled")
NOTHING = dict.fromkeys((*KINDS, "marked_dialogues"), 0) | {"reasons": []}


def test_sums(tmp_path: Path) -> None:
    log = UsageLog(tmp_path)
    assert log.totals(1, 1) == {
        "answers": 0, "asked": 0, "cached": 0, "prompt_tokens": 0, "completion_tokens": 0, "truncated": 0,
        "empty": 0, "cut_sources": 0, "served_models": [], "cost": 0, **NOTHING,
    }  # fmt: skip
    log.asked("a")
    log.asked("never answered")
    log.answered([About("a"), About("b", cut=True)], [ONE, CUT])
    assert log.totals(2.0, 10.0) == {
        "answers": 2, "asked": 1, "cached": 1, "prompt_tokens": 1500, "completion_tokens": 30, "truncated": 1,
        "empty": 0, "cut_sources": 1, "served_models": ["m-1"], "cost": pytest.approx(0.003 + 0.0003),
        **NOTHING,
    }  # fmt: skip
    assert log.totals(2.0, None)["cost"] is None and log.totals(None, None)["cost"] is None
    log.answered([About("c")], [UNCOUNTED])
    found = log.totals(2.0, 10.0)
    assert (found["prompt_tokens"], found["completion_tokens"], found["cost"], found["empty"]) == (None, None, None, 1)


def test_kinds_of_answers_are_counted_and_told() -> None:
    texts = ["<think>x</think>A.", "<rethink>x", "A\ufffd", "A.", "<think>", "A.", "I'm sorry, I can't help.", ""]
    answers = [Answer(text=text) for text in texts]
    answers[3] = Answer(text="A.", refusal="no")
    answers[5] = Answer(text="A.", finish_reason="content_filter")
    answers[7] = Answer(text="", finish_reason=TOO_LONG, refusal="no room")
    log = UsageLog(None)
    assert notes_of(log.totals(None, None)) == []
    abouts = [About(name, cut=name == "f", marked=name in "gh") for name in "abcdefgh"]
    log.answered(abouts, answers)
    totals = log.totals(None, None)
    assert [totals[kind] for kind in ("empty", *KINDS)] == [5, 2, 1, 1, 1, 2, 1, 1]
    assert totals["reasons"] == ["no", "I'm sorry, I can't help.", "no room"]
    assert notes_of(totals) == [
        "5 of 8 answers are no summary and scored as empty: 2 refused, 1 filtered, 1 with nothing in them, "
        "1 of dialogues that are too long for the model",
        "1 of 8 answers were taken for refusals by their words",
        "1 of 8 answers still hold a mark of reasoning",
        "1 of 8 answers hold U+FFFD in place of what came broken",
        "1 of 8 dialogues were cut at max_source_chars",
        "2 of 8 dialogues hold what would be special tokens; blanks make text of them",
    ]
    assert notes_of({"answers": [], "empty": "x"}) == []
    assert notes_of({"answers": 5, "truncated": 2, "empty": 0}) == ["2 of 5 answers were cut at max_tokens"]


def test_a_cell_that_goes_on_counts_each_example_once(tmp_path: Path) -> None:
    first = UsageLog(tmp_path / "work")
    first.asked("a")
    first.answered([About("a")], [ONE])
    first.asked("b")
    with (tmp_path / "work" / FILE).open("ab") as stream:
        stream.write(b'{"id": "b", "kind": "ans')  # killed here
    second = UsageLog(tmp_path / "work")
    second.answered([About("a"), About("b")], [ONE, CUT])
    expected = UsageLog(None)
    for name in "ab":
        expected.asked(name)
    expected.answered([About("a"), About("b")], [ONE, CUT])
    assert second.totals(1, 1) == UsageLog(tmp_path / "work").totals(1, 1) == expected.totals(1, 1)
