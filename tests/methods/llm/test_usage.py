from __future__ import annotations

from pathlib import Path

import pytest

from todsum.methods.llm.answer import Answer
from todsum.methods.llm.usage import FILE, UsageLog

ONE = Answer(text="x", finish_reason="stop", prompt_tokens=1000, completion_tokens=10, model="m-1")
CUT = Answer(text="x", finish_reason="length", prompt_tokens=500, completion_tokens=20, model="m-1")
UNCOUNTED = Answer(text=" ")


def test_sums(tmp_path: Path) -> None:
    log = UsageLog(tmp_path)
    assert log.totals(1, 1) == {
        "answers": 0, "asked": 0, "cached": 0, "prompt_tokens": 0, "completion_tokens": 0, "truncated": 0,
        "empty": 0, "cut_sources": 0, "served_models": [], "cost": 0,
    }  # fmt: skip
    log.asked("a")
    log.asked("never answered")
    log.answered(["a", "b"], [ONE, CUT], [False, True])
    assert log.totals(2.0, 10.0) == {
        "answers": 2, "asked": 1, "cached": 1, "prompt_tokens": 1500, "completion_tokens": 30, "truncated": 1,
        "empty": 0, "cut_sources": 1, "served_models": ["m-1"], "cost": pytest.approx(0.003 + 0.0003),
    }  # fmt: skip
    assert log.totals(2.0, None)["cost"] is None and log.totals(None, None)["cost"] is None
    log.answered(["c"], [UNCOUNTED], [False])
    found = log.totals(2.0, 10.0)
    assert (found["prompt_tokens"], found["completion_tokens"], found["cost"], found["empty"]) == (None, None, None, 1)


def test_a_cell_that_goes_on_counts_each_example_once(tmp_path: Path) -> None:
    first = UsageLog(tmp_path / "work")
    first.asked("a")
    first.answered(["a"], [ONE], [False])
    first.asked("b")
    with (tmp_path / "work" / FILE).open("ab") as stream:
        stream.write(b'{"id": "b", "kind": "ans')  # killed here
    second = UsageLog(tmp_path / "work")
    second.answered(["a", "b"], [ONE, CUT], [False, False])
    expected = UsageLog(None)
    for name in "ab":
        expected.asked(name)
    expected.answered(["a", "b"], [ONE, CUT], [False, False])
    assert second.totals(1, 1) == UsageLog(tmp_path / "work").totals(1, 1) == expected.totals(1, 1)
