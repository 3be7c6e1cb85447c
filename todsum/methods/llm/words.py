"""A server's own words: what the body of a reply says for people, whatever its form."""

from __future__ import annotations

import html
import json
import re
from contextlib import suppress
from typing import Any

from todsum.files.json_text import MAX_DIGITS
from todsum.methods.llm.key import Key

#: Characters of a server's own words that a message repeats.
LONGEST = 300
#: Characters that are looked at for them: an HTML page begins with much that is not shown.
_LOOKED_AT = 1 << 16
#: Fields of an error that hold words, the likeliest first.
_FIELDS = ("error", "errors", "message", "detail", "details", "msg", "error_description", "description", "title", "raw")
_TAG = "<[^<>]*>"
#: How deep in an error its message is looked for.
_DEPTH = 4


def decoded(body: bytes) -> str:
    """The text of a body; what is broken in its encoding becomes U+FFFD."""
    return body.decode(json.detect_encoding(body), errors="replace")


def loads(text: str) -> Any:
    """The value of a JSON text; a whole number of too many digits for Python becomes a float.

    Raises:
        ValueError: no JSON.
        RecursionError: nested too deeply.
    """
    return json.loads(text, parse_int=lambda digits: int(digits) if len(digits) <= MAX_DIGITS else float(digits))


def words_of(body: bytes, key: Key) -> str:
    """The words in a body, in one line, without control characters and without the key.

    Taken are the message of a JSON error in the forms in use, the text of an HTML page, or else the body as it is.
    """
    text = decoded(body)
    found = ""
    with suppress(ValueError, RecursionError):  # no JSON
        found = message_in(loads(text))
    return one_line(found or _of_html(text[:_LOOKED_AT]), key)


def message_in(found: Any, depth: int = _DEPTH) -> str:
    """The message in an error object of a server; empty if there is none, or it lies deeper."""
    if isinstance(found, str):
        return found
    if isinstance(found, (int, float)) and not isinstance(found, bool):
        return str(found)
    if depth and isinstance(found, list):
        return message_in(found[0], depth - 1) if found else ""
    if depth and isinstance(found, dict):
        return next((said for name in _FIELDS if (said := message_in(found.get(name), depth - 1))), "")
    return ""


def well_formed(text: str) -> str:
    """The text, each lone surrogate replaced by U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def one_line(text: str, key: Key) -> str:
    """At most so many characters of a text, in one line; control characters and the key are removed."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text[:_LOOKED_AT])
    return key.out_of_error(" ".join(shown.split())[: 8 * LONGEST])[:LONGEST]


def _of_html(text: str) -> str:
    """The words of an HTML page; another text, or a page without words, as it is."""
    if not text.lstrip("\ufeff \t\r\n").startswith("<"):
        return text
    shown, hidden = [], False
    for piece in re.split(f"({_TAG})", text):
        if tag := re.fullmatch(_TAG, piece):
            hidden = re.match("<(?:script|style)", tag[0], re.IGNORECASE) is not None
        elif not hidden:
            shown.append(piece)
    return html.unescape(" ".join(shown)).strip() or text
