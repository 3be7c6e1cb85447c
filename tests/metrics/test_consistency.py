"""The corrected metric on sentences whose meaning is plain to a person."""

from __future__ import annotations

import pytest

from todsum.data.state import parse
from todsum.metrics.base import Gold
from todsum.metrics.consistency import Consistency, SlotError, errors

METRIC = Consistency()
HOTEL = "hotel book ( people = 3 ; day = monday ; stay = 2 ) hotel inform ( area = north ; stars = 4 ; internet = yes )"
TRAIN = "train inform ( leaveAt = 09:15 ; destination = norwich ; day = sunday ; departure = cambridge )"


def gold(line: str) -> Gold:
    domains, state = parse(line)
    return Gold(None, domains, state, line)


def figures(text: str, line: str) -> tuple[float, ...]:
    """Precision, recall and F1."""
    row = METRIC.score(text, gold(line))
    return tuple(round(row[column], 3) for column in METRIC.columns[:3])


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (HOTEL, "the 4-star hotel is in the noth with wifi. it is booked for three people, 2 nights from Monday."),
        (HOTEL, "A four star hotel, north, internet included. Booked for 3 guests, 2 nights, from monday."),
        (TRAIN, "this train leaves at 9:15 on sunday, from cambridge to norwich."),
        (TRAIN, "the depature of the train is cambridge and the destination is norwich. it leaves at 09;15 on sunday."),
        (TRAIN, "A Sunday train to Norwich from Cambridge departing at 9:15 am."),
        (TRAIN, "the train leaves at 09:15onsunday. the train leaves on sunday, cambridge to norwich."),
        ("hotel inform ( type = guesthouse )", "the hotel is a guest house."),
        ("hotel inform ( type = hotel )", "the user asks for the phone number of the hotel."),
        ("hotel inform ( parking = no ; internet = yes )", "the hotel has internet but no parking."),
        ("hotel inform ( name = express by holiday inn )", "the hotel's name isexpress by holiday inn."),
        ("hotel inform ( name = the cambridge belfry )", "the name of the hotel is cambridge belfry."),
        ("taxi inform ( departure = saint john's college )", "a taxi from St. Johns college."),
        ("restaurant inform ( area = dont care ; food = thai )", "thai, the user does not care about the area."),
        ("restaurant inform ( food = asian oriental )", "the restaurant offers asian-oriental food."),
        ("attraction inform ( area = centre )", "the attraction is in the city center."),
        ("attraction inform ( type = college )", "the attraction's name is jesus college."),
        ("taxi inform ( leaveAt = 22:15 )", "the taxi leaves at 22.:15."),
    ],
)
def test_every_slot_is_found_in_the_spellings_of_the_data(line: str, text: str) -> None:
    missing = [error for error in errors(text, gold(line)) if error.kind != "invented"]
    assert missing == []


@pytest.mark.parametrize(
    "text",
    [
        "the user asks for the phone number.",  # "one"
        "the user wants to find the address.",  # "fin"
        "the user wonders whether the hotel has parking and internet.",  # "park"; asked, not stated
        "the user wants to know the postcode of the hotel and its price and area.",
        "the hotel is not in the north.",
    ],
)
def test_what_is_no_value_is_no_claim(text: str) -> None:
    assert figures(text, "hotel inform )") == (1, 1, 1)


@pytest.mark.parametrize(
    ("line", "right", "wrong"),
    [
        (TRAIN, "the train goes from cambridge to norwich.", "the train goes from norwich to cambridge."),
        (TRAIN, "the train leaves at 09:15.", "the train arrives at 09:15."),
        (HOTEL, "the hotel is for 3 people and 2 days.", "the hotel is for 2 people and 3 days."),
        (HOTEL, "the hotel has 4 stars.", "the hotel is for 4 days."),
        (HOTEL, "the hotel is in the north.", "the restaurant is in the north."),
        (HOTEL, "the hotel has internet.", "the hotel has no internet."),
        (HOTEL, "the user books the hotel on monday.", "the user books the restaurant on monday."),
    ],
)
def test_a_value_counts_only_with_its_domain_and_slot(line: str, right: str, wrong: str) -> None:
    assert figures(right, line)[0] == 1
    assert figures(wrong, line)[0] < 1
    assert figures(wrong, line)[2] < figures(right, line)[2]


def test_each_part_of_a_sentence_speaks_of_its_own_domain() -> None:
    line = "restaurant inform ( pricerange = expensive ) hotel inform ( pricerange = cheap ; area = east )"
    assert figures("the user wants a cheap hotel in the east and an expensive restaurant.", line) == (1, 1, 1)
    assert figures("the user wants an expensive hotel in the east and a cheap restaurant.", line)[:2] == (0.333, 0.333)


def test_repetition_gains_nothing() -> None:
    once = figures("the hotel is in the north.", HOTEL)
    assert figures("the hotel is in the north. " * 5, HOTEL) == once
    assert figures("the hotel is in the north, north, and has 3 3 3 people.", HOTEL)[0] <= 1


def test_errors_slot_by_slot() -> None:
    text = "the 5-star hotel is in the north and is cheap. the user books the hotel for 3 people and 2 days on monday."
    assert sorted(errors(text, gold(HOTEL)), key=lambda error: error.kind) == [
        SlotError("invented", "hotel", "inform", "pricerange", None, "cheap"),
        SlotError("missing", "hotel", "inform", "internet", "yes", None),
        SlotError("wrong", "hotel", "inform", "stars", "4", "5"),
    ]


def test_conventions_for_nothing() -> None:
    assert figures("", "hotel inform )") == (1, 1, 1)
    assert figures("hello.", "hotel inform ( area =  )") == (1, 1, 1)
    assert figures("the hotel is in the north.", "hotel inform )") == (0, 1, 0)
    assert figures("hello.", HOTEL) == (0, 0, 0)
    assert not METRIC.applies(Gold(summary=("x",)))


FLIGHT = (
    "flight book ( passengers = 2 ) flight inform ( origin = Zorbel ; destination = New Karth ; class = economy ; "
    "departure_time = 10:20 ) gym inform ( area = west ; pool = yes ; trainer = no )"
)


def test_domains_without_rules_of_their_own() -> None:
    text = "the flight for 2 passengers from zorbel to new karth leaves at 10:20, economy."
    gym = "the gym is in the west, has a pool and no trainer."
    assert figures(f"{text} {gym}", FLIGHT) == (1, 1, 1)
    swapped = text.replace("zorbel", "x").replace("new karth", "zorbel").replace("x", "new karth")
    assert figures(f"{swapped} {gym}", FLIGHT)[2] < 1
    assert figures(f"{text} {gym.replace('has a pool', 'has no pool')}", FLIGHT)[2] < 1
    assert figures(f"{text} {gym.replace('west', 'east')}", FLIGHT)[2] < 1
    assert figures(f"{text.replace('economy', 'business')} {gym}", FLIGHT)[1] < 1


def test_simulated_summaries_state_what_the_simulator_says() -> None:
    from todsum.data.simulation.dialogues import dialogues

    for dialogue in dialogues(seed=11, start=0, stop=150):
        told = {(entry.domain, entry.intent, entry.slot) for entry in dialogue.statements}
        state = tuple(slot for slot in dialogue.state if (slot.domain, slot.intent, slot.slot) in told)
        found = errors(" ".join(dialogue.record["summary"]), Gold(None, tuple(dialogue.record["dst"]), state))
        assert found == [], dialogue.record["summary"]
