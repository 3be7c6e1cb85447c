"""The state in plain sentences: every filled slot once, in its order, for any names of domains and slots."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todsum.data.schema import Example, Slot, Turn
from todsum.data.simulation.dialogues import dialogues
from todsum.methods import state_plain
from todsum.methods.base import MethodSettings
from todsum.methods.state_plain import StatePlain
from todsum.metrics.base import Gold
from todsum.metrics.consistency import Consistency

NAMES = st.from_regex(r"[a-zA-Z][a-zA-Z0-9_-]{0,20}", fullmatch=True)
VALUES = st.text(max_size=30)
STATES = st.lists(st.builds(Slot, NAMES, st.sampled_from(["book", "inform"]), NAMES, VALUES), max_size=8)
SAY_NOTHING = {"", "not mentioned", "none"}
NO_OWN_WORD = {"yes", "no", "dontcare", "dont care", "don't care", "do not care", "do nt care"}


def of_state(*state: Slot) -> Example:
    return Example("1", "toy", "1", tuple(dict.fromkeys(slot.domain for slot in state)), (), state=state)


def sentences(*state: Slot) -> list[str]:
    return StatePlain(MethodSettings()).summarize([of_state(*state)])[0].splitlines()


def squeezed(value: str) -> str:
    return " ".join(value.split())


@pytest.mark.parametrize(
    ("slot", "sentence"),
    [
        (Slot("hotel", "inform", "area", "north"), "The hotel's area is north."),
        (Slot("hotel", "inform", "internet", "yes"), "The hotel has internet."),
        (Slot("hotel", "inform", "parking", "No"), "The hotel has no parking."),
        (Slot("hotel", "inform", "area", "dont care"), "The hotel's area does not matter."),
        (Slot("train", "inform", "leaveAt", "10:15"), "The train is to leave at 10:15."),
        (Slot("train", "inform", "leaveAt", "dontcare"), "What the train is to leave at does not matter."),
        (Slot("Flights_2", "book", "returnDate", "the 4th"), "The flights 2's return date is the 4th."),
        (Slot("busTrip", "inform", "pick_up-from", "Gate 9"), "The bus trip is to pick up from Gate 9."),
        (Slot("gym", "inform", "HTTPAddress", "x.org"), "The gym's http address is x.org."),
        (Slot("gym", "inform", "line2Name", "  Old\n Mill "), "The gym's line2 name is Old Mill."),
        (Slot("gym", "inform", "combat", "judo"), "The gym's combat is judo."),
        (Slot("gym", "inform", "at", "noon"), "The gym's at is noon."),
        (Slot("café", "inform", "größeDesRaums", "20 m²"), "The café's größe des raums is 20 m²."),
    ],
)
def test_wording(slot: Slot, sentence: str) -> None:
    assert sentences(slot) == [sentence]


@pytest.mark.parametrize("value", ["", "  ", "not mentioned", "Not Mentioned", "none"])
def test_empty_values_are_skipped(value: str) -> None:
    assert sentences(Slot("hotel", "inform", "area", value)) == []
    assert sentences() == []


@given(STATES)
def test_each_filled_slot_is_one_sentence_in_the_order_of_the_state(state: list[Slot]) -> None:
    said = [slot for slot in state if squeezed(slot.value).lower() not in SAY_NOTHING]
    lines = StatePlain(MethodSettings()).summarize([of_state(*state)])[0].split("\n") if said else []
    assert sentences(*state) == [line for slot in state for line in sentences(slot)]
    assert len(lines) == len(said)
    for slot, line in zip(said, lines, strict=True):
        assert line.endswith(".") and "  " not in line and "_" not in line.replace(squeezed(slot.value), "")
        letters = re.sub(r"\W|_", "", line).lower()
        for name in (slot.domain, slot.slot):
            assert re.sub(r"\W|_", "", name).lower() in letters
        if squeezed(slot.value).lower() not in NO_OWN_WORD:
            assert line.endswith(f" {squeezed(slot.value)}.")


@given(STATES, VALUES)
def test_only_the_state_is_read(state: list[Slot], other: str) -> None:
    plain = of_state(*state)
    rest = replace(plain, domains=("taxi",), turns=(Turn("user", other),), query=other, summary=(other,))
    assert StatePlain(MethodSettings()).summarize([rest]) == StatePlain(MethodSettings()).summarize([plain])


def test_every_slot_of_simulated_states_is_stated() -> None:
    """The corrected metric judges: it reads texts of any wording."""
    figures = []
    for dialogue in dialogues(seed=5, start=0, stop=150):
        text = "\n".join(sentences(*dialogue.state))
        figures.append(Consistency().score(text, Gold(None, tuple(dialogue.record["dst"]), dialogue.state)))
    for name in ("consistency_precision", "consistency_recall"):
        assert sum(row[name] for row in figures) / len(figures) > 0.9


def test_declares_what_it_reads() -> None:
    method = StatePlain(MethodSettings())
    assert method.reads_state
    assert not (method.reads_reference or method.reads_unlabelled or method.written_from_references)


def test_its_words_are_its_own() -> None:
    """It takes nothing from the wording of the template, and no text of its rules names a domain or slot of TODSum."""
    tree = ast.parse(Path(state_plain.__file__).read_text(encoding="utf-8"))
    assert "todsum.methods.state_sentences" not in {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    bodies = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    docstrings = {ast.get_docstring(body, clean=False) for body in bodies}
    texts = [n.value for b in bodies for n in ast.walk(b) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    rules = " ".join(text for text in texts if text not in docstrings)
    todsum = "restaurant hotel attraction train taxi people day time stay ticket food pricerange area name stars type"
    todsum += " internet parking departure destination leave arrive user wants book offers located"
    assert not set(re.findall(r"\w+", rules)) & set(todsum.split())
