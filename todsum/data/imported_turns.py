"""Turns of a dialogue that is one text, such as SAMSum's and DialogSum's."""

from __future__ import annotations

import re

from todsum.data.schema import Turn

#: ``#Person1#: Hello.``, at the beginning of a line or inside of it.
_NUMBERED = re.compile(r"(?:^|(?<=\s))#(\w+)#\s*:\s*", re.MULTILINE)
#: ``Amanda: hi``, at the beginning of a line only: ``at 9: 30`` and links are no speakers.
_NAMED = re.compile(r"^([^\W\d_][^:\n]{0,39}?)\s*(?!(?<=\d):\s*\d):(?!//)[^\S\n]*", re.MULTILINE)


def speaker_pattern(text: str) -> re.Pattern[str]:
    """A pattern for what begins each turn; its one group is the speaker.

    Raises:
        ValueError: not a regular expression with exactly one group.
    """
    try:
        pattern = re.compile(text, re.MULTILINE)
    except re.error as error:
        raise ValueError(f"speakers: not a regular expression: {error}") from error
    if pattern.groups != 1:
        raise ValueError(f"speakers: {text!r} needs one group, the speaker, such as '^(\\w+) - '")
    return pattern


def split_turns(text: str, speakers: re.Pattern[str] | None = None) -> list[Turn]:
    """The turns of a text. A line without a speaker goes on with the turn before it.

    Args:
        text: the dialogue.
        speakers: as :func:`speaker_pattern` makes it; None takes ``#Person1#:`` where it is there, else ``Name:``.

    Raises:
        ValueError: the text does not begin with a speaker.
    """
    text = "\n".join(line.strip() for line in text.strip().splitlines())
    pattern = speakers or (_NUMBERED if _NUMBERED.search(text) else _NAMED)
    marks = list(pattern.finditer(text))
    if not text:
        raise ValueError("the dialogue is empty")
    if not marks or marks[0].start() > 0:
        raise ValueError(f"no speaker at the beginning: {text[:40]!r}; set speakers to a pattern with one group")
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return [
        Turn(mark[1].strip(), " ".join(text[mark.end() : end].split())) for mark, end in zip(marks, ends, strict=True)
    ]
