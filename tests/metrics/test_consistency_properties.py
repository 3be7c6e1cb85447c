"""What must hold for the corrected metric on any text and any state."""

from __future__ import annotations

import math

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from todsum.data.schema import Slot
from todsum.metrics.base import Gold
from todsum.metrics.consistency import Consistency, errors
from todsum.metrics.consistency.metric import comparison

METRIC = Consistency()
PRECISION, RECALL, F1, OPEN = METRIC.columns

DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
SMALL = [str(n) for n in range(1, 9)]
TIMES = [f"{hour:02d}:{minute}" for hour in range(1, 24) for minute in ("00", "15", "45")]
TOWNS = ["cambridge", "norwich", "ely", "kings lynn", "stansted airport", "london kings cross"]
PLACES = [
    "la raza",
    "cineworld cinema",
    "acorn guest house",
    "restaurant two two",
    "jesus college",
    "pizza hut fen ditton",
]
AREAS, PRICES = ["north", "south", "east", "west", "centre"], ["cheap", "moderate", "expensive"]
# Every slot's own sentence, and its values. Written from the slots' meaning, not from the metric's rules.
SAID = {
    ("restaurant", "book", "people"): ("the restaurant is booked for {} people", SMALL),
    ("restaurant", "book", "day"): ("the restaurant is booked on {}", DAYS),
    ("restaurant", "book", "time"): ("the restaurant is booked at {}", TIMES),
    ("restaurant", "inform", "food"): ("the restaurant offers {} food", ["thai", "modern european", "seafood"]),
    ("restaurant", "inform", "area"): ("the restaurant is in the {}", AREAS),
    ("restaurant", "inform", "pricerange"): ("the restaurant is {}", PRICES),
    ("restaurant", "inform", "name"): ("the name of the restaurant is {}", ["nandos", "cotto", "the golden curry"]),
    ("hotel", "book", "people"): ("the hotel is booked for {} people", SMALL),
    ("hotel", "book", "stay"): ("the user stays at the hotel for {} days", SMALL),
    ("hotel", "book", "day"): ("the user comes to the hotel on {}", DAYS),
    ("hotel", "inform", "stars"): ("the hotel has {} stars", SMALL),
    ("hotel", "inform", "area"): ("the hotel is in the {}", AREAS),
    ("hotel", "inform", "pricerange"): ("the hotel is {}", PRICES),
    ("hotel", "inform", "type"): ("the type of the hotel is {}", ["guesthouse", "hotel"]),
    ("attraction", "inform", "type"): ("the type of the attraction is {}", ["museum", "park", "college", "boat"]),
    ("attraction", "inform", "area"): ("the attraction is in the {}", AREAS),
    ("train", "book", "people"): ("the user books {} train tickets", SMALL),
    ("train", "inform", "day"): ("the train is on {}", DAYS),
    ("train", "inform", "leaveAt"): ("the train leaves at {}", TIMES),
    ("train", "inform", "arriveBy"): ("the train arrives by {}", TIMES),
    ("train", "inform", "departure"): ("the train comes from {}", TOWNS),
    ("train", "inform", "destination"): ("the train goes to {}", TOWNS),
    ("taxi", "inform", "leaveAt"): ("the taxi leaves at {}", TIMES),
    ("taxi", "inform", "departure"): ("the departure of the taxi is {}", PLACES),
    ("taxi", "inform", "destination"): ("the destination of the taxi is {}", PLACES),
}
STATES = st.lists(st.sampled_from(sorted(SAID)), min_size=1, max_size=10, unique=True).flatmap(
    lambda keys: st.tuples(*(st.sampled_from(SAID[key][1]).map(lambda v, key=key: Slot(*key, v)) for key in keys))
)
VOCABULARY = """
the a hotel restaurant train taxi attraction from to leaves arrives at by for people days 3 4-star north centre cheap
guest house guesthouse parking internet no not whether name is of museum college nandos cambridge ely 09:15 17.:15
monday , . and but indian food dont care any price area tickets seat departure destination one
"""
WORDS = st.sampled_from(VOCABULARY.split())
TEXTS = st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=40).map(" ".join))
ANY_STATES = st.lists(
    st.builds(
        Slot,
        st.one_of(st.sampled_from(["hotel", "train", "taxi", "flight", "rental_car"]), st.text(max_size=8)),
        st.sampled_from(["book", "inform"]),
        st.one_of(st.sampled_from(["area", "leaveAt", "people", "name", "internet", "class"]), st.text(max_size=8)),
        st.one_of(
            st.sampled_from(["yes", "no", "3", "09:15", "north", "dont care", "nandos", ""]), st.text(max_size=8)
        ),
    ),
    max_size=6,
).map(tuple)
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def figures(text: str, gold: Gold) -> tuple[float, ...]:
    """Precision, recall and F1."""
    row = METRIC.score(text, gold)
    return row[PRECISION], row[RECALL], row[F1]


