"""Which words count: no stop words, no values, no names, one form a stem."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todsum.domain_words.words import commonest_forms, content_words, names


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hi, I'd like to book a room with free parking, please!", ["book", "room", "free", "parking"]),
        ("It's reference 20X96EGN, TR0378, phone 01223363682.", ["reference", "phone"]),
        ("At 09:15 or 9;45am, postcode cb1-2de, tr-1006?", ["postcode"]),
        ("five stars in the NORTH on Monday morning, cheap", ["stars"]),
        ("a yellow taxi, a grey-blue car", ["taxi", "car"]),
        ("don't we've you'll they're o'clock", ["clock"]),
        ("write to a.b@c.org or see www.rooms.org", ["write"]),
        ("check-in;table/bar", ["check", "table", "bar"]),
        ("the hôtel naïve", ["hôtel", "naïve"]),
        ("", []),
        ("?! 12 a be", []),
    ],
)
def test_known_texts(text: str, words: list[str]) -> None:
    assert [word.form for word in content_words([text])] == words


def test_names_are_known_by_their_capitals_inside_sentences() -> None:
    dialogues = [
        content_words(["Rooms at Acorn are free. Parking is free.", "Taxi to Acorn: is the Taxi there?"]),
        content_words(["is acorn a guesthouse? the taxi and the taxi come."]),
    ]
    assert names(dialogues) == {"acorn"}
    assert names([content_words(["Acorn. Acorn! Acorn?", "Acorn"])]) == set(), "nothing is known of first words"


def test_a_word_is_shown_in_the_form_that_is_said_most() -> None:
    said = [content_words(["room rooms rooms", "guests guest hotel"])]
    assert commonest_forms(said) == {"room": "rooms", "guest": "guest", "hotel": "hotel"}


@given(st.text() | st.text(alphabet="aB1 .:-_'@é\n"))
def test_words_are_letters_in_lower_case(text: str) -> None:
    for word in content_words([text]):
        assert word.form.isalpha() and len(word.form) >= 3
        assert word.form in text.lower()
