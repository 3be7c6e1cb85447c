"""An answer of a language model, and the summary in it."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from todsum.methods.llm.key import Key

Count = Annotated[int, Field(ge=0, lt=1 << 53)]
_THOUGHT = re.compile(r"\A\s*<think>.*?(?:</think>|\Z)", re.DOTALL)


class Answer(BaseModel):
    """What a model wrote, and what it took."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)

    text: Annotated[str, Field(max_length=1 << 20)]
    """As it came."""
    finish_reason: Annotated[str, Field(max_length=100)] | None = None
    """``stop``, ``length`` (it was cut at ``max_tokens``), or another one of the server's."""
    prompt_tokens: Count | None = None
    """As the server counts them; None where it does not say."""
    completion_tokens: Count | None = None
    """The same."""
    model: Annotated[str, Field(max_length=500)] | None = None
    """The model's full name, as the server tells it."""

    @property
    def summary(self) -> str:
        """The text without outer blanks and, at its start, a block ``<think>…</think>``. Nothing else is taken out."""
        return _THOUGHT.sub("", self.text).strip()

    @property
    def truncated(self) -> bool:
        """Whether it was cut at ``max_tokens``."""
        return self.finish_reason == "length"


class Malformed(Exception):
    """A body that is no answer; the message says why and repeats nothing of it."""


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class _Message(_Lenient):
    content: str | None = None


class _Choice(_Lenient):
    message: _Message
    finish_reason: str | None = None


class _Usage(_Lenient):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Completion(_Lenient):
    choices: Annotated[list[_Choice], Field(min_length=1)]
    usage: _Usage | None = None
    model: str | None = None


def read_answer(body: bytes, key: Key) -> Answer:
    """The answer in the body of a chat completion; the key taken out, should it be in it.

    Raises:
        Malformed: it is none, or there is no summary in it.
    """
    try:
        found = _Completion.model_validate_json(body)
        choice, usage = found.choices[0], found.usage or _Usage()
        answer = Answer(
            text=key.out_of_answer(choice.message.content or ""),
            finish_reason=_clean(choice.finish_reason, key),
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            model=_clean(found.model, key),
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"] if part in _NAMES or isinstance(part, int))
        raise Malformed(f"not a chat completion{f' at {place}' if place else ''} ({first['type']})") from None
    if not answer.summary:
        raise Malformed("nothing before max_tokens; raise them" if answer.truncated else "an empty answer")
    return answer


_NAMES = {*Answer.model_fields, *_Completion.model_fields, *_Choice.model_fields, *_Message.model_fields}


def _clean(text: str | None, key: Key) -> str | None:
    return None if text is None else key.out_of_answer(text)
