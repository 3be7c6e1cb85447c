"""The collector of cycles rests in work that makes many objects, and only there."""

from __future__ import annotations

import gc

import pytest

from todsum.data import schema
from todsum.data.schema import Example, Turn
from todsum.garbage_collection import pause_gc
from todsum.methods import textrank


def test_it_rests_inside_and_works_again_whatever_happens() -> None:
    assert gc.isenabled()
    with pytest.raises(KeyError), pause_gc(), pause_gc():
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled()


def test_who_has_switched_it_off_finds_it_off() -> None:
    gc.disable()
    try:
        with pause_gc():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_it_rests_where_a_meetings_turns_and_edges_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the turns of 281 meetings in memory, looking at all of them took four fifths of TextRank's time."""
    import igraph

    seen: list[bool] = []
    monkeypatch.setattr(schema.Example, "from_row", lambda row: seen.append(gc.isenabled()))
    schema.from_rows([{}])
    real = igraph.Graph
    monkeypatch.setattr(igraph, "Graph", lambda **given: seen.append(gc.isenabled()) or real(**given))
    similar = textrank.similarity(["red apples", "red pears", "green pears"])
    assert similar is not None
    textrank.pagerank(similar)
    assert seen == [False, False]
    assert gc.isenabled()


def test_examples_are_what_they_are_made_of() -> None:
    example = Example("1", "toy", "g", ("taxi",), (Turn("user", "hi"),), "q", (0,), (), ("a", "b"))
    assert schema.from_rows([example.to_row()]) == [example]
