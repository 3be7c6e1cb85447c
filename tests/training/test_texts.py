from __future__ import annotations

import pytest

from todsum.data.schema import Example, Slot, Turn
from todsum.errors import TodsumError
from todsum.training.texts import dialogue_text, prompt_text, target_text

EXAMPLE = Example(
    id="a",
    dataset="todsum",
    group="a",
    domains=("hotel",),
    turns=(Turn("user", " a room\n in the  east "), Turn("agent", "\u00a0 "), Turn("Speaker\tA", "fine.")),
    query=" why \n east? ",
    state=(Slot("hotel", "book", "people", "3"), Slot("hotel", "inform", "area", "east")),
    summary=("the user asks. ", " the hotel is\tin the east."),
)


def test_dialogue_has_speakers_and_single_blanks_and_no_empty_turn() -> None:
    assert dialogue_text(EXAMPLE) == "user: a room in the east Speaker A: fine."


def test_prompts() -> None:
    assert prompt_text(EXAMPLE, "none") == ""
    assert prompt_text(EXAMPLE, "query") == "query: why east? dialogue:"
    assert prompt_text(EXAMPLE, "state") == "state: hotel book ( people = 3 ) hotel inform ( area = east ) dialogue:"


def test_target_is_one_line() -> None:
    assert target_text(EXAMPLE) == "the user asks. the hotel is in the east."


def test_a_query_prompt_needs_a_query() -> None:
    with pytest.raises(TodsumError, match=r"todsum b: has no query; set prompt"):
        prompt_text(Example("b", "todsum", "b", (), ()), "query")
