from __future__ import annotations

import pytest

from todsum.data.dialogues import read_dialogue
from todsum.data.schema import Turn

TURNS = (Turn("user", "hi"), Turn("agent", "yes: now"))


@pytest.mark.parametrize(
    "value",
    [
        "user: hi\nagent: yes: now",
        ["user: hi", "agent: yes: now"],
        ["user: hi\nagent: yes:", "now"],
        '[["user", "hi"], ["agent", "yes: now"]]',
        '[{"speaker": "user", "text": "hi"}, {"speaker": "agent", "text": "yes: now"}]',
        [("user", "hi"), ["agent", "yes: now"]],
        list(TURNS),
        [{"speaker": "user", "text": "hi"}, {"speaker": "agent", "text": "yes: now"}],
        [{"role": "user", "content": "hi"}, {"role": "agent", "content": "yes: now"}],
        [{"from": "user", "value": "hi"}, {"author": "agent", "utterance": "yes: now"}],
        [{"sender": "user", "message": "hi"}, {"name": "agent", "body": "yes: now"}],
        [{"role": "user", "name": "x", "content": [{"type": "text", "text": "hi"}]}, TURNS[1]],
    ],
)
def test_one_dialogue_in_all_its_forms(value: object) -> None:
    assert read_dialogue(value).turns == TURNS


def test_texts_of_turns_are_kept_as_they_are() -> None:
    assert read_dialogue([("a: b", " x\n y ")]).turns == (Turn("a: b", " x\n y "),)


def test_parts_that_are_no_text_are_counted() -> None:
    parts = [{"type": "text", "text": "see"}, {"type": "image_url", "image_url": {}}, "so"]
    read = read_dialogue([{"role": "user", "content": parts}, {"role": "assistant", "content": None, "tool_calls": []}])
    assert read.turns == (Turn("user", "see\nso"),) and read.left_out == 2 and read.places == (0, None)


def test_speakers_may_be_numbers() -> None:
    assert read_dialogue([{"speaker": 0, "text": "hi"}]).turns == (Turn("0", "hi"),)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "expected a text"),
        (7, "expected a text"),
        (b"user: hi", "expected a text"),
        ({"user": "hi"}, "expected a text"),
        ([{"speaker": "a"}], "turn 1: expected speaker and text"),
        ([("a", "b"), "c: d"], "turn 2: expected speaker and text"),
        ([{"speaker": True, "text": "b"}], "turn 1: expected speaker and text"),
        ([{"speaker": "a", "text": 1}], "turn 1: expected speaker and text"),
        ([("a", "b", "c")], "turn 1: expected speaker and text"),
        ([None], "turn 1: expected speaker and text"),
        (["hi", "you"], "no speaker at the beginning: 'hi"),
        ("user: \ud800", "lone surrogate"),
        ("[{'speaker': 'user', 'text': 'hi'}]", "begins as a list of turns, and is no JSON"),
        ("['user: hi', 'agent: yo']", "begins as a list of turns, and is no JSON"),
        ("[\"user: it's\" 'agent: yo']", "begins as a list of turns, and is no JSON"),
        ("[['user', 'hi']]", "begins as a list of turns, and is no JSON"),
        ('{"speaker": "user", "text": "hi"', "begins as a list of turns, and is no JSON"),
        ([["Ana: hi", "Bob: yo"]], "may be a speaker and a text, or two lines"),
        (["Ana: hi\nBob: yo", "Cy: hi\nDan: yo"], "may be dialogues, or lines of one"),
        ([("user", "\udfff")], "lone surrogate"),
    ],
)
def test_other_values_are_refused(value: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_dialogue(value)
