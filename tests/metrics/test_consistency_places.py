"""A value agrees with a slot only where the words put it there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.metrics.test_consistency import gold
from tests.metrics.test_consistency_properties import QUICK, SAID, STATES, TOWNS, standard
from todsum.data.schema import Slot
from todsum.metrics.consistency import Consistency, errors
from todsum.metrics.consistency.metric import comparison

OPEN = Consistency.columns[3]
ROUTES = [
    "the train goes from {} to {}",
    "the train leaves {} for {}",
    "the train departs from {} and arrives in {}",
    "the train departs {} and reaches {}",
    "the departure of the train is {} and the destination is {}",
    "a train between {} and {}",
    "the {} to {} train",
    "the train starts at {} and is bound for {}",
]


@QUICK
@given(st.lists(st.sampled_from(TOWNS), min_size=2, max_size=2, unique=True), st.sampled_from(ROUTES))
def test_a_route_is_right_and_its_reverse_two_wrong(towns: list[str], wording: str) -> None:
    here, there = towns
    state = standard((Slot("train", "inform", "departure", here), Slot("train", "inform", "destination", there)))
    assert errors(wording.format(here, there), state) == []
    assert [error.kind for error in errors(wording.format(there, here), state)] == ["wrong", "wrong"]


NOWHERE = ["the type of the {d} is {v}.", "the {d} offers {v}.", "the {d} has {v}.", "the {d} is where {v} works."]
FOREIGN = {"area": "the price of the {d} is {v}.", "pricerange": "the area of the {d} is {v}.", "day": NOWHERE[0]}
FOREIGN |= {"food": "the area of the {d} is {v}.", "stars": "the area of the {d} is {v}.", "people": NOWHERE[0]}
FOREIGN |= {"leaveAt": NOWHERE[0], "arriveBy": NOWHERE[0], "time": "the name of the {d} is {v}."}


@QUICK
@given(STATES, st.sampled_from(NOWHERE))
def test_a_value_in_a_foreign_place_is_no_agreement(state: tuple[Slot, ...], wording: str) -> None:
    for slot in state:
        named = slot.slot in ("name", "departure", "destination")
        if said := wording if named else FOREIGN.get(slot.slot):
            text = said.format(d=slot.domain, v=slot.value)
            assert comparison(text, standard((slot,))).agreed == (), text


@pytest.mark.parametrize(
    ("line", "text", "right"),
    [
        (
            "taxi inform ( departure = missing sock ; destination = lucky star )",
            "the missing sock taxi leaves lucky star",
            0,
        ),
        ("train inform ( departure = cambridge )", "the train has cambridge.", 0),
        ("train inform ( destination = ely ; leaveAt = 09:15 )", "the 09:15 train to ely", 2),
        ("train inform ( arriveBy = 11:15 )", "the user books the train at 11:15.", 0),
        ("taxi inform ( departure = la raza )", "la raza is where the taxi picks up.", 1),
        ("restaurant inform ( name = cotto )", "the user books a table at cotto.", 1),
        ("restaurant inform ( name = cotto )", "the type of the restaurant is cotto.", 0),
        ("restaurant inform ( time = 18:00 )", "the restaurant leaves at 18:00.", 1),
        ("attraction inform ( area = north ) restaurant inform ( area = north )", "park and cafe are in the north.", 1),
        (
            "attraction inform ( area = north ) restaurant inform ( area = north )",
            "the museum and the restaurant are both in the north.",
            2,
        ),
    ],
)
def test_places_by_their_words(line: str, text: str, right: int) -> None:
    assert len(comparison(text, gold(line)).agreed) == right


def test_what_a_domain_does_not_have_is_no_claim() -> None:
    found = comparison("the taxi has 4 stars and is on monday.", gold("taxi inform ( leaveAt = 10:00 )"))
    assert (found.agreed, found.excess) == ((), ())


def test_the_share_of_claims_whose_place_is_open() -> None:
    line = "hotel book ( people = 3 ; day = monday ) restaurant book ( people = 2 ; time = 18:00 )"
    closed = "the hotel is for 3 people. the restaurant is booked at 18:00."
    assert Consistency().score(closed, gold(line))[OPEN] == 0
    half = "it is for 3 people. the restaurant is booked at 18:00."
    assert Consistency().score(half, gold(line))[OPEN] == 0.5


def test_every_kind_of_slot_has_a_place_of_its_own() -> None:
    assert {key[2] for key in SAID} >= set(FOREIGN)
