"""A completion that was streamed (server-sent events) although it was not asked for, put together again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from todsum.methods.llm.words import loads

_FIELDS = ("data:", "event:", "id:", "retry:", ":")
#: Fields of a message that come in pieces.
_TEXTS = ("content", "refusal")


def is_stream(text: str) -> bool:
    """Whether a body consists of events."""
    return text.lstrip("\ufeff \t\r\n").startswith(_FIELDS)


def joined(text: str) -> dict[str, Any]:
    """One completion of all events, or the first event that is an error.

    Raises:
        ValueError: an event is no JSON object, there is no choice in any, or the stream ends before the answer does.
    """
    pieces: dict[str, list[Any]] = {name: [] for name in _TEXTS}
    found: dict[str, Any] = {}
    finish, complete, begun = None, False, False
    for data in _events(text):
        if data == "[DONE]":
            complete = True
            break
        if not data:
            continue
        event = loads(data)
        if not isinstance(event, dict):
            raise ValueError("an event is no JSON object")
        if event.get("error") or event.get("object") == "error":
            return event
        found |= {name: event[name] for name in ("model", "usage") if event.get(name) is not None}
        for choice in _choices(event):
            begun = True
            _add(choice.get("delta") or choice.get("message"), pieces)
            finish = choice.get("finish_reason") or finish
    if not begun or (finish is None and not complete):
        raise ValueError("the stream ends before the answer does" if begun else "no event has a choice")
    message = {name: _together(parts) for name, parts in pieces.items()}
    return found | {"choices": [{"message": message, "finish_reason": finish}]}


def _choices(event: dict[str, Any]) -> list[dict[str, Any]]:
    """The first choice of an event, if it has one: others were not asked for."""
    choices = event.get("choices")
    return [choice for choice in choices[:1] if isinstance(choice, dict)] if isinstance(choices, list) else []


def _events(text: str) -> Iterator[str]:
    """The data of each event (WHATWG HTML, 9.2.6): its lines that begin with ``data:``, up to an empty one."""
    lines: list[str] = []
    for line in [*re.split(r"\r\n|\n|\r", text.lstrip("\ufeff")), ""]:
        name, _, value = line.partition(":")
        if name == "data":
            lines.append(value.removeprefix(" "))
        elif not line and lines:
            yield "\n".join(lines).strip()
            lines = []


def _add(delta: object, pieces: dict[str, list[Any]]) -> None:
    """Adds what a delta has to the pieces of a message."""
    if not isinstance(delta, dict):
        return
    for name in _TEXTS:
        piece = delta.get(name)
        if piece is not None:
            pieces[name] += piece if isinstance(piece, list) else [piece]


def _together(pieces: list[Any]) -> Any:
    """Pieces of text as one text; with others among them, all as parts; None if there are none."""
    if all(isinstance(piece, str) for piece in pieces):
        return "".join(pieces) if pieces else None
    return pieces