def standard(state: tuple[Slot, ...]) -> Gold:
    return Gold(None, tuple(dict.fromkeys(slot.domain for slot in state)), state)


def told(state: tuple[Slot, ...]) -> list[str]:
    return [SAID[slot.domain, slot.intent, slot.slot][0].format(slot.value) + "." for slot in state]


@QUICK
@given(TEXTS, ANY_STATES)
def test_figures_are_shares(text: str, state: tuple[Slot, ...]) -> None:
    gold = standard(state)
    row = METRIC.score(text, gold)
    assert all(0 <= figure <= 1 for figure in figures(text, gold))
    assert math.isnan(row[OPEN]) == (not comparison(text, gold).agreed)
    assert math.isnan(row[OPEN]) or 0 <= row[OPEN] <= 1
    assert str(row) == str(METRIC.score(text, gold))
    if not errors(text, gold):
        assert figures(text, gold) == (1, 1, 1)


@QUICK
@given(STATES, st.randoms(use_true_random=False))
def test_a_state_told_in_sentences_is_found_in_any_order_and_case(state: tuple[Slot, ...], rng: object) -> None:
    sentences = told(state)
    rng.shuffle(sentences)  # type: ignore[attr-defined]
    for text in (" ".join(sentences), "\n".join(sentences).upper(), " ".join(s.capitalize() for s in sentences)):
        assert figures(text, standard(state)) == (1, 1, 1), errors(text, standard(state))
        assert METRIC.score(text, standard(state))[OPEN] == 0


@QUICK
@given(STATES, st.data())
def test_dropping_a_sentence_loses_its_slot(state: tuple[Slot, ...], data: st.DataObject) -> None:
    left = data.draw(st.integers(0, len(state) - 1))
    sentences = told(state)
    row = METRIC.score(" ".join(sentences[:left] + sentences[left + 1 :]), standard(state))
    implied = (state[left].slot, state[left].value) == ("type", "hotel")  # any sentence about the hotel says so
    if not implied:
        assert row[RECALL] == (len(state) - 1) / len(state)
        assert row[F1] < 1
    assert row[PRECISION] == (1 if len(state) > 1 else 0)


@QUICK
@given(STATES, st.data())
def test_another_value_is_one_wrong_slot(state: tuple[Slot, ...], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(state) - 1))
    slot = state[place]
    value = data.draw(st.sampled_from([v for v in SAID[slot.domain, slot.intent, slot.slot][1] if v != slot.value]))
    other = Slot(slot.domain, slot.intent, slot.slot, value)
    text = " ".join(told((*state[:place], other, *state[place + 1 :])))
    row = METRIC.score(text, standard(state))
    found = errors(text, standard(state))
    if (other.slot, value) == ("type", "hotel"):  # nothing but the guesthouse speaks of a type
        assert row[F1] < 1
    else:
        assert [(e.kind, e.domain, e.slot, e.gold) for e in found] == [("wrong", slot.domain, slot.slot, slot.value)]
        assert row[PRECISION] == row[RECALL] == (len(state) - 1) / len(state)
