"""Writes a pretrained backbone as it is shipped: weights in bf16, tokenizer, model card."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from todsum.data.simulation.ontology import TODSUM_DOMAINS
from todsum.modeling.backbones import MINI, Backbone
from todsum.pretraining.copying import Copied
from todsum.pretraining.corpus import CURRICULUM, DOMAINS, HELD_OUT, TaskName
from todsum.pretraining.training import Recipe

_CARD = """---
license: apache-2.0
language: en
library_name: transformers
pipeline_tag: summarization
tags: [dialogue-summarization, todsum]
---

# {name}

A backbone that is small enough to ship: a pre-LN encoder–decoder (Pegasus architecture) with {parameters:,} parameters
and a byte-level BPE of {tokens:,} tokens (lower-cased, digits one by one), for `todsum-bench` on machines without a
model hub. It is a start for fine-tuning, no summarizer: it was never trained on a real dialogue.

## Training data

Simulated dialogues, states and summaries of {domains}: some {examples:,} pairs, each
made once. After a while of copying made-up names, and then of state → summary alone, the tasks are:
{shares}.

Most open values, half of the domains' names and most times of day are made-up words, so that it learns to copy them.
None of TODSum's domains ({todsum}) is in it, nor are {held_out}, which test it
below. The tokenizer learnt from the same data.

## Training

    {command} pretrain --seed {seed} --steps {steps} --out DIR

Seeded; {pairs} pairs a step on average, AdamW, learning rate {learning_rate:g}, linear decay over the last fifth, in
{dtype}.

## Copying

Made-up values of {held_out}, of words that no training saw, that stand in the greedy summary ({n} dialogues):

| source | values copied | share |
|---|---|---|
{copying}
"""


def release(backbone: Backbone, folder: Path) -> None:
    """Writes ``model.safetensors`` (bf16), configuration and tokenizer; the model is in bf16 afterwards."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    model: Any = backbone.model
    model.to(torch.bfloat16).save_pretrained(folder)
    backbone.tokenizer.save_pretrained(folder)


def write_card(
    backbone: Backbone,
    folder: Path,
    recipe: Recipe,
    steps: int,
    dtype: str,
    processes: int,
    dialogues: int,
    copied: Mapping[TaskName, Copied],
) -> None:
    """Writes ``README.md``, the model card.

    Args:
        backbone: as it was written.
        folder: where it was.
        recipe, steps, dtype, processes: how it was trained, and by how many processes together.
        dialogues: how many the test of copying had.
        copied: what came of it, by the kind of source.
    """
    model: Any = backbone.model
    card = _CARD.format(
        name=MINI,
        parameters=sum(weight.numel() for weight in model.parameters() if weight.requires_grad),
        tokens=len(backbone.tokenizer),
        domains=_listed(DOMAINS),
        examples=steps * recipe.pairs,
        shares=", ".join(f"{task} {share:.0%}" for task, share in CURRICULUM[-1][1].items()),
        todsum=_listed(TODSUM_DOMAINS),
        held_out=_listed(HELD_OUT),
        command="todsum-bench" if processes == 1 else f"torchrun --nproc_per_node {processes} -m todsum",
        seed=recipe.seed,
        steps=steps,
        pairs=recipe.pairs,
        learning_rate=recipe.learning_rate,
        dtype=dtype,
        n=dialogues,
        copying="\n".join(f"| {task} | {c.found} of {c.values} | {c.share:.1%} |" for task, c in copied.items()),
    )
    (folder / "README.md").write_text(card, encoding="utf-8")


def _listed(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
