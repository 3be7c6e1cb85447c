"""Turns of a dialogue that is one text, in whatever layout it is."""

from __future__ import annotations

import re
from typing import Literal

import regex

from todsum.data.dialogues.captions import TIMING, read_captions
from todsum.data.dialogues.chats import Above, above_of, read_above, read_chat, read_meeting_chat
from todsum.data.dialogues.marks import (
    BRACKETED,
    CHAT,
    HEAD,
    MEETING_CHAT,
    STAMPED,
    mark_of,
    speaker_inside,
    speakers_among,
)
from todsum.data.dialogues.reading import Reading, Turns, find_marks, no_speaker, speaker_pattern

Layout = Literal["plain", "chat", "meeting chat", "above", "captions"]
"""``plain`` has a turn a line; ``chat`` is WhatsApp's export, ``meeting chat`` Zoom's; ``above`` has the speaker on a
line of its own above what is said; ``captions`` are WebVTT and SubRip."""

#: ``#Person1#: Hello.``, inside of a line too where the dialogue begins with one.
_NUMBERED = speaker_pattern(r"(?:^|(?<=\s))#(\w{1,40})#\s*[:：]\s*")
_LINE_END = re.compile(r"(?:\\r)?\\n|<br\s*/?>")
#: Shapes that may begin a dialogue.
_FIRST = ("name", "comma", "number", "listed", "phrase")


def read_text(text: str, speakers: regex.Pattern[str] | None = None) -> Reading:
    """The turns of a text. A line without a speaker goes on with the turn before it.

    Args:
        text: the dialogue. Lines end where :meth:`str.splitlines` says so.
        speakers: as :func:`~todsum.data.dialogues.reading.speaker_pattern` makes it; None recognises the layout by the
            first lines.

    Raises:
        ValueError: the text is empty, or does not begin with a speaker.
    """
    lines = [line.strip() for line in text.lstrip("\ufeff").splitlines()]
    filled = [line for line in lines if line]
    if not filled:
        raise ValueError("the dialogue is empty")
    if len(filled) == 1 and speakers is None:
        lines = filled = _written_out(filled[0])
    layout = layout_of(filled[:2])
    if layout == "captions":
        return read_captions(lines, speakers)
    if speakers is not None:
        return _by_pattern(filled, speakers)
    if layout == "chat":
        return read_chat(filled)
    if layout == "meeting chat":
        return read_meeting_chat(filled)
    if layout == "above":
        return read_above(lines)
    return _plain(filled)


def _written_out(line: str) -> list[str]:
    """The lines of a text whose line ends were written out, as ``\\n`` or ``<br>``; else the line alone."""
    lines = [part for part in map(str.strip, _LINE_END.split(line)) if part]
    return lines if any((mark := mark_of(part)) and mark.shape == "name" for part in lines[1:]) else [line]


def layout_of(first: list[str]) -> Layout:
    """The layout of a text, by its first two lines that are not blank."""
    line, second = first[0].strip().lstrip("\ufeff"), first[1].strip() if len(first) > 1 else ""
    if re.match(r"WEBVTT(?:\s|$)", line) or TIMING.match(line) or (line.isdigit() and TIMING.match(second)):
        return "captions"
    if CHAT.match(line):
        return "chat"
    if MEETING_CHAT.match(line):
        return "meeting chat"
    return "above" if second and above_of(line) and above_of(second) is None else "plain"


def needs_second(first: str) -> bool:
    """Whether the first line alone does not say the layout."""
    return first.strip().lstrip("\ufeff").isdigit() or isinstance(above_of(first.strip()), Above)


def _plain(lines: list[str]) -> Reading:
    if _NUMBERED.match(lines[0]):
        return _by_pattern(lines, _NUMBERED)
    stamp = STAMPED if STAMPED.match(lines[0][:HEAD]) else BRACKETED
    marks = [mark_of(line, stamp) for line in lines]
    first = marks[0]
    if first is None or first.shape not in _FIRST:
        raise no_speaker(lines[0])
    known = speakers_among(marks) | {first.speaker}
    turns = Turns()
    begins = [mark is not None and mark.speaker in known for mark in marks]
    for line, mark, goes_on in zip(lines, marks, [not new for new in (*begins[1:], True)], strict=True):
        if mark is not None and mark.speaker in known:
            only_time = goes_on and BRACKETED.fullmatch(mark.text[:HEAD])
            turns.begin(mark.speaker, "" if only_time else mark.text)
            inside = speaker_inside(mark.text, known)
        else:
            turns.go_on(line)
            inside = speaker_inside(line, known)
        if inside and inside != line:
            turns.doubt(inside)
    return turns.reading()


def _by_pattern(lines: list[str], pattern: regex.Pattern[str]) -> Reading:
    """Turns that begin wherever a pattern matches."""
    text = "\n".join(lines)
    marks = find_marks(text, pattern)
    if not marks or marks[0][1] > 0:
        raise no_speaker(text)
    turns = Turns()
    for number, (speaker, _, start) in enumerate(marks, 1):
        end = marks[number][1] if number < len(marks) else len(text)
        first, *others = text[start:end].split("\n")
        turns.begin(speaker, first)
        for line in others:
            turns.go_on(line)
    return turns.reading()
