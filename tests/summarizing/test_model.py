"""The Python API: it writes what the cell wrote, in any form of dialogue, with bounded memory."""

from __future__ import annotations

import doctest
import gc
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import todsum
from tests.summarizing.cells import examples, predictions, runs
from todsum.data.schema import Example, Slot
from todsum.data.state import linearise
from todsum.errors import TodsumError
from todsum.summarizing import LoadedModel, model
from todsum.summarizing.windows import LOOK_AHEAD

LABELS = ("lead-3", "plain", "predicted", "state-aware", "dop")
TAXI = [("user", "a taxi to ely please"), ("agent", "at 17:15 ?"), ("user", "yes"), ("agent", "booked")]


@pytest.fixture(scope="module")
def loaded() -> dict[str, LoadedModel]:
    return {label: todsum.load(str(runs()[label]), "cpu") for label in LABELS}


@pytest.mark.parametrize("label", LABELS)
def test_it_writes_what_the_cell_wrote(label: str, loaded: dict[str, LoadedModel]) -> None:
    asked = list(examples())
    told = predictions(label)
    assert loaded[label].summarize(asked) == [told[e.id] for e in asked]
    assert loaded[label].summarize(asked, batch_size=7) == [told[e.id] for e in asked]
    assert list(dict.fromkeys(told.values())) != [""]


def test_predicted_states_come_along(loaded: dict[str, LoadedModel]) -> None:
    states = predictions("predicted", "states.jsonl", "state")
    found = {summary.id: summary.state for summary in loaded["predicted"].stream(iter(examples()))}
    assert found == states
    assert {summary.state for summary in loaded["state-aware"].stream(examples())} == {None}


def test_one_dialogue_in_all_its_forms(loaded: dict[str, LoadedModel]) -> None:
    text = "user: a taxi\n to ely please\nagent: at 17:15 ?\nuser: yes\n\nagent: booked"
    turns = [{"speaker": speaker, "text": said} for speaker, said in TAXI]
    forms = [TAXI, text, {"turns": turns}, {"dialogue": text}]
    assert len(set(loaded["lead-3"].summarize(forms))) == 1
    assert len(set(loaded["plain"].summarize(forms, batch_size=1))) == 1
    assert loaded["lead-3"].summarize([TAXI]) == ["a taxi to ely please\nat 17:15 ?\nyes"]


def test_a_pattern_says_what_begins_a_turn(loaded: dict[str, LoadedModel]) -> None:
    texts = ["[user] a taxi\n[agent] when ?"]
    assert loaded["lead-3"].summarize(texts, speakers=r"^\[(\w+)\] ") == ["a taxi\nwhen ?"]
    assert loaded["lead-3"].summarize([{"dialogue": texts[0]}], speakers=r"^\[(\w+)\] ") == ["a taxi\nwhen ?"]
    with pytest.raises(TodsumError, match="speakers: not a regular expression"):
        loaded["lead-3"].summarize(texts, speakers="(")


def test_what_was_read_otherwise_comes_along(loaded: dict[str, LoadedModel]) -> None:
    (found,) = loaded["lead-3"].stream(["user: hi\nyes, so: bye\nagent: <Media omitted>"])
    assert (found.text, found.doubtful, found.left_out) == ("hi yes, so: bye", ("yes, so: bye",), 1)


def test_states_are_given_in_all_their_forms(loaded: dict[str, LoadedModel]) -> None:
    example = examples()[0]
    slots = [(s.domain, s.intent, s.slot, s.value) for s in example.state]
    bare = replace(example, state=())
    wanted = loaded["state-aware"].summarize([example])
    for state in (slots, example.state, linearise(example.state)):
        assert loaded["state-aware"].summarize([bare], states=[state]) == wanted
    changed = (*example.state, Slot("taxi", "book", "people", "9"))
    template = todsum.load("state-template")
    assert template.summarize([bare], [changed]) != template.summarize([bare], [example.state])


def test_a_tracker_is_passed_over_where_states_are_given(loaded: dict[str, LoadedModel]) -> None:
    given = todsum.load(runs()["predicted"], "cpu", state="given")
    assert given.summarize(examples()) == loaded["predicted"].summarize(
        examples(), states=[e.state for e in examples()]
    )
    assert {summary.state for summary in given.stream(examples())} == {None}


def test_a_second_encoder_can_do_without_a_state() -> None:
    without = todsum.load(runs()["state-aware"], "cpu", state="none")
    bare = [replace(e, state=()) for e in examples()]
    assert without.summarize(examples()) == without.summarize(bare)


