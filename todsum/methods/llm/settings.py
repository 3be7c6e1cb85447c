"""Settings of the method ``llm``: those that decide its summaries, and those that only say how to come by them."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import ConfigDict, Field, JsonValue, ValidationInfo, field_validator, model_validator

from todsum.errors import TodsumError
from todsum.methods.base import MethodSettings
from todsum.methods.llm.address import URL_VARIABLE, checked_url, is_users, users_url
from todsum.methods.llm.key import KEY_VARIABLE, Key
from todsum.methods.llm.prompts import Prompts
from todsum.methods.trained_settings import MAX_BATCH, MAX_TOKENS
from todsum.training.runtime import Precision

#: Fields of a request that the method fills in itself.
OWN_FIELDS = ("model", "messages", "stream", "n")


class LlmSettings(MethodSettings):
    """What is asked, and of whom: give ``backbone`` for a local checkpoint or ``model`` for an endpoint.

    Fields with ``exclude=True`` are no part of a cell's key, nor of its files: they decide what an answer costs in time
    and money, not what it is.
    """

    model_config = ConfigDict(hide_input_in_errors=True)  # a key that was put here by mistake is not repeated

    backbone: str | None = Field(None, min_length=1, max_length=1000)
    """Folder or hub id of a causal checkpoint with a chat template, or ``smollm2-135m``. Not used where ``model`` is
    given, so that a suite's backbone does not change its endpoint rows."""
    revision: str | None = Field(None, max_length=200)
    """Branch, tag or commit of a hub id."""
    model: str | None = Field(None, min_length=1, max_length=200)
    """Name of a model at an endpoint that speaks OpenAI's chat completions (vLLM, Ollama, a hosted one)."""
    base_url: str | None = Field(None, validate_default=True)
    """Address of the endpoint, up to ``/v1``; by default ``$OPENAI_BASE_URL``, else OpenAI's. What it comes to is part
    of the cell's key: a name such as ``qwen3:8b`` means different weights at different servers. No user, password or
    query in it. An address of a suite's own is sent the dialogues, but no key unless it is ``$OPENAI_BASE_URL``, too.
    Over plain http a key is sent only to this machine or a private address."""
    prompts: str | None = Field(None, exclude=True)
    """Folder of prompts of one's own, ``todsum.j2``, ``qmsum.j2`` and, for all others, ``dialogue.j2``, like those in
    ``todsum/methods/llm/prompts``."""
    prompts_sha256: str | None = Field(None, validate_default=True)
    """Checksum of all prompt files, filled in; given, it has to fit."""
    k: int = Field(0, ge=0, le=64)
    """Examples in context, drawn with the cell's seed from the training examples that do not name the target domain (in
    few-shot, too)."""
    state: bool = False
    """Whether the gold dialogue state stands in the prompt."""
    query: bool = True
    """Whether the query does, where the data set has queries: without it QMSum's task is not defined."""
    max_source_chars: int = Field(60_000, ge=100, le=10_000_000)
    """Characters of the dialogue to summarize; it is cut at its end, and the result says how many were."""
    max_example_chars: int = Field(4_000, ge=100, le=1_000_000)
    """The same for each dialogue of an example in context."""
    temperature: float = Field(0.0, ge=0, le=2)
    """0 is greedy."""
    max_tokens: int = Field(256, ge=1, le=MAX_TOKENS)
    """Tokens of an answer; the result says how many answers were cut there."""
    body: dict[str, JsonValue] = Field(default={}, max_length=50)
    """More fields of a request to the endpoint; null takes one out. For models that are asked otherwise, such as
    ``{max_tokens: null, max_completion_tokens: 256}``."""
    on_no_answer: Literal["empty", "fail"] = Field("empty", exclude_if=lambda value: value == "empty")
    """If the model refuses, a filter takes its answer, an endpoint refuses the dialogue for its length, or nothing is
    left without the reasoning: ``empty`` scores an empty summary and counts it in the result, ``fail`` ends the cell.
    Part of its key where it is ``fail``."""
    eval_batch_size: int = Field(8, ge=1, le=MAX_BATCH)
    """Examples that a local checkpoint answers at once."""
    precision: Precision = "auto"
    """Of a local checkpoint: ``fp32``, ``bf16`` (autocast), or ``auto``: bf16 on a GPU that computes in it."""
    key_env: str | None = Field(KEY_VARIABLE, exclude=True)
    """``OPENAI_API_KEY``, the environment variable with the key, or null, which sends none. A suite can't name another
    variable. The key itself is never written anywhere."""
    concurrency: int = Field(4, ge=1, le=256, exclude=True)
    """Requests at a time, of each process."""
    attempts: int = Field(6, ge=1, le=100, exclude=True)
    """Tries of a request, with exponential back-off."""
    connect_timeout: float = Field(10.0, gt=0, le=600, exclude=True)
    """Seconds to connect."""
    timeout: float = Field(120.0, gt=0, le=86_400, exclude=True)
    """Seconds without an answer, and for all of it."""
    longest_wait: float = Field(120.0, ge=0, le=86_400, exclude=True)
    """Seconds to wait between two tries at most; a server that asks for more ends the cell."""
    price_prompt: float | None = Field(None, ge=0, le=1e12, exclude=True)
    """Price of a million prompt tokens, in any currency, for the cost in the result."""
    price_completion: float | None = Field(None, ge=0, le=1e12, exclude=True)
    """Price of a million tokens of answers."""

    @field_validator("base_url")
    @classmethod
    def _resolved(cls, given: str | None, info: ValidationInfo) -> str | None:
        if info.data.get("model") is None:
            return given
        return checked_url(given) if given else users_url()

    @field_validator("key_env")
    @classmethod
    def _of_the_user(cls, given: str | None) -> str | None:
        if given not in (KEY_VARIABLE, None):
            raise ValueError(
                f"a suite can't choose what is sent as a key: leave it out and set {KEY_VARIABLE} to the key, and "
                f"{URL_VARIABLE} to where it goes"
            )
        return given

    @field_validator("prompts_sha256")
    @classmethod
    def _of_the_files(cls, given: str | None, info: ValidationInfo) -> str:
        try:
            found = Prompts.of(info.data.get("prompts")).sha256
        except TodsumError as error:
            raise ValueError(str(error)) from None
        if given not in (None, found):
            raise ValueError(f"the prompt files have the checksum {found}")
        return found

    @field_validator("body")
    @classmethod
    def _not_its_own(cls, given: dict[str, JsonValue]) -> dict[str, JsonValue]:
        if taken := sorted(set(OWN_FIELDS) & set(given)):
            raise ValueError(f"{taken[0]} is filled in by the method")
        return given

    @model_validator(mode="before")
    @classmethod
    def _one_of_both(cls, values: object) -> object:
        if isinstance(values, dict) and values.get("model") is not None:
            return values | {"backbone": None, "revision": None}
        return values

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.model is None and self.backbone is None:
            raise ValueError("set backbone, a local checkpoint, or model, the name of one at an endpoint")
        if self.model is None and (self.base_url is not None or self.body):
            raise ValueError("base_url and body are of an endpoint: set model, too")
        if Key.from_environment(KEY_VARIABLE).is_in(self.model_dump_json()):
            raise ValueError(f"the value of {KEY_VARIABLE} stands in the settings; leave it in the environment alone")
        return self

    def warnings(self) -> list[str]:
        """Says that dialogues go to an address that the user did not give."""
        if self.base_url is None or is_users(self.base_url):
            return []
        return [f"{self.base_url}: an address of the suite's own: it is sent the dialogues, but no key"]
