"""Turns of a dialogue that is a text, a list of lines, or a list of turns, whatever their keys are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import regex

from todsum.data.dialogues.reading import Reading
from todsum.data.dialogues.text import read_text
from todsum.data.schema import Turn

#: Keys of a turn; the first that is there is read.
SPEAKERS = ("speaker", "role", "from", "sender", "author", "name", "user")
TEXTS = ("text", "content", "value", "utterance", "message", "body")


def read_dialogue(value: object, speakers: regex.Pattern[str] | None = None) -> Reading:
    """The turns of a dialogue.

    Args:
        value: a text, or a list of lines, as of :func:`~todsum.data.dialogues.text.read_text`; or a list of turns,
            pairs (speaker, text) or objects (``{"speaker": …, "text": …}``, ``{"role": …, "content": …}``), whose
            texts are kept as they are. The text of an object may be a list of parts.
        speakers: what begins a turn of a text.

    Raises:
        ValueError: it is none of these, is empty, or its text is not valid UTF-8.
    """
    if isinstance(value, str):
        _check(value)
        return read_text(value, speakers)
    if not isinstance(value, Sequence) or isinstance(value, bytes):
        raise ValueError('expected a text, lines "Speaker: text", or a list of turns {"speaker": …, "text": …}')
    if value and all(isinstance(line, str) for line in value):
        return read_dialogue("\n".join(value), speakers)
    turns, left_out = [], 0
    for number, item in enumerate(value, 1):
        turn, parts = _turn(number, item)
        turns.append(turn)
        left_out += parts
    return Reading(tuple(turns), left_out=left_out)


def _turn(number: int, item: object) -> tuple[Turn, int]:
    """A turn, and how many parts of it are no text."""
    speaker: Any = None
    text: Any = None
    left_out = 0
    if isinstance(item, Turn):
        speaker, text = item.speaker, item.text
    elif isinstance(item, Mapping):
        speaker = next((item[key] for key in SPEAKERS if item.get(key) is not None), None)
        text = next((item[key] for key in TEXTS if item.get(key) is not None), None)
        if text is None and "content" in item:
            text = ""  # a message that only calls a tool
        text, left_out = _joined(text)
    elif isinstance(item, Sequence) and not isinstance(item, str | bytes) and len(item) == 2:
        speaker, text = item
    if isinstance(speaker, int) and not isinstance(speaker, bool):
        speaker = str(speaker)
    if not isinstance(speaker, str) or not isinstance(text, str):
        raise ValueError(f"turn {number}: expected speaker and text")
    _check(speaker)
    _check(text)
    return Turn(speaker, text), left_out


def _joined(text: Any) -> tuple[Any, int]:
    """A text in parts as one text, and how many parts are something else, such as pictures."""
    if not isinstance(text, list) or not all(isinstance(part, str | Mapping) for part in text):
        return text, 0
    said = [part if isinstance(part, str) else part.get("text") for part in text]
    texts = [part for part in said if isinstance(part, str)]
    return "\n".join(texts), len(said) - len(texts)


def _check(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("the dialogue has a lone surrogate, which is not valid UTF-8") from None
