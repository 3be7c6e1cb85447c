from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.dialogues.texts import TEXTS, WHATSAPP
from todsum.data.builder import build
from todsum.data.dialogues import read_text, speaker_pattern
from todsum.data.schema import from_rows


@pytest.mark.parametrize("name", TEXTS)
def test_turns_are_those_that_a_person_reads(name: str) -> None:
    text, wanted = TEXTS[name]
    assert [(turn.speaker, turn.text) for turn in read_text(text).turns] == wanted


@pytest.mark.parametrize("name", ["todsum", "qmsum"])
def test_published_dialogues_are_read_as_they_were_written(name: str, data_dir: Path) -> None:
    doubtful: list[str] = []
    for example in {e.group: e for e in from_rows(build(name, data_dir, "full", ("test",)).splits["test"])}.values():
        turns = [(turn.speaker, " ".join(turn.text.split())) for turn in example.turns]
        read = read_text("\n".join(f"{speaker}: {said}" for speaker, said in turns))
        assert [(turn.speaker, turn.text) for turn in read.turns] == turns
        doubtful += read.doubtful
    assert len(doubtful) == (1 if name == "qmsum" else 0)  # a turn that its authors left within another one


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("user: hi\nyes, thanks: bye", ["yes, thanks: bye"]),
        ("user: hi\nthe address is: 12 High Street\nat 17:15: ok\nuser: so", ["the address is: 12 High Street"]),
        ("user: hi\n" + "word " * 10 + ": so", ["word " * 10 + ": so"]),
        ("#Person1#: hi\nAna: hello", ["Ana: hello"]),
        ("Ana: hi\n3: eggs\nx\n4: ham", ["3: eggs", "4: ham"]),
        ("agent: two:\n1. Hotel A: cheap\n- price: 20", ["1. Hotel A: cheap", "- price: 20"]),
        (WHATSAPP, ["shopping: eggs"]),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ana>hi\n\n00:02.000 --> 00:03.000\nis that it: so", ["is that it: so"]),
        ("Ana: hi Bob: yo Ana: so\nBob: yes", ["Bob: yo Ana: so"]),
        ("Ana: hi\nBob: yes Ana : so", ["Ana : so"]),
        ("MR. LEE: where?\nA. Home.\nQ. When?", ["A. Home.", "Q. When?"]),
        ("Ana: hi\nmailto:a@b.c\ntel:112", []),
        ("Ana: hi\nsee http://x.y: so\nthanks :)\n10:30: ok\nat 9: 30", []),
    ],
)
def test_a_line_that_looks_like_a_speaker_is_counted(text: str, lines: list[str]) -> None:
    assert list(read_text(text).doubtful) == lines


def test_notices_are_counted() -> None:
    assert read_text(WHATSAPP).left_out == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the dialogue is empty"),
        (" \n\u2028 \n", "the dialogue is empty"),
        ("hello there", "no speaker at the beginning: 'hello there'"),
        ("17:15 is fine\nAna: hi", "no speaker at the beginning"),
        ("Are you there? yes: hi", "no speaker at the beginning"),
        ("31/12/20, 10:14 - Messages are encrypted.", "no speaker at the beginning"),
        ("WEBVTT\n\nNOTE nothing", "captions without any text"),
    ],
)
def test_what_is_no_dialogue_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_text(text)


def test_a_pattern_says_what_begins_a_turn() -> None:
    pattern = speaker_pattern(r"^\[(\w+)\] ")
    read = read_text("[Ana] hi\n\nall: so\n[Bob] yo", pattern)
    assert [(turn.speaker, turn.text) for turn in read.turns] == [("Ana", "hi all: so"), ("Bob", "yo")]
    assert read.doubtful == ("all: so",)
    captions = "1\n00:00:01,000 --> 00:00:02,000\n[Ana] hi\nx\n\n2\n00:00:02,000 --> 00:00:03,000\n[Bob] yo"
    assert [(turn.speaker, turn.text) for turn in read_text(captions, pattern).turns] == [
        ("Ana", "hi x"),
        ("Bob", "yo"),
    ]
    with pytest.raises(ValueError, match="no speaker"):
        read_text("x [Ana] hi", pattern)
    for wrong in (r"(\w", r"\w+", r"(\w)(\w)", "()", r"^(\w*)"):
        with pytest.raises(ValueError, match="speakers: "):
            speaker_pattern(wrong)


def test_a_pattern_that_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("todsum.data.dialogues.reading.PATIENCE", 0.1)
    with pytest.raises(ValueError, match="takes too long on this dialogue"):
        read_text("a" * 5000, speaker_pattern(r"^((?:a|aa|a?)+)+$(?<=b)"))


HEADS = ["A: ", "", "31/12/20, 10:15 - A: x\n", "WEBVTT\n\n00:01.000 --> 00:02.000\n", "[A] 0:01\nx\n"]
LONG = ["a", " ", ":", "a:", "#a#", "#a# ", "# ", "[", "[10:15", "10:15 ", "1/1/1 ", "1/1/1, 10:15 ", "<v ", "<", "**"]
LONG += ["-", "a b ", "(", "a (", "a, ", "：", "\u200e", "&lt;", "{\\", "00:01.000 --> ", "9", "+44 ", "10:15:30 From "]


@pytest.mark.parametrize("head", HEADS)
def test_time_is_linear_in_any_line(head: str) -> None:
    """A quadratic reader would need minutes."""
    for piece in LONG:
        text = head + piece * (400_000 // len(piece)) + "\nA: b"
        began = time.process_time()
        with suppress(ValueError):
            read_text(text)
        assert time.process_time() - began < 1, piece


def test_time_is_linear_in_the_number_of_lines() -> None:
    for line in LONG:
        text = "A: b\n" + f"{line}\n" * 8_000
        began = time.process_time()
        read_text(text)
        assert time.process_time() - began < 1, line


NAMES = st.sampled_from(["Ana", "user", "agent", "2nd agent", "😀", "Mr. Smith", "User 2", "Ana Lee (Sales)"])
SAID = st.text(alphabet=st.sampled_from("abz .,:!?-'0123456789\t"), min_size=1, max_size=30).map(
    lambda text: " ".join(f"x{text}".split())
)


@given(st.lists(st.tuples(NAMES, SAID), min_size=1, max_size=8))
def test_what_is_written_a_turn_a_line_is_read_so(turns: list[tuple[str, str]]) -> None:
    text = "\n".join(f"{speaker}: {said}" for speaker, said in turns)
    assert [(turn.speaker, turn.text) for turn in read_text(text).turns] == turns


@given(st.text(alphabet=st.sampled_from("abc:,. \n"), max_size=60))
def test_no_letter_is_lost(text: str) -> None:
    read = read_text(f"x: {text}")
    said = "".join(f"{turn.speaker}{turn.text}" for turn in read.turns)
    assert [sign for sign in said if sign.isalpha()] == ["x", *(sign for sign in text if sign.isalpha())]
