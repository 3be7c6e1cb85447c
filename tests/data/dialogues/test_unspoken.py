"""What nobody says: left out of the turns, and counted."""

from __future__ import annotations

from typing import Any

import pytest

from todsum.data.dialogues import Doubts, read_dialogue, read_text
from todsum.data.dialogues.unspoken import is_placeholder, notices_among

NOTICES = [
    "Messages and calls are end-to-end encrypted. No one outside of this chat can read them. Learn more: https://w.a",
    "Nachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt. Mehr dazu: https://w.a",
    'Ana created group "Trip: 2024"',
    'Ana changed the subject to "Trip: 2024"',
    'Ana changed the subject from "Trip" to "Trip: 2024"',
    "Ana hat den Betreff zu „Trip: 2024“ geändert",
    "Ana a changé le sujet en « Trip: 2024 »",
    "Ana changed the group description to: fun",
    "Ana added Bob",
    "Ana added Bob: work",
    "You removed Bob: work",
    "Ana joined using this group's invite link: x",
    "Your security code with Bob: work changed",
    "Disappearing messages were turned on: all new messages go",
    "Trip: \u200eMessages and calls are end-to-end encrypted.",
    "Trip: Messages and calls are end-to-end encrypted. Tap to learn more.",
    "Ana: \u200eAna hat Bob hinzugefügt",
]
PLACEHOLDERS = [
    "<Media omitted>",
    "\u200eimage omitted",
    "image omitted",
    "GIF omitted",
    "\u200e<attached: 00000012-PHOTO-2024.jpg>",
    "<attached: 00000012-PHOTO-2024.jpg>",
    "IMG-20240501-WA0001.jpg (file attached)",
    "my notes.pdf (file attached)",
    "This message was deleted",
    "You deleted this message.",
    "Missed voice call",
    "<Medien ausgeschlossen>",
    "Bild weggelassen",
    "<Multimedia omitido>",
    "imagen omitida",
]
SAID = [
    "Ana: I added Bob",
    "Bob: Ana changed her mind: no",
    "Ana (work): hi",
    "Cy Lee de la Cruz: hi",
    'Bob "Bobby" Lee: hi',
    "Bob: the image omitted it",
    "Bob: <3",
    "+44 7700 900123: hi",
    "You: hi",
]


def chat(*messages: str) -> str:
    lines = ("Ana: hello", *messages, "Bob: bye")
    return "\n".join(f"31/12/20, 10:{number:02d} - {line}" for number, line in enumerate(lines))


@pytest.mark.parametrize("notice", NOTICES)
def test_notices_of_a_chat_are_no_turns(notice: str) -> None:
    read = read_text(chat(notice))
    assert [turn.speaker for turn in read.turns] == ["Ana", "Bob"] and read.left_out == 1


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_placeholders_are_no_turns_in_any_layout(text: str) -> None:
    for read in (
        read_text(chat(f"Bob: {text}")),
        read_text(f"Ana: hello\nBob: {text}\nBob: bye"),
        read_dialogue([("Ana", "hello"), ("Bob", text), ("Bob", "bye")]),
        read_dialogue([{"speaker": "Ana", "text": "hello"}, {"role": "Bob", "content": text}, ("Bob", "bye")]),
    ):
        assert [turn.text for turn in read.turns] == ["hello", "bye"] and read.left_out == 1


@pytest.mark.parametrize("line", SAID)
def test_what_only_looks_like_a_notice_is_said(line: str) -> None:
    read = read_text(chat(line))
    assert len(read.turns) == 3 and read.left_out == 0
    assert f"{read.turns[1].speaker}: {read.turns[1].text}" == line


def test_a_picture_with_a_caption_is_a_turn() -> None:
    read = read_text("31/12/20, 10:15 - Ana: IMG-20240501-WA0001.jpg (file attached)\nthe beach\n")
    assert [turn.text for turn in read.turns] == ["the beach"] and read.left_out == 1
    edited = read_text(chat("Bob: see you \u200e<This message was edited>"))
    assert edited.turns[1].text == "see you" and edited.left_out == 1


def test_somebody_who_often_speaks_is_a_speaker() -> None:
    assert notices_among(["Ana", "Ana added Bob"]) == {"Ana added Bob"}
    assert notices_among(["Ana", "Ana added Bob", "Ana added Bob"]) == set()


def test_reactions_in_a_meeting_chat() -> None:
    read = read_text(
        '10:15:30 From Ana to Everyone:\n\thi\n10:15:31 From Bob to Everyone:\n\tReacted to "hi" with 👍\n'
    )
    assert [(turn.speaker, turn.text) for turn in read.turns] == [("Ana", "hi")] and read.left_out == 1


def message(role: str, key: str = "role", **more: Any) -> dict[str, Any]:
    return {key: role, "content": f"from {role}"} | more


@pytest.mark.parametrize(
    ("messages", "spoken"),
    [
        ([message("system"), message("user"), message("assistant")], [1, 2]),
        ([message("user"), message("assistant"), message("system"), message("user")], [0, 1, 3]),
        ([message("system"), message("user")], [1]),
        ([message("user"), message("system"), message("user")], [0, 1, 2]),  # MultiWOZ
        ([message("user", "speaker"), message("system", "speaker"), message("agent", "speaker")], [0, 1, 2]),
        ([message("developer"), message("user"), message("tool"), message("function")], [1]),
        ([message("human", "from"), message("function_call", "from"), message("observation", "from")], [0]),
        ([message("System"), message("User"), message("Assistant"), message("Developer")], [1, 2, 3]),
        ([message("system", "sender"), message("Ana", "sender"), message("Bob", "sender")], [1, 2]),
        ([message("Ana", "from"), message("Ana", "from", type="system")], [0]),
        ([message("user"), message("assistant", content=None)], [0]),
        ([message("user"), message("assistant", content="", tool_calls=[{}])], [0]),
        ([message("Ana", "from"), {"type": "service", "actor": "Ana", "text": ""}], [0]),
        ([message("Ana", "user"), message("Ana", "user", subtype="channel_join")], [0]),
        ([message("Ana", "from"), message("Bob", "from", content="", photo="p.jpg")], [0]),
        ([message("Ana", "user"), message("Bob", "user", content="", blocks=[{}])], [0]),
    ],
)
def test_messages_that_nobody_says(messages: list[dict[str, Any]], spoken: list[int]) -> None:
    read = read_dialogue(messages)
    assert [turn.text for turn in read.turns] == [messages[place]["content"] for place in spoken]
    assert read.left_out == len(messages) - len(spoken)
    assert [place for place, kept in enumerate(read.places) if kept is not None] == spoken


def test_counts_are_said_with_and_without_the_text() -> None:
    doubts = Doubts()
    assert not list(doubts.notes()) and not list(doubts.remarks()) and doubts.counts() == {}
    read = read_text("1\n00:00:01,000 --> 00:00:02,000\nso, yes\n")
    doubts.add("f: line 1", ("so, yes: hi",), 2, read.turns)
    assert doubts.counts() == {"doubtful_lines": 1, "left_out": 2, "without_speaker": 1}
    assert "so, yes: hi" in "".join(doubts.notes()) and "so, yes" not in "".join(doubts.remarks())
    assert len(list(doubts.notes())) == len(list(doubts.remarks())) == 3


def test_words_are_no_placeholder() -> None:
    assert not any(map(is_placeholder, ("", "omitted", "the image omitted it", "<3", "a.jpg", "deleted", "<link>")))
