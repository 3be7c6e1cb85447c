"""Turns of captions: WebVTT (W3C) and SubRip files, such as the transcripts of meetings."""

from __future__ import annotations

import html
import re

import regex

from todsum.data.dialogues.marks import mark_of
from todsum.data.dialogues.reading import Reading, Turns, find_marks

_TIME = r"(?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?"
TIMING = re.compile(rf"{_TIME}\s*-->\s*{_TIME}(?:\s|$)")
"""The line above the text of a cue."""
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?\s([^<>]*)>")
_TAG = re.compile(r"</?[A-Za-z0-9:.][^<>]*>|\{\\[^{}]*\}")
_CHANGE = re.compile(r"(?:-|–|—|>>+|&gt;&gt;)\s*")
#: Blocks of WebVTT that nobody says.
_BLOCKS = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")


def read_captions(lines: list[str], speakers: regex.Pattern[str] | None = None) -> Reading:
    """The turns of a file of captions.

    A cue names its speaker by ``<v Ana>`` or ``Ana:``; a dash or ``>>`` begins the turn of somebody unnamed; another
    cue goes on with the turn before it. Where no cue names a speaker, each is a turn without one.

    Args:
        lines: of the file.
        speakers: what names the speaker of a line, in place of ``Ana:``.

    Raises:
        ValueError: no cue has a text.
    """
    cues = _cues(lines)
    found = [(number, *_spoken(line, speakers)) for number, cue in enumerate(cues) for line in cue]
    anyone = any(speaker for _, speaker, _, _ in found)
    turns, last = Turns(), -1
    for number, speaker, text, changes in found:
        if speaker or changes or not turns or (not anyone and number != last):
            turns.begin(speaker, text)
        else:
            turns.go_on(text)
        last = number
    if not turns:
        raise ValueError("captions without any text")
    return turns.reading()


def _cues(lines: list[str]) -> list[list[str]]:
    """The lines of each cue."""
    cues: list[list[str]] = []
    inside = False
    for at, line in enumerate(lines):
        if TIMING.match(line):
            if inside and cues[-1] and at and lines[at - 1] == cues[-1][-1] and cues[-1][-1].isdigit():
                cues[-1].pop()  # the number of this cue, without a blank line before it
            cues.append([])
            inside = True
        elif not line or (_BLOCKS.match(line) and (not at or not lines[at - 1])):
            inside = False
        elif inside:
            cues[-1].append(line)
    return cues


def _spoken(line: str, speakers: regex.Pattern[str] | None) -> tuple[str, str, bool]:
    """Speaker, text, and whether another one begins to speak."""
    voice = _VOICE.match(line)
    change = _CHANGE.match(line)
    text = " ".join(html.unescape(_TAG.sub("", line)).split())
    if voice:
        return " ".join(html.unescape(voice[1]).split()), text, True
    if speakers is not None:
        named, start, end = next(iter(find_marks(text, speakers)), ("", -1, 0))
        return (named, text[end:].strip(), True) if start == 0 else ("", text, bool(change))
    mark = mark_of(text)
    if mark and mark.shape == "name":
        return mark.speaker, mark.text, True
    return "", text[change.end() :] if change else text, bool(change)
