from hypothesis import given
from hypothesis import strategies as st

from todsum.data.schema import Example, Slot, Turn
from todsum.data.swaps import swapped

EXAMPLE = Example(
    id="the hotel",
    dataset="d",
    group="the hotel",
    domains=("hotel",),
    turns=(Turn("user", "A Hotel called The Lion, or lionheart?"), Turn("agent", "the lion's hotels are full.")),
    query="which hotel",
    evidence=(0,),
    state=(Slot("hotel", "inform", "name", "the lion"), Slot("hotel", "inform", "parking", "yes")),
    summary=("the hotel is the lion.",),
)


def test_whole_words_are_replaced_everywhere() -> None:
    made = swapped(EXAMPLE, {"the lion": "grobb inn", "hotel": "zink", "hotels": "zinks", "lion": "never"})
    assert [turn.text for turn in made.turns] == [
        "A Zink called Grobb Inn, or lionheart?",
        "grobb inn's zinks are full.",
    ]
    assert made.state == (Slot("zink", "inform", "name", "grobb inn"), Slot("zink", "inform", "parking", "yes"))
    assert (made.domains, made.query, made.summary) == (("zink",), "which zink", ("the zink is grobb inn.",))
    assert (made.id, made.group, made.evidence) == ("the hotel", "the hotel", (0,))


def test_what_was_put_in_is_not_replaced_again() -> None:
    assert swapped(EXAMPLE, {"hotel": "lion", "lion": "hotel"}).summary == ("the lion is the hotel.",)


def test_nothing_to_replace() -> None:
    assert swapped(EXAMPLE, {}) is EXAMPLE
    assert swapped(EXAMPLE, {"absent": "x"}) == EXAMPLE


@given(st.text(alphabet="ab .()[]*\\", min_size=1, max_size=6), st.text(max_size=30))
def test_keys_are_text_and_no_patterns(key: str, text: str) -> None:
    example = Example("i", "d", "i", (), (Turn("user", text),))
    assert swapped(example, {key: "new"}).turns[0].speaker == "user"
