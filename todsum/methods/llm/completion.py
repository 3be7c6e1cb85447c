"""Bodies of replies, read as chat completions: leniently in what surrounds the answer, strictly in where it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from todsum.methods.llm.answer import MAX_COUNT, MAX_NAME, MAX_REASON, MAX_TEXT, Answer
from todsum.methods.llm.key import Key
from todsum.methods.llm.no_answer import answer_of_error
from todsum.methods.llm.patience import may_mend
from todsum.methods.llm.stream import is_stream, joined
from todsum.methods.llm.words import decoded, loads, message_in, one_line, well_formed, words_of

#: Finish reasons of a server that broke off.
_BROKEN_OFF = ("abort", "error", "insufficient_system_resource")


class Malformed(Exception):
    """A body that is no answer: says why, in the server's own words where it has some.

    Attributes:
        final: whether it makes no sense to ask again.
    """

    def __init__(self, reason: str, final: bool = False) -> None:
        super().__init__(reason)
        self.final = final


def read_answer(body: bytes, key: Key) -> Answer:
    """The answer in the body of a chat completion; the key taken out, should it be in it.

    A refusal, a filtered answer, an empty one and the error that a request is too long are answers. Counts of tokens
    that are no counts are left out, and what is broken in the encoding of the text becomes U+FFFD.

    Raises:
        Malformed: it is none.
    """
    found = _parsed(body, key)
    if answer := answer_of_error(found, 200, key):
        return answer
    _check_error(found, key)
    try:
        choice = _choice(found)
        if answer := answer_of_error(choice, 200, key):
            return answer
        _check_error(choice, key)
        finish = _name(choice.get("finish_reason"), MAX_REASON, key)
        if finish in _BROKEN_OFF:
            raise Malformed(f"the server broke off: finish_reason {finish}")
        message = choice.get("message")
        if message is None and (finish is not None or "text" in choice):
            message = {"content": choice.get("text")}  # the older form of completions
        content, refusal = _content(_object(message, "choices.0.message"))
    except _Wrong as error:
        said = words_of(body, key)
        told = "" if said in ("", "{}", "[]") else f": {said}"
        raise Malformed(f"not a chat completion at {error}{told}") from None
    usage = found.get("usage") if isinstance(found.get("usage"), dict) else {}
    return Answer(
        text=key.out_of_answer(well_formed(content))[:MAX_TEXT],
        finish_reason="length" if len(content) > MAX_TEXT else finish,
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
        model=_name(found.get("model"), MAX_NAME, key),
        refusal=one_line(well_formed(refusal), key) or None,
    )


class _Wrong(Exception):
    """The place of what is missing or of another type."""


def _parsed(body: bytes, key: Key) -> Any:
    text = decoded(body)
    try:
        return joined(text) if is_stream(text) else loads(text)
    except (ValueError, RecursionError) as error:
        reason = "" if isinstance(error, (json.JSONDecodeError, RecursionError)) else f" ({one_line(str(error), key)})"
        said = words_of(body, key)
        raise Malformed(f"not a chat completion{reason}{f': {said}' if said else ''}") from None


def _check_error(found: object, key: Key) -> None:
    """Refuses an error object in place of an answer, with its own words."""
    if not isinstance(found, dict):
        return
    if error := found.get("error") or (found if found.get("object") == "error" else None):
        said = one_line(well_formed(message_in(error)), key)
        raise Malformed(f"an error in place of an answer{f': {said}' if said else ''}", _is_final(error))


def _choice(found: object) -> dict[str, Any]:
    choices = _object(found, "top level").get("choices")
    if not isinstance(choices, list) or not choices:
        raise _Wrong(f"choices ({'missing' if not choices else 'no list'})")
    return _object(choices[0], "choices.0")


def _object(found: object, place: str) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise _Wrong(f"{place} ({'missing' if found is None else 'no object'})")
    return found


def _content(message: dict[str, Any]) -> tuple[str, str]:
    """Text and refusal of a message. Reasoning in a field or a part of its own is left out."""
    content, refusal = message.get("content"), message.get("refusal")
    texts: list[str] = []
    refusals = [refusal] if isinstance(refusal, str) else list(_texts(refusal, "refusal")) or [message_in(refusal)]
    if not isinstance(content, str | list | dict | None):
        raise _Wrong("choices.0.message.content (no text)")
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, dict) and "refusal" in part:
            refusals += _texts([part], "refusal")
        else:
            texts += _texts([part], "text")
    return "".join(texts), "".join(refusals)


def _texts(parts: object, field: str) -> Iterator[str]:
    """The texts of parts: plain ones, and those of objects that are no reasoning."""
    for part in parts if isinstance(parts, list) else []:
        if isinstance(part, str):
            yield part
        elif isinstance(part, dict) and not _is_reasoning(part):
            text = part.get(field, part.get("content"))
            text = text.get("value") if isinstance(text, dict) else text
            if isinstance(text, str):
                yield text


def _is_reasoning(part: dict[str, Any]) -> bool:
    kind = str(part.get("type")).lower()
    return bool(part.get("thought")) or any(word in kind for word in ("think", "thought", "reason"))


def _is_final(error: object) -> bool:
    """Whether an error names a status that another try can't mend."""
    code = str(error.get("code", error.get("status"))) if isinstance(error, dict) else ""
    return re.fullmatch("4[0-9][0-9]", code) is not None and not may_mend(int(code))


def _name(found: object, longest: int, key: Key) -> str | None:
    return one_line(well_formed(found), key)[:longest] if isinstance(found, str) else None


def _count(found: object) -> int | None:
    """A count of tokens; None for what is none, such as a fraction, a negative number or a text."""
    if isinstance(found, bool) or not isinstance(found, int | float) or found != found:
        return None
    return int(found) if 0 <= found <= MAX_COUNT and found == int(found) else None
