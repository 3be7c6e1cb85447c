"""Turns of chats and transcripts as programs export them, where a turn can have many lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from todsum.data.dialogues.marks import (
    ABOVE,
    CHAT,
    IN_BRACKETS_ABOVE,
    MEETING_CHAT,
    mark_of,
)
from todsum.data.dialogues.reading import Reading, Turns, no_speaker

_INVISIBLE = re.compile(r"[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
#: Ends of a line that ends with a time and is said: ``see you at 10:15``.
_BEFORE_A_TIME = re.compile(r"(?:^|\s)(?:at|by|from|to|until|till|about|around|after|before|and|or|is|for|-|–)$", re.I)


@dataclass(frozen=True, slots=True)
class Above:
    """A speaker on a line of its own; ``brackets`` tells ``[Ana] 10:15:30`` from ``Ana 10:15``."""

    speaker: str
    brackets: bool


def read_chat(lines: list[str]) -> Reading:
    """A WhatsApp export: ``31/12/20, 10:15 - Ana: hi`` or ``[31.12.20, 10:15:30] Ana: hi``.

    A line without a time goes on with the message before it, whatever it looks like. Notices, which have a time and no
    sender, are counted and left out.

    Raises:
        ValueError: nobody says anything.
    """
    turns, notice = Turns(), False
    for line in lines:
        line = _INVISIBLE.sub("", line)
        if stamp := CHAT.match(line):
            sender, colon, said = line[stamp.end() :].partition(":")
            notice = not colon or not (said[:1].isspace() or not said) or not sender.strip() or len(sender) > 100
            if notice:
                turns.left_out += 1
            else:
                turns.begin(sender.strip().removeprefix("~").strip(), said)
        elif notice:
            turns.left_out += 1
        else:
            _go_on(turns, line)
    return _said(turns, lines)


def read_meeting_chat(lines: list[str]) -> Reading:
    """A Zoom chat: ``10:15:30 From Ana to Everyone: hi``, the text behind it or on the next lines.

    Raises:
        ValueError: nobody says anything.
    """
    turns = Turns()
    for line in lines:
        if stamp := MEETING_CHAT.match(line):
            who, _, said = line[stamp.end() :].partition(":")
            turns.begin(_sender(who), said)
        else:
            _go_on(turns, line)
    return _said(turns, lines)


def read_above(lines: list[str]) -> Reading:
    """A transcript with the speaker and the time above what is said, as of Zoom, Teams or Otter.

    Raises:
        ValueError: nobody says anything.
    """
    turns, brackets = Turns(), None
    for line in filter(None, lines):
        found = above_of(line)
        if found and brackets in (None, found.brackets):
            turns.begin(found.speaker)
            brackets = found.brackets
        else:
            _go_on(turns, line)
    return _said(turns, lines)


def above_of(line: str) -> Above | None:
    """The speaker of a line that says nothing but who speaks, and when."""
    if found := IN_BRACKETS_ABOVE.fullmatch(line):
        return Above(found["speaker"].strip(), brackets=True)
    if len(line) > 120 or not (found := ABOVE.fullmatch(line)):
        return None
    speaker = found["speaker"].strip()
    named = mark_of(f"{speaker}: x")
    if named is None or named.shape != "name" or speaker[0].islower() or _BEFORE_A_TIME.search(speaker):
        return None
    return Above(speaker, brackets=False)


def _sender(who: str) -> str:
    at = who.lower().rfind(" to ")
    return (who[:at] if at > 0 else who).strip()


def _go_on(turns: Turns, line: str) -> None:
    if turns:
        turns.go_on(line)
    else:
        turns.left_out += 1


def _said(turns: Turns, lines: list[str]) -> Reading:
    if not turns:
        raise no_speaker(lines[0])
    return turns.reading()
