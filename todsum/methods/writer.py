"""One trained model that writes a text for an example: built, fitted, run, saved and loaded."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from todsum import distributed
from todsum.data.schema import Example
from todsum.errors import TodsumError
from todsum.files.configurations import read_configuration
from todsum.methods.base import Context
from todsum.methods.cuts import count_cuts
from todsum.methods.layout import Layout
from todsum.methods.trained_settings import SCRATCH, TrainedSettings
from todsum.written import Written, cut_of

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedTokenizerBase

    from todsum.modeling.backbones import Backbone
    from todsum.training.encoding import Encoded, Extra
    from todsum.training.generation import Decoding

FACTS_FILE = "facts.json"

Adapt = Callable[["Backbone", int], Any]
"""Makes the model that is trained of a backbone, given a seed."""
Carry = Callable[[Example], Mapping[str, "Extra"]]
"""Tells what a training example carries beside its tokens: inputs of the model's ``forward``, by name."""
Reopen = Callable[[Path], "Backbone"]
"""Loads model and tokenizer of a folder that :meth:`Writer.save` wrote."""


def load_checkpoint(folder: Path) -> Backbone:
    """Model and tokenizer of a folder that :meth:`Writer.save` wrote, where the model is a whole checkpoint."""
    from todsum.modeling import backbones  # takes the seconds that torch takes

    return backbones.load(folder)


def nothing(example: Example) -> Mapping[str, Extra]:
    """An example of tokens alone."""
    return {}


def unchanged(backbone: Backbone, seed: int) -> Any:
    """The backbone's own model: what is trained where nothing is added to it."""
    return backbone.model


