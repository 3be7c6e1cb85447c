"""Trains a tiny model, alone or as one of several processes, and tells what came of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from tests.training import tiny
from tests.training.test_trainer import encoded, trainer
from todsum import distributed
from todsum.modeling import StateAwareForConditionalGeneration
from todsum.training import clock
from todsum.training.collator import Collator
from todsum.training.encoding import Encoded


@dataclass
class Trained:
    """What a process ends with, and what it said. ``gradients`` are the running means of clipped ones."""

    weights: dict[str, Any]
    gradients: dict[str, Any]
    dev_losses: list[float]
    lines: list[str]
    best_step: int | None


def train(folder: Path, kind: str, fails_at: int | None = None, **changes: Any) -> Trained:
    """Trains for three epochs of batches of 4, 4 and 1: a second process has no part in the last one.

    Args:
        folder: for checkpoints, of which there is one after every step.
        kind: ``bart``, or ``state-aware`` where some batches or their parts have no state.
        fails_at: the step at which the second process meets an error.
        changes: of the plan.
    """
    clock.CHECKPOINT_SECONDS = clock.EPOCH_CHECKPOINT_SECONDS = -1.0
    clock.CHECKPOINT_SHARE = float("inf")
    made = trainer(folder, model=_model(kind), **({"epochs": 3, "batch_size": 4} | changes))
    if fails_at is not None and distributed.index() == 1:
        made.collator = _Failing(made.collator, fails_at)
    lines: list[str] = []
    if distributed.is_main():
        made.log = lines.append
    with distributed.together():
        progress = made.train(_data(kind, 9), _data(kind, 3))
    losses = [float(found[1]) for line in lines if (found := re.search(r"dev loss (\S+)", line))]
    weights = {name: weight.detach().numpy() for name, weight in made.weights.items()}
    means = {name: made.optimizer.state[weight].get("exp_avg") for name, weight in made.weights.items()}
    gradients = {name: None if mean is None else mean.numpy() for name, mean in means.items()}
    return Trained(weights, gradients, losses, lines, progress.best_step)


def _model(kind: str) -> Any:
    if kind == "bart":
        return tiny.model("bart")
    torch.manual_seed(0)
    return StateAwareForConditionalGeneration.from_backbone(tiny.model("pegasus"))


def _data(kind: str, n: int) -> list[Encoded]:
    if kind == "bart":
        return encoded(n)
    encode = tiny.encoder(tiny.tokenizer("pegasus"), structure="state", max_state_tokens=60)
    made = [encode(example) for example in tiny.examples(n)]
    return [Encoded(e.source, e.target) if i % 3 else e for i, e in enumerate(made)]


class _Failing(Collator):
    def __init__(self, collator: Collator, step: int) -> None:
        super().__init__(collator.pad, collator.causal)
        self.left = step

    def training(self, batch: Any) -> dict[str, torch.Tensor]:
        self.left -= 1
        if not self.left:
            raise OSError("no longer there")
        return super().training(batch)
