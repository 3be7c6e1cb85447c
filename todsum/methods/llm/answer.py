"""An answer of a language model, and the summary in it, if there is one."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from todsum.methods.llm.reasoning import holds_mark, without_reasoning

MAX_COUNT = (1 << 53) - 1
MAX_TEXT, MAX_NAME, MAX_REFUSAL, MAX_REASON = 1 << 20, 500, 1000, 100
Count = Annotated[int, Field(ge=0, le=MAX_COUNT)]
Lack = Literal["refused", "filtered", "empty"]
FILTERED = frozenset(
    [
        "blocklist",
        "blocked",
        "content_filter",
        "content_filtered",
        "guardrail_intervened",
        "image_safety",
        "moderation",
        "prohibited_content",
        "recitation",
        "safety",
        "sensitive",
        "spii",
    ]
)
"""Finish reasons that say that a filter took the answer or part of it, in small letters."""


class Answer(BaseModel):
    """What a model wrote, and what it took."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)

    text: Annotated[str, Field(max_length=MAX_TEXT)]
    """As it came."""
    finish_reason: Annotated[str, Field(max_length=MAX_REASON)] | None = None
    """``stop``, ``length`` (it was cut at ``max_tokens``), or another one of the server's."""
    prompt_tokens: Count | None = None
    """As the server counts them; None where it does not say."""
    completion_tokens: Count | None = None
    """The same."""
    model: Annotated[str, Field(max_length=MAX_NAME)] | None = None
    """The model's full name, as the server tells it."""
    refusal: Annotated[str, Field(max_length=MAX_REFUSAL)] | None = None
    """What the model or the server says of why it does not answer."""

    @cached_property
    def summary(self) -> str:
        """The text without reasoning and outer blanks; empty if there is no answer. Nothing else is taken out."""
        return "" if self._withheld else without_reasoning(self.text).strip()

    @property
    def lack(self) -> Lack | None:
        """Why there is no summary: a refusal, a filter (of part of it, too), or nothing that is left."""
        return self._withheld or (None if self.summary else "empty")

    @property
    def truncated(self) -> bool:
        """Whether it was cut at ``max_tokens``."""
        return self.finish_reason == "length"

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

    @property
    def _withheld(self) -> Lack | None:
        if (self.finish_reason or "").lower() in FILTERED:
            return "filtered"
        return "refused" if self.refusal else None