class Writer:
    """A backbone that is trained, in full or by what is added to it, to write an example's ``summary``.

    Args:
        settings: the method's.
        layout: what the model reads and how it writes.
    """

    def __init__(self, settings: TrainedSettings, layout: Layout) -> None:
        self.settings = settings
        self.layout = layout
        self.facts: dict[str, Any] = {}

    def fit(
        self,
        train: Sequence[Example],
        dev: Sequence[Example],
        context: Context,
        *,
        name: str,
        shared: bool,
        adapt: Adapt = unchanged,
        carry: Carry = nothing,
    ) -> None:
        """Trains the backbone; killed and called again, it goes on from where it was.

        Args:
            train, dev: the examples; ``summary`` is what the model learns to write.
            context: of the method.
            name: of the folder for checkpoints in ``context.output``.
            shared: whether other methods train the same; the checkpoints are then in ``context.parts``, where there
                is such a folder.
            adapt: makes the model that is trained. It is not kept: a method's own would keep the method, and with it
                the model, from being freed.
            carry: tells what each example carries beside its tokens. It is not kept, either.

        Raises:
            TodsumError: the backbone or device can't be used, the examples lack what the layout needs, or the folder
                holds the checkpoint of another run.
        """
        from todsum.training.runtime import device_named
        from todsum.training.shared_parts import exclusive, fingerprint
        from todsum.training.trainer import Plan, Thrift, Trainer

        s = self.settings
        device = device_named(context.device)
        self._open(self._start(train, context.seed, adapt), device)
        encoded = [[self.encode(example, carry) for example in examples] for examples in (train, dev)]
        plan = Plan(
            learning_rate=s.learning_rate,
            epochs=s.epochs,
            max_steps=s.max_steps,
            batch_size=s.batch_size,
            warmup_share=s.warmup_share,
            weight_decay=s.weight_decay,
            patience=s.patience,
            precision=s.precision,
        )
        thrift = Thrift(at_once=s.examples_at_once, checkpointing=s.checkpointing)
        folder = context.output / name
        if together := shared and context.parts is not None:
            own = fingerprint(self._model, self._collator, plan, context.seed, device, *encoded, thrift=thrift)
            content = distributed.from_main(own)
            folder = context.parts / content
        start = {name: weight.detach().clone() for name, weight in self._model.named_parameters()}
        with exclusive(folder, context.log) if together else nullcontext():
            trainer = Trainer(self._model, self._collator, plan, context.seed, device, folder, context.log, thrift)
            progress = trainer.train(*encoded)
        average(self._model, start, s.start_share)
        self.facts |= {"steps": progress.step, "best_step": progress.best_step, "best_dev_loss": progress.best_loss}
        if progress.at_once is not None:
            self.facts["trained_at_once"] = progress.at_once
        names = ("train", "dev")
        self.facts["cut"] = {
            name: count_cuts((example.cut for example in examples), "reference")
            for name, examples in zip(names, encoded, strict=True)
        }

    def encode(self, example: Example, carry: Carry = nothing) -> Encoded:
        """A training example as the model reads it, with what it carries beside its tokens."""
        return replace(self._encoder(example), extra=carry(example))

    @property
    def trained(self) -> tuple[Any, PreTrainedTokenizerBase]:
        """Model and tokenizer. Only after :meth:`fit` or :meth:`load`."""
        return self._model, self._tokenizer

    def write(self, examples: Sequence[Example]) -> list[str]:
        """One text an example, as the model writes it; each a :class:`~todsum.written.Written`."""
        from todsum.training.generation import generate

        shown = [self._encoder.shown(example) for example in examples]
        texts = generate(
            self._model,
            self._tokenizer,
            self._collator,
            [example.source for example in shown],
            self._decoding(),
            self._device,
            [example.state for example in shown],
            self._note_halved,
        )
        return [Written(text, (*example.cut, *cut_of(text))) for text, example in zip(texts, shown, strict=True)]

    def _note_halved(self, rows: int) -> None:
        """Memory was too small for a batch; the facts say what fitted."""
        self.facts["generated_at_once"] = min(rows, self.facts.get("generated_at_once", rows))

    def batches(self, examples: Sequence[Example]) -> list[list[int]]:
        """Which of the examples, by their places, are best given to :meth:`write` together: each once."""
        lengths = [len(self._encoder.shown(example)) for example in examples]
        return self._decoding().batches(lengths, self._device)

    def _decoding(self) -> Decoding:
        from todsum.training.generation import Decoding

        own, s = self.layout, self.settings
        return Decoding(
            beams=own.beams,
            min_tokens=own.min_target,
            max_tokens=own.max_target,
            precision=s.precision,
            most_tokens=s.eval_batch_size * own.tokens,
            no_repeat=own.no_repeat,
        )

    def fits(self, example: Example) -> bool:
        """Whether there is room for the example's prompt."""
        return self._encoder.fits(example)

    def save(self, folder: Path) -> None:
        """Writes weights (safetensors), tokenizer and facts (JSON), as the model's ``save_pretrained`` has them."""
        from transformers.utils import logging

        logging.disable_progress_bar()
        folder.mkdir(parents=True, exist_ok=True)
        self._model.save_pretrained(folder)
        self._tokenizer.save_pretrained(folder)
        (folder / FACTS_FILE).write_text(json.dumps(self.facts, indent=2) + "\n", encoding="utf-8")

    def load(self, folder: Path, context: Context, reopen: Reopen = load_checkpoint) -> None:
        """Reads what :meth:`save` wrote; ``reopen`` loads model and tokenizer.

        Raises:
            TodsumError: the folder is not one that :meth:`save` wrote, or the device can't be used.
        """
        from todsum.training.runtime import device_named

        facts = _read_facts(folder / FACTS_FILE)
        self._open(reopen(folder), device_named(context.device))
        # Those of training: the model that was loaded may count otherwise. Only what it writes is written here.
        self.facts = facts | {"generation_dtype": self.facts["generation_dtype"]}

    def _start(self, train: Sequence[Example], seed: int, adapt: Adapt = unchanged) -> Any:
        """The backbone before training."""
        from todsum.modeling import backbones, scratch

        s = self.settings
        if s.backbone == SCRATCH:
            if s.revision is not None:
                raise TodsumError("backbone scratch: has no revision; leave it out")
            backbone = scratch.build(self.layout.texts(train), seed, self.layout.longest)
        else:
            backbone = backbones.load(s.backbone, s.revision)
        return replace(backbone, model=adapt(backbone, seed))

    def _open(self, backbone: Backbone, device: Any) -> None:
        """Takes a loaded backbone into use."""
        from todsum.training.collator import Collator
        from todsum.training.encoding import ExampleEncoder
        from todsum.training.runtime import dtype_name, generation_precision

        s, own = self.settings, self.layout
        own.check_room(backbone.model, backbone.causal, s.backbone)
        self._model, self._tokenizer, self._device = backbone.model.to(device), backbone.tokenizer, device
        self._encoder = ExampleEncoder(
            tokenizer=backbone.tokenizer,
            causal=backbone.causal,
            prompt=own.prompt,
            max_source_tokens=own.max_source,
            max_target_tokens=own.max_target,
            structure=own.structure,
            max_state_tokens=own.max_state,
            dialogue=own.dialogue,
        )
        self._collator = Collator(backbone.tokenizer.pad_token_id, backbone.causal)
        self.facts = {
            "parameters": sum(p.numel() for p in self._model.parameters()),
            "trainable_parameters": sum(p.numel() for p in self._model.parameters() if p.requires_grad),
            "device": device.type,
            "dtype": dtype_name(s.precision, device),
            "generation_dtype": dtype_name(generation_precision(s.precision, device), device),
        }


def average(model: Any, start: Mapping[str, Tensor], share: float) -> None:
    """Moves trained weights back towards their start: ``share`` of the way (WiSE-FT, Wortsman et al. 2022)."""
    import torch

    with torch.no_grad():
        for name, weight in model.named_parameters() if share else ():
            weight.lerp_(start[name], share)


def _read_facts(file: Path) -> dict[str, Any]:
    facts = read_configuration(file)
    if not isinstance(facts, dict):
        raise TodsumError(f"{file}: not the facts of a trained method (no JSON object)")
    return facts
