"""An answer of a language model, and the summary in it, if there is one."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from todsum import written
from todsum.methods.llm.reasoning import holds_mark, without_reasoning
from todsum.methods.llm.refusal import is_refusal

MAX_COUNT = (1 << 53) - 1
MAX_TEXT, MAX_NAME, MAX_REFUSAL, MAX_REASON = 1 << 20, 500, 1000, 100
Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]
Lack = written.Lack | Literal["empty"]
TOO_LONG = "context_length_exceeded"
"""Finish reason of an answer that there is none of because the request was too long for the model."""
_FILTERED = frozenset(
    [
        "blocklist",
        "blocked",
        "contentfilter",
        "contentfiltered",
        "guardrail",
        "guardrailintervened",
        "guardrails",
        "imagesafety",
        "moderation",
        "prohibitedcontent",
        "recitation",
        "safety",
        "sensitive",
        "spii",
    ]
)
#: What ended an answer that was cut, in the words of several servers.
_CUT = frozenset(["length", "maxlength", "maxoutputtokens", "maxtokens", "modelcontextwindowexceeded", "modellength"])


class Answer(BaseModel):
    """What a model wrote, and what it took."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)

    text: Annotated[str, Field(max_length=MAX_TEXT)]
    """As it came."""
    finish_reason: Annotated[str, Field(max_length=MAX_REASON)] | None = None
    """``stop``, ``length`` (it was cut at ``max_tokens``), :data:`TOO_LONG`, or another one of the server's."""
    prompt_tokens: Count | None = None
    """As the server counts them; None where it does not say."""
    completion_tokens: Count | None = None
    """The same."""
    model: Annotated[str, Field(max_length=MAX_NAME)] | None = None
    """The model's full name, as the server tells it."""
    refusal: Annotated[str, Field(max_length=MAX_REFUSAL)] | None = None
    """What the model, in a field of its own, or the server says of why it does not answer."""

    @cached_property
    def summary(self) -> str:
        """The text without reasoning and outer blanks; empty if there is no answer. Nothing else is taken out."""
        return "" if self._withheld or self.refused_in_words else self._told

    @property
    def lack(self) -> Lack | None:
        """Why there is no summary: a refusal, a filter (of part of it, too), its length, or nothing that is left."""
        return self._withheld or ("refused" if self.refused_in_words else None if self._told else "empty")

    @cached_property
    def refused_in_words(self) -> bool:
        """Whether the text alone says that the model refuses, by the rule of :mod:`todsum.methods.llm.refusal`."""
        return self._withheld is None and is_refusal(self._told)

    @property
    def reason(self) -> str:
        """What is said of why there is no summary, in one line; empty if nothing is."""
        return self.refusal or (" ".join(self._told.split()) if self.refused_in_words else "")

    @property
    def truncated(self) -> bool:
        """Whether it was cut at ``max_tokens``, or where the model has no more room."""
        return _bare(self.finish_reason) in _CUT

    @property
    def reasoned(self) -> bool:
        """Whether reasoning was removed from the text."""
        return without_reasoning(self.text) != self.text

    @property
    def marked(self) -> bool:
        """Whether the summary still holds what looks like a mark of reasoning."""
        return holds_mark(self.summary)

    @property
    def garbled(self) -> bool:
        """Whether the summary holds U+FFFD, which stands for what was broken in its encoding."""
        return "\ufffd" in self.summary

    @cached_property
    def _told(self) -> str:
        return without_reasoning(self.text).strip()

    @property
    def _withheld(self) -> Lack | None:
        if self.finish_reason == TOO_LONG:
            return "too_long"
        reason = _bare(self.finish_reason)
        if reason in _FILTERED:
            return "filtered"
        return "refused" if self.refusal or reason in ("refusal", "refused") else None


def _bare(reason: str | None) -> str:
    """Letters and digits alone, small: servers differ in how they join words."""
    return "".join(filter(str.isalnum, reason or "")).lower()
