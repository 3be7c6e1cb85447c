"""Settings that all methods share which train a pretrained checkpoint."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from todsum.methods.base import MethodSettings
from todsum.training.runtime import Precision
from todsum.training.texts import Prompt

States = Literal["oracle", "predicted", "none"]

SCRATCH, MINI = "scratch", "todsum-mini"

#: The bounds of settings are far above what is of use: a suite may be a stranger's, and must not ask for all memory.
MAX_TOKENS, MAX_BATCH, MAX_BEAMS, MAX_WIDTH, MAX_LEARNING_RATE = 1 << 17, 4096, 100, 1 << 14, 100.0

#: Defaults that a small model needs in place of those below.
SCRATCH_DEFAULTS = {
    "max_source_tokens": 512,
    "max_state_tokens": 160,
    "learning_rate": 2e-3,
    "epochs": 4,
    "batch_size": 4,
    "beams": 1,
    "eval_batch_size": 32,
}

#: The same for the pretrained one.
MINI_DEFAULTS = SCRATCH_DEFAULTS | {
    "max_source_tokens": 640,
    "max_state_tokens": 176,
    "max_target_tokens": 160,
    "batch_size": 8,
    "eval_batch_size": 64,
}

#: By the name of the backbone.
BACKBONE_DEFAULTS: dict[str, dict[str, Any]] = {SCRATCH: SCRATCH_DEFAULTS, MINI: MINI_DEFAULTS}


class TrainedSettings(MethodSettings):
    """What backbone, how to train it and how to generate. The defaults suit a backbone of the size of BART-base.

    With ``scratch`` other defaults hold: 512 source and 160 state tokens, learning rate 0.002, 4 epochs, batches of
    4, greedy, 32 at once. With ``todsum-mini``: 640 source, 176 state and 160 target tokens, learning rate 0.002,
    4 epochs, batches of 8, greedy, 64 at once.
    """

    PLACE: ClassVar[str]  # the field that says what structure is shown

    backbone: str = Field(min_length=1, max_length=1000)
    """Folder or hub id of an encoder–decoder or causal checkpoint; ``scratch`` for a small untrained one."""
    revision: str | None = Field(None, max_length=200)
    """Branch, tag or commit of a hub id."""
    states: States = "oracle"
    """Where the dialogue states come from that the method reads: ``oracle`` trains and tests on gold states,
    ``predicted`` trains on gold ones and tests on those of a state tracker, ``none`` shows no state at all."""
    max_source_tokens: int = Field(1024, ge=8, le=MAX_TOKENS)
    """Tokens of prompt and dialogue together; the dialogue is cut at its end, the prompt never."""
    max_state_tokens: int = Field(256, ge=8, le=MAX_TOKENS)
    """Tokens of a predicted state, and of what a second encoder reads; both are cut at their end."""
    max_target_tokens: int = Field(128, ge=4, le=MAX_TOKENS)
    """Tokens of a summary, in training and in generation."""
    min_target_tokens: int = Field(0, ge=0, le=MAX_TOKENS)
    """Tokens that a generated summary has at least."""
    learning_rate: float = Field(5e-5, gt=0, le=MAX_LEARNING_RATE)
    """Its peak, after the warm-up; it decays linearly to 0."""
    epochs: int = Field(10, ge=1, le=10_000)
    """Passes over the training examples at most."""
    max_steps: int | None = Field(None, ge=0, le=100_000_000)
    """Optimizer steps at most, if that is less than the epochs; 0 leaves the backbone as it is: a baseline."""
    batch_size: int = Field(16, ge=1, le=MAX_BATCH)
    """Examples of a training step."""
    examples_at_once: int | None = Field(None, ge=1, le=MAX_BATCH, exclude_if=lambda value: value is None)
    """Examples of a step whose gradients are made together, and added up over the step; None takes all. Halved by
    itself where memory is too small."""
    checkpointing: bool = Field(False, exclude_if=lambda value: value is False)
    """Whether activations are computed again in the backward pass instead of kept: a third slower, much less memory."""
    warmup_share: float = Field(0.05, ge=0, lt=1)
    """Share of the steps over which the learning rate rises."""
    weight_decay: float = Field(0.01, ge=0, le=100)
    """Of AdamW, on weight matrices only."""
    patience: int | None = Field(3, ge=1, le=10_000)
    """Epochs in a row without a lower dev loss that end training; None never ends it early."""
    swapped_copies: int = Field(0, ge=0, le=100)
    """Copies of each training example, beside itself, in which values and domain names are made up; one of each dev
    example. An epoch goes over all of them."""
    swap_values: float = Field(0.7, ge=0, le=1)
    """Probability that a value of the state is made up in a copy, in dialogue, state and summary alike."""
    swap_domains: float = Field(0.5, ge=0, le=1)
    """Probability that the name of a domain is, likewise."""
    start_share: float = Field(0.0, ge=0, lt=1)
    """Share of the starting weights in the result: the trained ones are averaged with them (Wortsman et al. 2022)."""
    beams: int = Field(4, ge=1, le=MAX_BEAMS)
    """Beams of the search; 1 is greedy."""
    no_repeat_ngram_size: int = Field(0, ge=0, le=100, exclude_if=lambda value: value == 0)
    """Tokens of a sequence that a summary has once at most, which ends its loops; 0 allows any repetition. What the
    dialogue says may always be said."""
    eval_batch_size: int = Field(16, ge=1, le=MAX_BATCH)
    """Examples of the greatest length that are summarized at once; of shorter ones, more that have as many tokens."""
    precision: Precision = "auto"
    """``fp32``, ``bf16`` (autocast, weights in fp32), or ``auto``: bf16 on a GPU or processor that computes in it.

    On a processor ``auto`` generates in fp32 all the same: there is nothing to gain.
    """

    @property
    def structure_shown(self) -> Prompt:
        """What structure the method reads beside the dialogue; no state where ``states`` is ``none``."""
        chosen: Prompt = getattr(self, self.PLACE)
        return "none" if chosen == "state" and self.states == "none" else chosen

    @property
    def reads_dialogue(self) -> bool:
        """Whether the summarizer does; a state tracker always does."""
        return True

    @property
    def predicts_states(self) -> bool:
        """Whether the states that the method reads in testing are predicted."""
        return self.states == "predicted"

    @model_validator(mode="before")
    @classmethod
    def _backbone_defaults(cls, values: Any) -> Any:
        if isinstance(values, dict):
            return BACKBONE_DEFAULTS.get(str(values.get("backbone")), {}) | values
        return values

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.min_target_tokens > self.max_target_tokens:
            raise ValueError("min_target_tokens is more than max_target_tokens")
        if self.predicts_states and self.structure_shown != "state":
            raise ValueError(
                f"states is predicted, but no state is read: set {self.PLACE} to state, or leave states out"
            )
        return self
