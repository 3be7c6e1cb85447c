import re

from todsum.data import made_up
from todsum.data.simulation.draw import Draw


def test_words_for_training_and_for_tests_never_meet() -> None:
    draw = Draw("words")
    training = {made_up.word(draw) for _ in range(3000)}
    tests = {made_up.word(draw, for_test=True) for _ in range(300)}
    assert not training & tests
    assert not any(map(made_up.reserved, training))
    assert all(map(made_up.reserved, tests))


def test_names_are_of_made_up_words_and_known_nouns() -> None:
    draw = Draw("names")
    for _ in range(300):
        name = made_up.name(draw, for_test=True)
        assert re.fullmatch(r"[a-z' ]{4,}", name)
        assert any(made_up.reserved(word.removesuffix("'s")) for word in name.split())


def test_the_same_key_draws_the_same() -> None:
    assert [made_up.name(Draw(7, i)) for i in range(50)] == [made_up.name(Draw(7, i)) for i in range(50)]


def test_times_are_times() -> None:
    draw = Draw("clock")
    for hour, minute in (made_up.clock(draw).split(":") for _ in range(200)):
        assert 0 <= int(hour) < 24 and 0 <= int(minute) < 60 and len(hour) == len(minute) == 2


def test_distinct_things_are_no_parts_of_each_other() -> None:
    offers = iter(["abc", "abc", "b", "abcd", "xyz"])
    taken: set[str] = set()
    assert [made_up.distinct(lambda: next(offers), taken) for _ in range(2)] == ["abc", "xyz"]
    assert taken == {"abc", "xyz"}
