"""Denied values are no claims, whatever the words; what is no denial stays one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.metrics.test_consistency import gold
from tests.metrics.test_consistency_properties import QUICK, SAID, STATES, standard, told
from todsum.data.schema import Slot
from todsum.metrics.consistency import Consistency, errors
from todsum.metrics.consistency.metric import comparison

F1 = Consistency.columns[2]

# Sentences about a statement, and about a value, that deny it.
OF_STATEMENTS = [
    "it is false that {}",
    "it is untrue that {}",
    "it is not true that {}",
    "it isn't the case that {}",
    "it would be wrong to say that {}",
]
OF_VALUES = [
    "the user does not want {v} for the {d}",
    "the user didn't ask for {v} for the {d}",
    "the user would rather not have {v} for the {d}",
    "the user never wanted {v} for the {d}",
    "the user wants anything but {v} for the {d}",
    "the user wants to avoid {v} for the {d}",
    "there is no {d} with {v}",
    "the agent did not find {v} for the {d}",
    "the agent could not find a {d} with {v}",
    "the {d} comes without {v}",
    "the {d} lacks {v}",
    "{v} is ruled out for the {d}",
    "{v} is not available for the {d}",
    "the {d} can be anything except {v}",
    "the {d} has something else instead of {v}",
    "the {d} has neither {v} nor anything like it",
    "the {d} is not {v}",
    "the {d} isn't {v}",
]


def right(text: str, state: tuple[Slot, ...]) -> list[Slot]:
    return [item.slot for _, item in comparison(text, standard(state)).agreed]


@QUICK
@given(STATES, st.data())
def test_a_denied_statement_is_no_claim_and_spares_the_others(state: tuple[Slot, ...], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(state) - 1))
    sentences = told(state)
    sentences[place] = data.draw(st.sampled_from(OF_STATEMENTS)).format(sentences[place])
    left = [*state[:place], *state[place + 1 :]]
    found = right(" ".join(sentences), state)
    assert [slot for slot in left if slot not in found] == [], sentences
    if (state[place].slot, state[place].value) != ("type", "hotel"):  # any sentence about the hotel says so
        assert state[place] not in found, sentences[place]


@QUICK
@given(STATES, st.sampled_from(OF_VALUES))
def test_a_denied_value_is_no_claim(state: tuple[Slot, ...], wording: str) -> None:
    denied = [slot for slot in state if (slot.slot, slot.value) != ("type", "hotel")]
    text = ". ".join(wording.format(v=slot.value, d=slot.domain) for slot in denied)
    assert [slot for slot in right(text, state) if slot in denied] == [], text


@QUICK
@given(STATES, st.data())
def test_but_lifts_a_denial(state: tuple[Slot, ...], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(state) - 1))
    slot = state[place]
    values = SAID[slot.domain, slot.intent, slot.slot][1]
    other = data.draw(st.sampled_from([value for value in values if value != slot.value]))
    before = told((Slot(slot.domain, slot.intent, slot.slot, other),))[0].rstrip(".")
    text = f"it is false that {before}, but {told((slot,))[0]}"
    if (slot.slot, other) != ("type", "hotel"):
        assert right(text, (slot,)) == [slot], text
        assert comparison(text, standard((slot,))).excess == (), text


HOTEL = "hotel inform ( area = south ; pricerange = cheap ; parking = no ; internet = yes )"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (HOTEL, "the cheap hotel is not in the north but in the south, and it has internet but no parking."),
        (HOTEL, "the hotel is in the south instead of the north; it is cheap. it comes without parking, with wifi."),
        (
            HOTEL,
            "it is false that the hotel has parking. it isn't expensive, it is cheap, in the south, with internet.",
        ),
        (HOTEL, "the cheap hotel in the south does not come without wifi, and parking is not available."),
        (
            "restaurant inform ( food = italian ; area = dont care )",
            "he does not care about the area but wants italian.",
        ),
        ("taxi inform ( arriveBy = 11:45 )", "the taxi must not arrive later than 11:45."),
        ("taxi inform ( arriveBy = 11:45 )", "the taxi arrives no later than 11:45."),
        ("hotel inform ( area = east ; internet = yes )", "the hotel is not only in the east but has internet too."),
        ("train inform ( day = friday )", "no seats were left for sunday, so the train is on friday."),
        ("train inform ( day = friday )", "the train is not on sunday, saturday or monday but on friday."),
        ("restaurant inform ( area = north )", "the user is not sure about the food; the restaurant is in the north."),
        ("hotel inform ( parking = no ; internet = no )", "the hotel has neither internet nor parking."),
    ],
)
def test_the_scope_of_a_denial(line: str, text: str) -> None:
    assert errors(text, gold(line)) == []


@pytest.mark.parametrize("flag", ["parking", "internet"])
@pytest.mark.parametrize("wording", ["has no {}", "does not have {}", "lacks {}", "comes without {}", "isn't with {}"])
def test_a_denied_yes_is_a_no(flag: str, wording: str) -> None:
    text = f"the hotel {wording.format(flag)}."
    assert errors(text, gold(f"hotel inform ( {flag} = no )")) == []
    assert [error.kind for error in errors(text, gold(f"hotel inform ( {flag} = yes )"))] == ["wrong"]
    assert errors(f"it is untrue that {text}", gold(f"hotel inform ( {flag} = yes )")) == []


@pytest.mark.parametrize("wording", ["the user does not want {v} for the {d}.", "it is false that the {d} {s} is {v}."])
def test_denied_states_of_the_data_earn_nothing(wording: str, published: list[tuple[Slot, ...]]) -> None:
    scores = []
    for state in published[:120]:
        text = " ".join(wording.format(d=slot.domain, s=slot.slot, v=slot.value) for slot in state)
        scores.append(Consistency().score(text, standard(state))[F1])
    assert sum(scores) / len(scores) <= 0.05


@pytest.fixture(scope="module")
def published(data_dir: object) -> list[tuple[Slot, ...]]:
    """The filled slots of the test split's states."""
    import json
    from pathlib import Path

    records = json.loads((Path(str(data_dir)) / "todsum" / "todsum" / "test.json").read_text(encoding="utf-8"))
    return [
        tuple(
            Slot(domain, intent, name, value)
            for domain, parts in record["dst"].items()
            for intent, key in (("book", "book"), ("inform", "semi"))
            for name, value in parts[key].items()
            if value.strip() and value != "not mentioned"
        )
        for record in records
    ]
