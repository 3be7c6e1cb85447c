"""Fine-tuning of a pretrained checkpoint in full, optionally with a discrete prompt in front of the source."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from todsum.data.schema import Example
from todsum.errors import TodsumError
from todsum.methods.base import Context, MethodSettings
from todsum.training.inputs import Prompt
from todsum.training.runtime import Precision

SCRATCH = "scratch"
SETTINGS_FILE = "finetune.json"
FACTS_FILE = "facts.json"


#: Defaults that an untrained small model needs in place of those below.
SCRATCH_DEFAULTS = {
    "max_source_tokens": 512,
    "learning_rate": 2e-3,
    "epochs": 4,
    "batch_size": 4,
    "beams": 1,
    "eval_batch_size": 32,
}


class FinetuneSettings(MethodSettings):
    """Settings of ``finetune``. The defaults suit a backbone of the size of BART-base.

    With ``scratch`` other defaults hold: 512 source tokens, learning rate 0.002, 4 epochs, batches of 4, greedy,
    32 at once.
    """

    backbone: str
    """Folder or hub id of an encoder–decoder or causal checkpoint; ``scratch`` for a small untrained one."""
    revision: str | None = None
    """Branch, tag or commit of a hub id."""
    prompt: Prompt = "none"
    """Discrete prompt in front of the dialogue: the linearised state, the query, or none."""
    max_source_tokens: int = Field(1024, ge=8)
    """Tokens of prompt and dialogue together; the dialogue is cut at its end, the prompt never."""
    max_target_tokens: int = Field(128, ge=4)
    """Tokens of a summary, in training and in generation."""
    min_target_tokens: int = Field(0, ge=0)
    """Tokens that a generated summary has at least."""
    learning_rate: float = Field(5e-5, gt=0)
    """Its peak, after the warm-up; it decays linearly to 0."""
    epochs: int = Field(10, ge=1)
    """Passes over the training examples at most."""
    max_steps: int | None = Field(None, ge=1)
    """Optimizer steps at most, if that is less than the epochs."""
    batch_size: int = Field(16, ge=1)
    """Examples of a training step."""
    warmup_share: float = Field(0.05, ge=0, lt=1)
    """Share of the steps over which the learning rate rises."""
    weight_decay: float = Field(0.01, ge=0)
    """Of AdamW, on weight matrices only."""
    patience: int | None = Field(3, ge=1)
    """Epochs in a row without a lower dev loss that end training; None never ends it early."""
    beams: int = Field(4, ge=1)
    """Beams of the search; 1 is greedy."""
    eval_batch_size: int = Field(16, ge=1)
    """Examples that are summarized at once."""
    precision: Precision = "auto"
    """``fp32``, ``bf16`` (autocast, weights in fp32), or ``auto``: bf16 on a CUDA device that has it, else fp32."""

    @model_validator(mode="before")
    @classmethod
    def _scratch(cls, values: Any) -> Any:
        if isinstance(values, dict) and values.get("backbone") == SCRATCH:
            return SCRATCH_DEFAULTS | values
        return values

    @model_validator(mode="after")
    def _lengths(self) -> Self:
        if self.min_target_tokens > self.max_target_tokens:
            raise ValueError("min_target_tokens is more than max_target_tokens")
        return self


class Finetune:
    """Fine-tunes every weight of a backbone on the training examples."""

    Settings: ClassVar[type[MethodSettings]] = FinetuneSettings
    trains: ClassVar[bool] = True
    reads_reference: ClassVar[bool] = False
    reads_unlabelled: ClassVar[bool] = False

    def __init__(self, settings: FinetuneSettings) -> None:
        self.settings = settings
        self._facts: dict[str, Any] = {}

    @property
    def reads_state(self) -> bool:
        """Whether the gold state stands in front of the source."""
        return self.settings.prompt == "state"

    @property
    def batch_size(self) -> int:
        """Examples that :meth:`summarize` is given at once."""
        return self.settings.eval_batch_size

    def fit(self, train: Sequence[Example], dev: Sequence[Example], context: Context) -> None:
        """Trains the backbone; killed and called again, it goes on from ``context.output``.

        Raises:
            TodsumError: the backbone or device can't be used, the examples lack what the prompt needs, or
                ``context.output`` holds the checkpoint of another run.
        """
        from todsum.training.runtime import device_named
        from todsum.training.trainer import Plan, Trainer

        s = self.settings
        device = device_named(context.device)
        if s.prompt == "state" and not any(example.state for example in train):
            raise TodsumError("prompt 'state': no training example has a dialogue state; set prompt to none or query")
        self._open(self._backbone(train, context.seed), device)
        plan = Plan(
            s.learning_rate,
            s.epochs,
            s.max_steps,
            s.batch_size,
            s.warmup_share,
            s.weight_decay,
            s.patience,
            s.precision,
        )
        trainer = Trainer(
            self._model, self._collator, plan, context.seed, device, context.output / "training", context.log
        )
        encoded = [[self._encoder(example) for example in examples] for examples in (train, dev)]
        progress = trainer.train(*encoded)
        self._facts |= {"steps": progress.step, "best_step": progress.best_step, "best_dev_loss": progress.best_loss}

    def summarize(self, examples: Sequence[Example]) -> list[str]:
        """One summary an example, as the model writes it."""
        from todsum.training.generation import Decoding, generate

        s = self.settings
        decoding = Decoding(s.beams, s.min_target_tokens, s.max_target_tokens, s.precision)
        sources = [self._encoder.source(example) for example in examples]
        return generate(self._model, self._tokenizer, self._collator, sources, decoding, self._device)

    def save(self, folder: Path) -> None:
        """Writes weights (safetensors), tokenizer and settings (JSON): a checkpoint that transformers loads too."""
        from transformers.utils import logging

        logging.disable_progress_bar()
        folder.mkdir(parents=True, exist_ok=True)
        self._model.save_pretrained(folder)
        self._tokenizer.save_pretrained(folder)
        (folder / SETTINGS_FILE).write_text(self.settings.model_dump_json(indent=2) + "\n", encoding="utf-8")
        (folder / FACTS_FILE).write_text(json.dumps(self._facts, indent=2) + "\n", encoding="utf-8")

    def load(self, folder: Path, context: Context) -> None:
        """Reads what :meth:`save` wrote, settings included.

        Raises:
            TodsumError: the folder is not one that :meth:`save` wrote, or the device can't be used.
        """
        from pydantic import ValidationError

        from todsum.modeling import backbones
        from todsum.training.runtime import device_named

        file = folder / SETTINGS_FILE
        try:
            self.settings = FinetuneSettings.model_validate_json(file.read_bytes())
            facts = json.loads((folder / FACTS_FILE).read_bytes())
        except (OSError, ValidationError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise TodsumError(f"{file}: not the settings of a trained method ({reason})") from error
        self._open(backbones.load(folder), device_named(context.device))
        self._facts = dict(facts)

    def provenance(self) -> dict[str, Any]:
        """Facts about what was trained: sizes, device, dtype, steps, dev loss. No times."""
        return dict(self._facts)

    def _backbone(self, train: Sequence[Example], seed: int) -> Any:
        from todsum.modeling import backbones, scratch

        s = self.settings
        if s.backbone == SCRATCH:
            if s.revision is not None:
                raise TodsumError("backbone scratch: has no revision; leave it out")
            return scratch.build(self._texts(train), seed, max(s.max_source_tokens, s.max_target_tokens))
        return backbones.load(s.backbone, s.revision)

    def _texts(self, train: Sequence[Example]) -> Iterator[str]:
        """What the tokenizer of ``scratch`` learns from: training examples alone."""
        from todsum.training.inputs import dialogue_text, prompt_text, target_text

        for example in train:
            yield prompt_text(example, self.settings.prompt)
            yield dialogue_text(example)
            yield target_text(example)

    def _open(self, backbone: Any, device: Any) -> None:
        """Takes a loaded backbone into use."""
        from todsum.training.collator import Collator
        from todsum.training.encoding import ExampleEncoder
        from todsum.training.runtime import uses_bf16

        s = self.settings
        _check_room(backbone, s)
        self._model, self._tokenizer, self._device = backbone.model.to(device), backbone.tokenizer, device
        self._encoder = ExampleEncoder(
            backbone.tokenizer, backbone.causal, s.prompt, s.max_source_tokens, s.max_target_tokens
        )
        self._collator = Collator(backbone.tokenizer.pad_token_id, backbone.causal)
        self._facts = {
            "parameters": sum(p.numel() for p in self._model.parameters()),
            "trainable_parameters": sum(p.numel() for p in self._model.parameters() if p.requires_grad),
            "device": device.type,
            "dtype": "bf16" if uses_bf16(s.precision, device) else "fp32",
        }


def _check_room(backbone: Any, settings: FinetuneSettings) -> None:
    """Refuses lengths beyond the backbone's position embeddings, which would fail in the middle of training."""
    room = getattr(backbone.model.config, "max_position_embeddings", None)
    if room is None:  # relative positions, such as T5's
        return
    source, target = settings.max_source_tokens, settings.max_target_tokens
    needed = source + target if backbone.causal else max(source, target)
    if needed > room:
        raise TodsumError(
            f"backbone {settings.backbone}: has {room} positions, but max_source_tokens ({source}) and "
            f"max_target_tokens ({target}) need {needed}; lower them"
        )
