from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training import tiny
from todsum.data.schema import Slot
from todsum.errors import TodsumError
from todsum.methods.llm import shots
from todsum.training.texts import dialogue_text, squeeze

TRAIN = [replace(example, domains=("hotel",), state=()) for example in tiny.examples(8)]


def test_examples_depend_on_the_seed_alone() -> None:
    drawn = shots.draw(TRAIN, 3, "taxi", 5)
    assert drawn == shots.draw(TRAIN, 3, "taxi", 5) and len({e.id for e in drawn}) == 3
    assert len({tuple(e.id for e in shots.draw(TRAIN, 3, "taxi", seed)) for seed in range(20)}) > 10
    assert shots.draw(TRAIN, 0, "taxi", 5) == [] and shots.draw(TRAIN, 2, "taxi", 5) == drawn[:2]


def test_none_of_the_target_is_drawn_whatever_a_setting_gives() -> None:
    """As the k examples of the target are in few-shot."""
    by_domain = replace(TRAIN[0], id="d", group="d", domains=("hotel", "taxi"))
    by_state = replace(TRAIN[0], id="s", group="s", state=(Slot("taxi", "inform", "leave", "noon"),))
    untold = replace(TRAIN[0], id="u", group="u", summary=())
    for seed in range(20):
        drawn = shots.draw([by_domain, by_state, untold, *TRAIN], 8, "taxi", seed)
        assert {e.id for e in drawn} == {e.id for e in TRAIN}
    with pytest.raises(TodsumError, match="k is 9, but the training examples that do not name taxi have 8 groups"):
        shots.draw([by_domain, by_state, *TRAIN], 9, "taxi", 0)


def test_one_a_group() -> None:
    pairs = [replace(example, id=f"{example.id}-{n}") for example in TRAIN for n in range(5)]
    assert len({e.group for e in shots.draw(pairs, 8, None, 1)}) == 8


def test_saved_and_loaded(tmp_path: Path) -> None:
    fitted = shots.Fitted("todsum", 3, tuple(tiny.examples(2)))
    shots.save(fitted, tmp_path)
    assert shots.load(tmp_path) == fitted
    for text in ("{", "[]", '{"dataset": "x", "seed": 1, "examples": [{"id": 1}]}'):
        (tmp_path / shots.FILE).write_text(text)
        with pytest.raises(TodsumError, match="not the examples of an llm method"):
            shots.load(tmp_path)
    with pytest.raises(TodsumError, match="not the examples of an llm method"):
        shots.load(tmp_path / "none")


@given(st.integers(0, 7), st.integers(1, 80))
def test_a_cut_dialogue_is_the_beginning_of_the_whole(place: int, budget: int) -> None:
    example = tiny.examples()[place]
    short = shots.cut(example, budget)
    said = [squeeze(f"{turn.speaker} {turn.text}") for turn in short.turns]
    assert sum(map(len, said)) <= budget
    assert dialogue_text(example).startswith(dialogue_text(short))
    whole = sum(len(squeeze(f"{turn.speaker} {turn.text}")) for turn in example.turns)
    assert (short is example) == (whole <= budget)
