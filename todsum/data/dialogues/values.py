"""Turns of a dialogue that is a text, a list of lines, or a list of turns, whatever their keys are called."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import regex

from todsum.data.dialogues.marks import mark_of
from todsum.data.dialogues.reading import Reading
from todsum.data.dialogues.text import read_text
from todsum.data.dialogues.unspoken import is_placeholder, speaks
from todsum.data.schema import Turn
from todsum.files.json_text import parse_json

#: Keys of a turn; the first that is there is read.
SPEAKERS = ("speaker", "role", "from", "sender", "author", "name", "user")
TEXTS = ("text", "content", "value", "utterance", "message", "body")
_JSON = re.compile(r"\s*(?:\[\s*[\[{\"']|\{\s*[\"'])")
_TURNS = re.compile(r"\s*(?:\[?\s*\{|\[\s*\[?)\s*[\"']")
#: Keys of messages that may have an empty text, since they call a tool, or show or play something.
_WORDLESS = (
    *("tool_calls", "function_call", "blocks", "photo", "file", "files", "attachments", "media", "media_type"),
    "sticker",
)


def read_dialogue(value: object, speakers: regex.Pattern[str] | None = None) -> Reading:
    """The turns of a dialogue.

    Args:
        value: a text, or a list of lines, as of :func:`~todsum.data.dialogues.text.read_text`; or a list of turns,
            pairs (speaker, text) or objects (``{"speaker": …, "text": …}``, ``{"role": …, "content": …}``), whose
            texts are kept as they are; or JSON of such a list, as in a cell of a table. The text of an object may be a
            list of parts. Messages that nobody says are counted and left out, see
            :func:`~todsum.data.dialogues.unspoken.speaks`; so are those without a text.
        speakers: what begins a turn of a text.

    Raises:
        ValueError: it is none of these, is empty, its text is not valid UTF-8, or it may be one dialogue as well as
            several: pairs of lines, or several texts of several turns each.
    """
    if isinstance(value, str):
        _check(value)
        listed = None if speakers else _listed(value)
        return read_text(value, speakers) if listed is None else read_dialogue(listed)
    if not isinstance(value, Sequence) or isinstance(value, bytes):
        raise ValueError('expected a text, lines "Speaker: text", or a list of turns {"speaker": …, "text": …}')
    if value and all(isinstance(line, str) for line in value):
        _check_lines(value)
        return read_dialogue("\n".join(value), speakers)
    turns: list[Turn] = []
    places: list[int | None] = []
    left_out = 0
    for number, (item, spoken) in enumerate(zip(value, speaks(value), strict=True), 1):
        turn, parts = _turn(number, item) if spoken else (None, 1)
        left_out += parts
        places.append(None if turn is None else len(turns))
        turns += [] if turn is None else [turn]
    return Reading(tuple(turns), left_out=left_out, places=tuple(places))


def _listed(text: str) -> list[Any] | None:
    """The list in a text that is JSON, as in a cell of a table; None for any other text.

    Raises:
        ValueError: it begins as a list of objects or texts, and is no JSON.
    """
    if not _JSON.match(text):
        return None
    try:
        value = parse_json(text)
    except ValueError as error:
        if _TURNS.match(text):
            raise ValueError(f"begins as a list of turns, and is no JSON: {_short(text)}: {error}") from error
        return None
    return value if isinstance(value, list) else [value]


def _turn(number: int, item: object) -> tuple[Turn | None, int]:
    """A turn, None where nothing is said in it, and how many parts of it nobody says."""
    speaker: Any = None
    text: Any = None
    left_out = 0
    if isinstance(item, Turn):
        speaker, text = item.speaker, item.text
    elif isinstance(item, Mapping):
        speaker = next((item[key] for key in SPEAKERS if item.get(key) is not None), None)
        text = next((item[key] for key in TEXTS if item.get(key) is not None), None)
        if text is None and any(key in item for key in TEXTS):
            return None, 1  # a message that only calls a tool, or was deleted
        text, left_out = _joined(text)
    elif isinstance(item, Sequence) and not isinstance(item, str | bytes) and len(item) == 2:
        speaker, text = item
        if not isinstance(item, tuple):
            _check_pair(number, speaker, text)
    if isinstance(speaker, int) and not isinstance(speaker, bool):
        speaker = str(speaker)
    if not isinstance(speaker, str) or not isinstance(text, str):
        raise ValueError(f"turn {number}: expected speaker and text")
    _check(speaker)
    _check(text)
    wordless = left_out or (isinstance(item, Mapping) and any(item.get(key) for key in _WORDLESS))
    if is_placeholder(text) or (wordless and not text.strip()):
        return None, max(left_out, 1)
    return Turn(speaker, text), left_out


def _joined(text: Any) -> tuple[Any, int]:
    """A text in parts as one text, and how many parts are something else, such as pictures."""
    if not isinstance(text, list) or not all(isinstance(part, str | Mapping) for part in text):
        return text, 0
    said = [part if isinstance(part, str) else part.get("text") for part in text]
    texts = [part for part in said if isinstance(part, str)]
    return "\n".join(texts), len(said) - len(texts)


def _check_pair(number: int, speaker: object, text: object) -> None:
    """Refuses two lines of a dialogue where a pair (speaker, text) is expected. A tuple is always a pair."""
    if isinstance(speaker, str) and isinstance(text, str) and (mark := mark_of(speaker.strip())) and mark.text:
        raise ValueError(
            f"turn {number}: [{_short(speaker)}, {_short(text)}] may be a speaker and a text, or two lines of a "
            'dialogue: write {"speaker": …, "text": …} for each turn, or {"dialogue": [lines]} for each dialogue'
        )


def _check_lines(texts: Sequence[str]) -> None:
    """Refuses a list of which several texts are dialogues on their own."""
    whole = [text for text in texts if "\n" in text and _turns_in(text) > 1]
    if len(whole) > 1:
        raise ValueError(
            f"{_short(whole[0])} and {_short(whole[1])} may be dialogues, or lines of one: "
            'write {"dialogue": …} for each dialogue, or one turn in each text of the list'
        )


def _turns_in(text: str) -> int:
    """How many of the first lines name a speaker."""
    marks = (mark_of(line.strip()) for line in text.splitlines()[:9])
    return sum(mark is not None and mark.shape == "name" for mark in marks)


def _short(text: str) -> str:
    return json.dumps(text if len(text) <= 40 else f"{text[:40]}…", ensure_ascii=False)


def _check(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("the dialogue has a lone surrogate, which is not valid UTF-8") from None
