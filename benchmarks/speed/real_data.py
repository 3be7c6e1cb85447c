"""TODSum's low-resource protocol as token ids, with a small backbone: what the speed of training is measured on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from todsum.data.builder import build
from todsum.data.schema import from_rows
from todsum.errors import TodsumError
from todsum.methods.trained_settings import SCRATCH
from todsum.modeling import backbones, scratch
from todsum.modeling.backbones import Backbone
from todsum.training.encoding import Encoded, ExampleEncoder
from todsum.training.texts import dialogue_text, target_text

MAX_SOURCE, MAX_TARGET = 640, 160  # the defaults with todsum-mini


@dataclass(frozen=True)
class RealData:
    """A backbone, and the splits for it."""

    backbone: Backbone
    train: list[Encoded]
    dev: list[Encoded]
    test: list[Encoded]


def read(data: Path, name: str, positions: int = MAX_SOURCE) -> RealData:
    """The 900, 99 and 999 dialogues.

    Args:
        data: folder with todsum/ in it.
        name: of a backbone; ``scratch`` is an untrained one, with a tokenizer of the training examples.
        positions: tokens that an untrained one has room for.
    """
    splits = {split: from_rows(rows) for split, rows in build("todsum", data, "low-resource").splits.items()}
    if name == SCRATCH:
        texts = [text for e in splits["train"] for text in (dialogue_text(e), target_text(e))]
        backbone = scratch.build(texts, seed=0, max_positions=positions)
    else:
        backbone = backbones.load(name)
    if backbone.causal:
        raise TodsumError(f"backbone {name}: a causal one; pass an encoder–decoder")
    encode = ExampleEncoder(
        tokenizer=backbone.tokenizer,
        causal=False,
        prompt="none",
        max_source_tokens=MAX_SOURCE,
        max_target_tokens=MAX_TARGET,
    )
    train, dev, test = ([encode(example) for example in splits[name]] for name in ("train", "validation", "test"))
    return RealData(backbone, train, dev, test)
