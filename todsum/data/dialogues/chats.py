"""Turns of chats and transcripts as programs export them, where a turn can have many lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from todsum.data.dialogues.marks import (
    ABOVE,
    CHAT,
    IN_BRACKETS_ABOVE,
    MEETING_CHAT,
    TIME_ALONE,
    mark_of,
)
from todsum.data.dialogues.reading import Reading, Turns, no_speaker
from todsum.data.dialogues.unspoken import is_reaction, notices_among, said_in_chat, visible

#: Ends of a line that ends with a time and is said: ``see you at 10:15``.
_BEFORE_A_TIME = re.compile(r"(?:^|\s)(?:at|by|from|to|until|till|about|around|after|before|and|or|is|for|-|–)$", re.I)


@dataclass(frozen=True, slots=True)
class Above:
    """A speaker on a line of its own; ``style`` tells ``[Ana] 10:15:30``, ``Ana 10:15`` and ``Ana - 10:15`` apart."""

    speaker: str
    style: str


def read_chat(lines: list[str]) -> Reading:
    """A WhatsApp export: ``31/12/20, 10:15 - Ana: hi`` or ``[31.12.20, 10:15:30] Ana: hi``.

    A line without a time goes on with the message before it, whatever it looks like. What nobody says is counted and
    left out: notices, with a colon in them or without, and what stands for pictures.

    Raises:
        ValueError: nobody says anything.
    """
    messages = [_message(line) for line in lines]
    notices = notices_among([sender for sender, _ in filter(None, messages) if sender])
    turns, notice = Turns(), False
    for line, message in zip(lines, messages, strict=True):
        if message is None and not notice:
            _go_on(turns, visible(line))
            continue
        if message is not None:
            notice = not message[0] or message[0] in notices
        if notice or message is None:
            turns.left_out += 1
            continue
        said, left_out = said_in_chat(message[1])
        turns.begin(message[0], said)
        if left_out:
            turns.leave_out(left_out)
    return _said(turns, lines)


def _message(line: str) -> tuple[str, str] | None:
    """Who sends a message, and what; without a sender it is a notice. None for a line without a time."""
    if (stamp := CHAT.match(line)) is None:
        return None
    sender, colon, said = line[stamp.end() :].partition(":")
    sender = visible(sender).strip()
    if not colon or not (said[:1].isspace() or not said) or len(sender) > 100:
        return "", ""
    return sender.removeprefix("~").strip(), said


def read_meeting_chat(lines: list[str]) -> Reading:
    """A Zoom chat: ``10:15:30 From Ana to Everyone: hi``, the text behind it or on the next lines.

    Raises:
        ValueError: nobody says anything.
    """
    turns = Turns()
    for line in lines:
        if stamp := MEETING_CHAT.match(line):
            who, _, said = line[stamp.end() :].partition(":")
            turns.begin(_sender(who))
            line = said.strip()
        if turns and is_reaction(line):
            turns.leave_out()
        else:
            _go_on(turns, line)
    return _said(turns, lines)


def read_above(lines: list[str]) -> Reading:
    """A transcript with the speaker and the time above what is said, as of Zoom, Teams, Slack or Otter.

    Raises:
        ValueError: nobody says anything.
    """
    turns, style = Turns(), None
    for line in filter(None, lines):
        found = above_of(line)
        if found and style in (None, found.style):
            turns.begin(found.speaker)
            style = found.style
        elif TIME_ALONE.fullmatch(line):
            turns.left_out += 1  # the same speaker's next message
        else:
            _go_on(turns, line)
    return _said(turns, lines)


def above_of(line: str) -> Above | None:
    """The speaker of a line that says nothing but who speaks, and when."""
    if found := IN_BRACKETS_ABOVE.fullmatch(line):
        return Above(found["speaker"].strip(), "[]")
    if len(line) > 120 or not (found := ABOVE.fullmatch(line)):
        return None
    speaker = found["speaker"].strip()
    named = mark_of(f"{speaker}: x")
    if named is None or named.shape != "name" or speaker[0].islower() or _BEFORE_A_TIME.search(speaker):
        return None
    return Above(speaker, "".join(found["style"].split()))


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
