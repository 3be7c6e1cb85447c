"""Turns of captions: WebVTT (W3C) and SubRip files, such as the transcripts of meetings."""

from __future__ import annotations

import html
import re

import regex

from todsum.data.dialogues.marks import mark_of, speakers_among
from todsum.data.dialogues.reading import Reading, Turns, find_marks

_TIME = r"(?:\d{1,3}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?"
TIMING = re.compile(rf"{_TIME}\s*-->\s*{_TIME}(?:\s|$)")
"""The line above the text of a cue."""
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?\s([^<>]*)>")
_VOICES = re.compile(r"(?=<v[.\s])")
#: The name of a cue of Webex: ``1 "Ana Lee" (123)``.
_NAMED_CUE = re.compile(r'\d+ "([^"<>]{1,100})" \(\d+\)')
#: A time within a line: it fills up word by word, and stays for another cue.
_ROLLING = re.compile(r"<\d{2}:\d{2}:\d{2}\.\d{3}>")
_TAG = re.compile(r"</?[A-Za-z0-9:.][^<>]*>|\{\\[^{}]*\}")
_CHANGE = re.compile(r"(?:-|–|—|>>+)\s*")
#: Blocks of WebVTT that nobody says.
_BLOCKS = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")


def read_captions(lines: list[str], speakers: regex.Pattern[str] | None = None) -> Reading:
    """The turns of a file of captions.

    A cue names its speaker by ``<v Ana>`` or ``Ana:``; a dash or ``>>`` begins the turn of somebody unnamed; another
    cue goes on with the turn before it. Lines that roll, as of YouTube, are read once. Before any cue has named a
    speaker, each is a turn without one: captions that name nobody are read, since no other file would say more, and
    such turns are counted for people to see.

    Args:
        lines: of the file.
        speakers: what names the speaker of a line, in place of ``Ana:``.

    Raises:
        ValueError: no cue has a text.
    """
    said = [(number, line, *_text(line)) for number, cue in enumerate(_cues(lines)) for line in cue]
    marks = {text: mark_of(text) for _, _, text, _ in said} if speakers is None else {}
    known = speakers_among(marks[text] for _, _, text, _ in said) if speakers is None else set()
    turns, last, anyone = Turns(), -1, False
    for number, line, text, changes in said:
        mark = marks.get(text)
        if voice := _VOICE.match(line):
            speaker, spoken, begins = _text(voice[1])[0], text, True
        elif speakers is not None:
            speaker, spoken, begins = _by_pattern(text, speakers)
        elif mark is not None and mark.speaker in known:
            speaker, spoken, begins = mark.speaker, mark.text, True
        else:
            speaker, spoken, begins = "", text, False
        anyone = anyone or bool(speaker)
        if begins:
            turns.begin(speaker, spoken)
        elif changes or (number != last and not anyone):
            turns.begin("")
            turns.go_on(text)
        else:
            turns.go_on(text)
        last = number
    if not turns:
        raise ValueError("captions without any text")
    return turns.reading()


def _cues(lines: list[str]) -> list[list[str]]:
    """What is said in each cue: a line for each line of it, and for each voice in a line.

    A line above a time, behind a blank line or a number, is the name of the cue. What stands behind a blank line and is
    neither that nor a block is still the cue's.
    """
    cues: list[list[str]] = []
    skipped, new = True, False  # up to the first cue there is only a head
    for at, line in enumerate(lines):
        names = at + 1 < len(lines) and TIMING.match(lines[at + 1])
        if TIMING.match(line):
            voice = _NAMED_CUE.fullmatch(lines[at - 1]) if at else None
            cues.append([f"<v {html.escape(voice[1])}>"] if voice else [])
            skipped = False
        elif not line:
            skipped = skipped and not cues
        elif _BLOCKS.match(line) and new:
            skipped = True
        elif not skipped and not (names and (new or line.isdigit())):
            cues[-1] += filter(None, map(str.strip, _VOICES.split(line)))
        new = not line
    return _once(cues) if any(_ROLLING.search(line) for cue in cues for line in cue) else cues


def _once(cues: list[list[str]]) -> list[list[str]]:
    """Cues that roll, as of YouTube, without the lines that only stay from the cue before."""
    shown = [[_text(line)[0] for line in cue] for cue in cues]
    before = [[], *shown]
    return [
        [line for line, text in zip(cue, texts, strict=True) if text not in last]
        for cue, texts, last in zip(cues, shown, before, strict=False)
    ]


def _text(line: str) -> tuple[str, bool]:
    """What is read of a line, without tags, and whether it begins with the sign for another speaker."""
    text = " ".join(html.unescape(_TAG.sub("", line)).split())
    change = _CHANGE.match(text)
    return (text[change.end() :], True) if change else (text, False)


def _by_pattern(text: str, speakers: regex.Pattern[str]) -> tuple[str, str, bool]:
    """Speaker, what is said, and whether there is one at the beginning."""
    speaker, start, end = next(iter(find_marks(text, speakers)), ("", -1, 0))
    return (speaker, text[end:].strip(), True) if start == 0 else ("", text, False)