def test_beams_in_place_of_its_own(loaded: dict[str, LoadedModel]) -> None:
    searched = todsum.load(runs()["plain"], "cpu", beams=3)
    assert len(searched.summarize(examples())) == len(examples())
    assert todsum.load(runs()["plain"], "cpu", beams=1).summarize(examples()) == loaded["plain"].summarize(examples())


@pytest.mark.parametrize(
    ("label", "options", "reason"),
    [
        ("plain", {"state": "given"}, "reads no dialogue state: use state none"),
        ("plain", {"state": "predicted"}, "reads no dialogue state"),
        ("state-aware", {"state": "predicted"}, "predicts no states"),
        ("dop", {"state": "none"}, "can't do without a dialogue state: use state given"),
        ("predicted", {"state": "none"}, "can't do without"),
        ("predicted", {"state": "gold"}, "unknown state 'gold'"),
        ("lead-3", {"beams": 2}, "has no beam search"),
        ("plain", {"beams": 0}, "beams 0: expected 1 or more"),
    ],
)
def test_what_a_model_cannot_do(label: str, options: dict[str, object], reason: str) -> None:
    with pytest.raises(TodsumError, match=reason):
        todsum.load(runs()[label], "cpu", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("label", "arguments", "reason"),
    [
        ("state-aware", ([TAXI],), "dialogue 1: no state, and .* reads one: give it, or use state none"),
        ("dop", (["user: hi", TAXI],), "dialogue 1: no state, and .* reads one: give it$"),
        ("lead-3", ("user: hi",), "pass a list of dialogues"),
        ("lead-3", ([17],), "dialogue 1: a dialogue is text, .* no int"),
        ("lead-3", ([[("user",)]],), "dialogue 1: turn 1: expected speaker and text"),
        ("lead-3", (["user: hi", "user:"],), "dialogue 2: nobody says anything"),
        ("lead-3", (["user: hi"], ["taxi book )"]), "reads no given states"),
        ("dop", ([TAXI], ["taxi booked ( a = b )"]), "dialogue 1: not a state at 'taxi booked"),
        ("dop", ([TAXI], [17]), "dialogue 1: state should be a list of slots, or text"),
        ("dop", ([TAXI], [[("taxi", "give", "a", "b")]]), "intent should be book or inform"),
        ("dop", ([TAXI, TAXI], [()]), "fewer states than dialogues"),
        ("dop", ([TAXI], [(), ()]), "more states than dialogues, which are 1"),
        ("plain", ([TAXI], None, None, 0), "batch_size 0"),
    ],
)
def test_wrong_dialogues(
    label: str, arguments: tuple[object, ...], reason: str, loaded: dict[str, LoadedModel]
) -> None:
    with pytest.raises(TodsumError, match=reason):
        loaded[label].summarize(*arguments)  # type: ignore[arg-type]


def test_a_stream_reads_a_few_batches_ahead(loaded: dict[str, LoadedModel]) -> None:
    read = 0

    def endless() -> Iterator[Example]:
        nonlocal read
        while True:
            read += 1
            yield examples()[read % len(examples())]

    told = loaded["plain"].stream(endless())
    assert next(told).id == examples()[1].id and read == LOOK_AHEAD * 3
    read = 0
    one = loaded["plain"].stream(endless(), batch_size=1)
    assert next(one).id == examples()[1].id and read == 1


@pytest.mark.parametrize(("label", "length"), [("lead-3", 15_000), ("plain", 60_000)])
def test_memory_is_flat(label: str, length: int, loaded: dict[str, LoadedModel]) -> None:
    """Eight times as many long dialogues take no more memory: not one is kept."""
    few = 6

    def peak(n: int) -> int:
        gc.collect()
        tracemalloc.start()
        dialogues = (f"user: number {i} {'words ' * (length // 6)}\nagent: it is" for i in range(n))
        for _ in loaded[label].stream(dialogues, None, None, 1):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(few)
    assert peak(8 * few) < 1.5 * peak(few) + 5 * length


def test_the_example_of_the_docstring_works() -> None:
    assert doctest.testmod(model).failed == 0
    assert doctest.testmod(model).attempted >= 3


def test_importing_todsum_stays_light() -> None:
    code = "import sys, todsum; assert 'pydantic' not in sys.modules; assert callable(todsum.load)"
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        _ = todsum.lode  # type: ignore[attr-defined]


def test_a_folder_above_one_cell_and_its_model_folder(tmp_path: Path) -> None:
    cell = runs()["state-aware"]
    assert todsum.load(cell.parent, "cpu").summarize(examples()[:1]) == todsum.load(cell / "model").summarize(
        examples()[:1]
    )
