"""What begins a turn in a line: ``Ana: hi``, ``[10:15] Ana: hi``, ``+44 7700 900123: hi``, ``**Ana:** hi``."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

Shape = Literal["name", "comma", "number", "listed", "phrase", "clock", "sentence"]
"""How much the text before a colon looks like a speaker.

``name`` is one. ``comma`` (``Lee, Ana``), ``number`` (``2``), ``listed`` (``- Ana``, ``1. Ana``) and ``phrase`` (``my
agent``) are one where the dialogue begins with it, or where the same name is a speaker elsewhere. ``clock``
(``at 9: 30``) and ``sentence`` are one only in the latter case; a ``clock`` does not even look like one.
"""

#: Characters and words that a name has at most (without what stands in brackets), and that look like one.
LONGEST, MOST_WORDS, LOOKS = 40, 5, 80
#: Characters up to the colon, and of a line that are looked at, so that time is linear in it.
REACH, HEAD = 160, 280

_TIME = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[.,]\d{1,6})?(?:\s?[AaPp]\.?\s?[Mm]\b\.?)?"
_DATE = r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}"
_STAMP = rf"(?:{_DATE}(?:(?:,?\s+|T){_TIME}(?:Z|[+-]\d\d:?\d\d)?)?|{_TIME})"
_IN_BRACKETS = rf"[\[(]\s*{_STAMP}(?:\s*(?:-->|[-–—])\s*{_STAMP})?\s*[\])]"
#: A time before the speaker; without brackets only where the dialogue begins with one.
BRACKETED = re.compile(rf"{_IN_BRACKETS}\s*(?:[-–—|]\s+)?")
STAMPED = re.compile(rf"(?:{_IN_BRACKETS}\s*|{_STAMP}\s+)(?:[-–—|]\s+)?")
#: A chat export's line: the date and the time, then who and what, or a notice.
CHAT = re.compile(
    r"[\u200e\u200f\u202a-\u202e\ufeff]*"
    rf"(?:\[(?:{_DATE},?\s+{_TIME}|{_TIME},?\s+{_DATE})\]\s*|{_DATE},?\s+{_TIME}\s+[-–]\s+)"
)
#: A meeting chat's line: ``10:15:30 From Ana to Everyone: hi``.
MEETING_CHAT = re.compile(rf"(?:{_DATE}\s+)?\d{{1,2}}:\d{{2}}:\d{{2}}\s+from\s+", re.IGNORECASE)
#: A line of its own above what is said: ``[Ana Lee] 10:15:30``, ``Ana Lee  0:03``, ``Ana — 1/5/2024 10:15``.
IN_BRACKETS_ABOVE = re.compile(rf"\[(?P<speaker>[^\[\]:]{{1,{LOOKS}}})\]\s*{_TIME}")
ABOVE = re.compile(
    rf"(?P<speaker>[^\s:][^:]{{0,{LOOKS}}}?)(?P<style>,?\s+(?:[-–—|]\s+)?[\[(]?)"
    rf"(?:{_DATE},?\s+|(?:Today|Yesterday)(?:,| at)?\s+)?{_TIME}[\])]?"
)
#: A line that is nothing but a time.
TIME_ALONE = re.compile(rf"[\[(]?{_STAMP}[\])]?")

_INNER = re.compile(r"[^\W_] ?[:：]\s")
_COLON = re.compile(rf"[^:：]{{1,{REACH}}}[:：]")
_STAMP_AFTER = re.compile(rf"[^:：]{{1,{LOOKS}}}?\s*(?P<stamp>{_IN_BRACKETS})\s*[:：]")
_NUMBERED = re.compile(r"#(?P<speaker>\w{1,40})#\s*[:：]")
_ITEM = re.compile(r"^(?:[-–—•>*]+\s+|#{1,6}\s+|[-–—•>]+|\(?\d{1,4}[.)]\s+)")
_ASIDE = re.compile(r"\s*\(.*\)$")
_PHONE = re.compile(r"\+?[\d\s().\-\u2010-\u2015]{7,}")
_FACE = re.compile(r"['o^-]?[()\[\]{}\\/|*$@<>]+(?=\s|$)|-?[DPpOo03xX](?=\s|$)|[\w+-]{1,40}:")
_SENTENCE_END = re.compile(r"\w{5,}\.\s|[?!;。？！；]")
_PHRASE = re.compile(
    r"\b(?:is|are|was|were|am|be|have|has|had|i|i'm|it|it's|this|that|my|your|please|said|says|want|need|here|there)\b"
    r"|^(?:I|I'm|It|It's|This|That|My|Your|Please|Here|There)\b"
)
#: Beginnings of addresses, and of questions and answers in the minutes of a court.
_SCHEME = re.compile(r"(?:mailto|tel|sms|data|urn|doi|geo|magnet|javascript)[:：]\S", re.IGNORECASE)
_ANSWER = re.compile(r"[QA]\.\s+\S")
_SYMBOLS = re.compile(r"[\x00-\x7f\s\u2010-\u2027\u200b-\u200f\ufe0e\ufe0f，、]+")


@dataclass(frozen=True, slots=True)
class Mark:
    """A line that has, or might have, a speaker.

    Attributes:
        speaker: before the colon.
        text: after it.
        shape: of what is before it.
    """

    speaker: str
    text: str
    shape: Shape


def mark_of(line: str, stamp: re.Pattern[str] = BRACKETED) -> Mark | None:
    """The mark of a line without blanks around it; None where nothing in it looks like a speaker.

    Args:
        line: the line.
        stamp: what may stand before the speaker.
    """
    head = line[:HEAD]
    before = stamp.match(head)
    start = before.end() if before else 0
    if numbered := _NUMBERED.match(head, start):
        return Mark(numbered["speaker"], line[numbered.end() :].strip(), "name")
    if stamped := _STAMP_AFTER.match(head, start):
        name, end = head[start : stamped.start("stamp")], stamped.end()
    elif colon := _COLON.match(head, start):
        name, end = head[start : colon.end() - 1], colon.end()
    else:
        return None
    if _SCHEME.match(head, start):
        return None
    if head.startswith((": ", "： "), end):  # a colon too many
        end += 1
    if head.startswith(("//", ":", "\\", "="), end) or (name[-1:].isspace() and _FACE.match(head, end)):
        return None
    if (face := _FACE.match(head, end)) and not face[0][0].isalnum() and "*" not in name:
        return None
    return _named(name, line[end:])


def speakers_among(marks: Iterable[Mark | None]) -> set[str]:
    """The names that begin turns in a dialogue, of the marks of all its lines."""
    found = [mark for mark in marks if mark is not None]
    style = found[0].shape if found and found[0].shape in ("comma", "number", "listed") else "name"
    return {mark.speaker for mark in found if mark.shape in ("name", style)}


def looks_like_speaker(line: str) -> bool:
    """Whether a line looks as if somebody else began to speak."""
    mark = mark_of(line)
    return (mark is not None and mark.shape != "clock") or _ANSWER.match(line) is not None


def speaker_inside(line: str, known: Collection[str]) -> str:
    """The end of a line from where one of the known speakers seems to begin; empty if none does."""
    for colon in _INNER.finditer(line):
        words = line[max(colon.start() + 1 - LONGEST, 0) : colon.start() + 1].split()
        for size in range(1, min(len(words), MOST_WORDS) + 1):
            if (name := " ".join(words[-size:])) in known:
                return line[max(colon.start() + 1 - len(name), 0) :]
    return ""


def _named(raw: str, said: str) -> Mark | None:
    opened = _ITEM.sub("", raw.lstrip())
    stars = len(opened) - len(opened.lstrip("*_"))
    name = opened[stars:].rstrip().rstrip("*_").strip()
    if stars and said.startswith(opened[:stars]):
        said = said[stars:]
    if name[:1] + name[-1:] in ("[]", "<>", "()"):
        name = name[1:-1].strip()
    if len(_ASIDE.sub("", name)) > LOOKS or not (_SYMBOLS.sub("", name) or any(map(str.isalnum, name))):
        return None
    shape = _shape(name, said)
    if shape == "name" and _ITEM.match(raw.lstrip()):
        shape = "listed"
    return Mark(name, said.strip(), shape)


def _shape(name: str, said: str) -> Shape:
    bare = _ASIDE.sub("", name) or name
    if name[-1].isdigit() and said.lstrip()[:1].isdigit() and not _PHONE.fullmatch(name):
        minutes = re.match(r"\s?(\d+)", said)
        hour = re.search(r"(\d+)$", name)
        whole = said[:1].isdigit() or bool(
            minutes and hour and len(minutes[1]) == 2 and int(minutes[1]) < 60 and len(hour[1]) < 3
        )
        if whole:
            return "sentence" if name[0].isupper() and not said[:1].isdigit() else "clock"
    if len(bare) > LONGEST or len(bare.split()) > MOST_WORDS or _SENTENCE_END.search(bare):
        return "sentence"
    if name.isdigit() and not _PHONE.fullmatch(name):
        return "number"
    if "," in bare or "，" in bare:
        return "comma"
    return "phrase" if " " in bare and _PHRASE.search(bare) else "name"
