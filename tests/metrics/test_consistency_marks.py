"""Where the corrected metric's claims stand in the text."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.metrics.test_consistency_properties import ANY_STATES, STATES, TEXTS, VOCABULARY, standard, told
from todsum.data.schema import Slot
from todsum.data.state import parse
from todsum.metrics.base import Gold
from todsum.metrics.consistency import Mark, Marked, Statement, errors, mark
from todsum.metrics.consistency.metric import comparison
from todsum.metrics.consistency.offsets import Offsets
from todsum.metrics.consistency.text import plain

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# Spellings that the plain text changes in length, glued words, and characters that are several once taken apart.
ODD = """
9:15am 9.15 p.m. 2pm. 22.:15 33.99 £3.50 at 0915 4-star 2star 3people st. john's CHRIST’S a&b isexpress tothe_north
09:15onsunday isnandos café cafe\u0301 İstanbul ΣΊΣΥΦΟΣ ﬁtzwilliam ㏂ ½ ３ people ² \u0301 \u00b4 park\u00ading 한국 🚕
\n ? ! bed and breakfast swimming pool wi-fi centre of town price range hotel type two doesn't care about the any
"""
MIXED = st.lists(
    st.one_of(st.sampled_from(ODD.split(" ")), st.sampled_from(VOCABULARY.split()), st.text(max_size=4)), max_size=40
).flatmap(lambda parts: st.sampled_from([" ".join(parts), "".join(parts), " ".join(parts).upper()]))


def gold(line: str) -> Gold:
    domains, state = parse(line)
    return Gold(None, domains, state, line)


def shown(text: str, line: str) -> str:
    """The text with its marks: ``the hotel is in the [right north]``."""
    out, done = "", 0
    for found in mark(text, gold(line)).marks:
        out += f"{text[done : found.start]}[{found.kind} {text[found.start : found.end]}]"
        done = found.end
    return out + text[done:]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("hotel inform ( area = north )", "The hotel is in the [right NORTH]."),
        ("hotel inform ( area = north )", "the hotel is in the [right noth]."),
        ("hotel inform ( area = north )", "the hotel is in the [wrong south]."),
        ("hotel inform ( area = north )", "the [invented cheap] hotel is in the [right north]."),
        ("hotel inform ( area = centre )", "the hotel is in the [right centre of the city], in the centre."),
        ("hotel inform ( stars = 4 )", "the [right 4-star] hotel."),
        ("hotel inform ( stars = 4 )", "a [right four star] hotel."),
        ("hotel inform ( type = guesthouse )", "the hotel is a [right Guest House]."),
        ("hotel inform ( type = hotel )", "the [right hotel] is a nice hotel."),
        ("hotel inform ( type = hotel )", "the type of the hotel is [right hotel]."),
        ("hotel inform ( parking = yes ; internet = no )", "it is a hotel with [right parking], no [right internet]."),
        ("hotel inform ( parking = no ; internet = no )", "a hotel with [wrong parking], without [right wi-fi]."),
        ("hotel inform ( area = dont care )", "a hotel; the user doesn't care about the [right area]."),
        ("hotel inform ( area = dont care )", "a hotel in any [right area]."),
        ("hotel book ( people = 3 ; stay = 2 )", "the hotel for [right three people] and [wrong 5 nights]."),
        ("hotel inform ( name = express by holiday inn )", "the hotel's name is[right express by holiday inn]."),
        ("train inform ( leaveAt = 09:15 )", "the train leaves at [right 9:15 am]."),
        ("train inform ( leaveAt = 21:15 )", "the train leaves at [right 9.15 p.m.] on [invented Sunday]."),
        ("train inform ( leaveAt = 09:15 )", "the train leaves at [right 09:15]onsunday."),
        ("train inform ( arriveBy = 14:00 )", "the train arrives by [right 2pm]"),
        ("train inform ( arriveBy = 09:15 )", "the train arrives at [right 0915]"),
        ("taxi inform ( leaveAt = 22:15 )", "the taxi leaves at [right 22.:15]."),
        ("taxi inform ( departure = saint john's college )", "a taxi from [right St. John’s college] at noon."),
        ("attraction inform ( name = café jello gallery )", "the attraction is [right Cafe\u0301 Jello GALLERY]."),
        ("restaurant inform ( name = à côté )", "« the name of the restaurant is [right à coté] »"),
        ("restaurant inform ( name = à côté )", "the name of the restaurant is [right A COTE\u0301]!"),
        (
            "restaurant inform ( food = thai )",
            "🍜 the restaurant offers [right thai] food, İstanbul in the [invented east].",
        ),
        ("restaurant inform ( food = asian oriental )", "the restaurant offers [right asian-oriental] food."),
        ("restaurant inform ( pricerange = cheap )", "the user asks whether the restaurant is in the north."),
    ],
)
def test_marks_stand_on_what_a_person_would_underline(line: str, expected: str) -> None:
    text = expected
    for kind in ("right", "wrong", "invented"):
        text = text.replace(f"[{kind} ", "")
    assert shown(text.replace("]", ""), line) == expected


def test_a_mark_says_what_it_is_about() -> None:
    text = "the hotel is cheap, in the south, for 3 people."
    found = mark(text, gold("hotel book ( people = 3 ; day = monday ) hotel inform ( area = north )"))
    assert [(text[m.start : m.end], m.statements) for m in found.marks] == [
        ("cheap", (Statement("invented", "hotel", "inform", "pricerange", "cheap", None),)),
        ("south", (Statement("wrong", "hotel", "inform", "area", "south", "north"),)),
        ("3 people", (Statement("right", "hotel", "book", "people", "3", "3"),)),
    ]
    assert found.missing == (Slot("hotel", "book", "day", "monday"),)


def test_one_stretch_may_state_several_values() -> None:
    text = "the attraction's name is jesus college."
    found = mark(text, gold("attraction inform ( type = college ; name = kings college )"))
    (both,) = found.marks
    assert text[both.start : both.end] == "jesus college"
    assert sorted((s.kind, s.slot) for s in both.statements) == [("right", "type"), ("wrong", "name")]
    assert both.kind == "wrong"


def test_the_worst_statement_gives_a_mark_its_kind() -> None:
    right, invented, wrong = (
        Statement(kind, "hotel", "inform", "area", "north", None) for kind in ("right", "invented", "wrong")
    )
    assert Mark(0, 1, (right,)).kind == "right"
    assert Mark(0, 1, (invented, right)).kind == "invented"
    assert Mark(0, 1, (right, wrong, invented)).kind == "wrong"


def test_nothing_to_mark() -> None:
    assert mark("", gold("hotel inform )")) == Marked((), ())
    assert mark("", Gold(summary=("x",))) == Marked((), ())
    assert mark("hello.", gold("hotel inform ( area = north )")) == Marked(
        (), (Slot("hotel", "inform", "area", "north"),)
    )


@QUICK
@given(st.one_of(MIXED, TEXTS), st.one_of(ANY_STATES, STATES))
def test_marks_lie_in_the_text_and_lose_no_claim(text: str, state: tuple[Slot, ...]) -> None:
    found = mark(text, standard(state))
    end = 0
    for one in found.marks:
        assert end <= one.start < one.end <= len(text)
        assert text[one.start : one.end] == text[one.start : one.end].strip()
        end = one.end
    stated = [statement for one in found.marks for statement in one.statements]
    right = Counter((item.slot, claim.value) for claim, item in comparison(text, standard(state)).agreed)
    assert right == Counter(
        (Slot(s.domain, s.intent, s.slot, s.gold or ""), s.value) for s in stated if s.kind == "right"
    )
    faults = [(s.kind, s.domain, s.intent, s.slot, s.gold, s.value) for s in stated if s.kind != "right"]
    faults += [("missing", s.domain, s.intent, s.slot, s.value, None) for s in found.missing]
    known = errors(text, standard(state))
    assert Counter(faults) == Counter((e.kind, e.domain, e.intent, e.slot, e.gold, e.found) for e in known)


@QUICK
@given(STATES, st.randoms(use_true_random=False), st.text("éﬁ² \u0301½&'_🚕", max_size=6), st.booleans())
def test_values_told_in_sentences_are_marked_as_they_are_spelt(
    state: tuple[Slot, ...], rng: object, noise: str, capitals: bool
) -> None:
    sentences = told(state)
    rng.shuffle(sentences)  # type: ignore[attr-defined]
    text = f"{noise}. " + f" {noise}\n".join(sentences)
    text = text.upper() if capitals else text
    found = mark(text, standard(state))
    assert found.missing == ()
    for one in found.marks:
        for statement in one.statements:
            assert statement.kind == "right"
            if (statement.slot, statement.value) != ("type", "hotel"):  # stands at any hotel
                assert (statement.gold or "") in text[one.start : one.end].lower()


@QUICK
@given(st.one_of(MIXED, TEXTS, st.text()))
def test_every_character_of_the_plain_text_comes_from_the_text_in_its_order(text: str) -> None:
    offsets, characters = Offsets(text), plain(text)
    written = [offsets.written((i, i + 1)) for i, c in enumerate(characters) if c.isalnum()]
    assert all(0 <= start < end <= len(text) for start, end in written)
    assert written == sorted(written)
