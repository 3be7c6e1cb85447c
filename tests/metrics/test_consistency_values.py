"""Values in other words: times, numbers, names cut short, synonyms; and texts of any size."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.metrics.test_consistency import gold
from todsum.data.schema import Slot
from todsum.metrics.base import Gold
from todsum.metrics.consistency import Consistency, errors, mark
from todsum.metrics.consistency.metric import comparison

HOURS = ["twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"]
PARTS = {15: "quarter past {}", 30: "half past {}", 20: "twenty past {}", 5: "five past {}", 0: "{} o'clock"}
TO = {45: "quarter to {}", 50: "ten to {}", 40: "twenty to {}"}
HALVES = {0: ("in the morning", "am", "a.m."), 1: ("in the afternoon", "pm", "p.m.", "in the evening")}
TEENS = ["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def spoken(hour: int, minute: int) -> str:
    """A time of the twelve-hour clock in words."""
    wording = PARTS.get(minute) or TO[minute]
    return wording.format(HOURS[(hour + (minute in TO)) % 12])


@given(st.integers(0, 23), st.sampled_from([*PARTS, *TO]), st.data())
def test_times_in_words(hour: int, minute: int, data: st.DataObject) -> None:
    said = spoken(hour, minute)
    state = gold(f"train inform ( leaveAt = {hour:02d}:{minute:02d} )")
    assert errors(f"the train leaves at {said}.", state) == []
    if minute in TO and hour in (11, 23):
        return  # "quarter to twelve in the morning" is no time that people say
    half = data.draw(st.sampled_from(HALVES[hour // 12]))
    assert errors(f"the train leaves at {said} {half}.", state) == []
    other = data.draw(st.sampled_from(HALVES[1 - hour // 12]))
    assert [error.kind for error in errors(f"the train leaves at {said} {other}.", state)] == ["wrong"]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("09:15", "0915."),
        ("09:15", "9:15 am"),
        ("21:15", "9.15 in the evening"),
        ("14:00", "1400 hours"),
        ("12:00", "noon"),
        ("12:00", "midday"),
        ("00:00", "midnight"),
        ("18:00", "six pm"),
        ("09:30", "nine thirty"),
        ("09:00", "9"),
    ],
)
def test_times_in_digits_and_words(value: str, said: str) -> None:
    assert errors(f"the train leaves at {said}", gold(f"train inform ( leaveAt = {value} )")) == []


@pytest.mark.parametrize("said", ["09:155", "9:15 pm", "21:15 am", "50:15", "109:15"])
def test_no_time_or_another_time(said: str) -> None:
    state = gold("train inform ( leaveAt = 09:15 )")
    assert Consistency().score(f"the train leaves at {said}.", state)["consistency_recall"] == 0


def in_words(number: int) -> str:
    if number < 20:
        return TEENS[number - 10]
    unit = "" if number % 10 == 0 else f"-{HOURS[number % 10]}"
    return TENS[number // 10 - 2] + unit


@pytest.mark.parametrize("number", range(10, 100))
def test_numbers_in_words(number: int) -> None:
    state = gold(f"train book ( people = {number} )")
    assert errors(f"the user books {in_words(number)} train tickets.", state) == []


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("train inform ( departure = london kings cross )", "the train leaves from kings cross."),
        ("train inform ( departure = stansted airport )", "the train leaves from stansted."),
        ("restaurant inform ( name = don pasquale pizzeria )", "the restaurant is don pasquale."),
        ("restaurant inform ( name = the cow pizza kitchen and bar )", "he books cow pizza kitchen & bar."),
        ("restaurant inform ( name = cambridge lodge restaurant )", "the restaurant is cambridge lodge."),
        ("hotel inform ( name = acorn guest house )", "the hotel is called the acorn."),
        ("hotel inform ( name = express by holiday inn )", "the hotel is the holiday inn express."),
        ("restaurant inform ( pricerange = cheap )", "an affordable restaurant."),
        ("restaurant inform ( pricerange = moderate )", "a reasonably priced restaurant."),
        ("restaurant inform ( pricerange = cheap )", "an inexpensive restaurant."),
        ("restaurant inform ( area = centre )", "the restaurant is downtown."),
        ("restaurant inform ( area = dont care )", "the restaurant can be anywhere."),
        ("restaurant inform ( area = dont care )", "any part of town is fine for the restaurant."),
        ("restaurant inform ( area = dont care )", "the restaurant area is dont care."),
        ("restaurant book ( people = 1 )", "a restaurant table for one."),
        ("restaurant book ( people = 5 )", "the user books 5 restaurant seats."),
        ("hotel book ( day = friday ; stay = 2 )", "the hotel is booked from friday to sunday, two nights."),
    ],
)
def test_values_in_other_words(line: str, text: str) -> None:
    assert errors(text, gold(line)) == []


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("train inform ( departure = london kings cross )", "the train leaves from london."),  # two stations
        ("restaurant inform ( name = pizza hut fen ditton )", "the restaurant is pizza hut cherry hinton."),
        ("restaurant inform ( name = curry prince )", "the restaurant is called curry."),
    ],
)
def test_a_part_that_names_share_is_none_of_them(line: str, text: str) -> None:
    assert Consistency().score(text, gold(line))["consistency_recall"] == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 6000), st.sampled_from("7x:0~.-'½é"), st.sampled_from(["{}", "the hotel has {} stars.", "at {}"]))
def test_runs_of_any_length_do_not_crash(length: int, character: str, wording: str) -> None:
    text = wording.format(character * length)
    state = gold("hotel inform ( stars = 4 ; name = acorn guest house )")
    Consistency().score(text, state)
    mark(text, state)


@pytest.mark.parametrize(
    "piece",
    [
        "7",
        "not ",
        "no, ",
        "it is false that ",
        "from ely to ",
        "not a thai or ",
        "neither nor ",
        "called ",
        "9:15 ",
        "ab",
    ],
)
def test_the_work_is_linear_in_the_text(piece: str) -> None:
    state = gold("train inform ( departure = ely ; leaveAt = 09:15 ) hotel inform ( name = acorn guest house )")

    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        start = time.process_time()
        Consistency().score(text, state)
        return time.process_time() - start

    seconds(1000)
    assert seconds(30_000) < 30 * max(seconds(3_000), 0.01)


@pytest.mark.parametrize(
    "name", ["gallery at twelve a high street", "bar at 9", "cafe at 6 or 7", "the 08:00~~", "a | b ~ c"]
)
def test_names_with_hours_in_them_are_names(name: str) -> None:
    """A name is no time whose half of the day is open."""
    state = (Slot("restaurant", "inform", "name", name),)
    found = comparison(f"the restaurant is called {name}.", Gold(None, ("restaurant",), state))
    assert not found.excess or found.excess[0].value


@given(
    st.text(alphabet="at 0123456789:~|.pm noon half", max_size=40), st.text(alphabet="at 0123456789:~|", max_size=20)
)
def test_no_text_of_times_and_signs_crashes(text: str, name: str) -> None:
    state = (Slot("restaurant", "inform", "name", name), Slot("restaurant", "book", "time", text))
    comparison(f"the restaurant is called {name}, at {text}", Gold(None, ("restaurant",), state))
