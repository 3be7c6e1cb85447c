"""The training loop: seeded, resumable to the bit, with early stopping on the dev loss.

Several processes of a launcher share each step: every one takes its part of the batch, and gradients and losses are
added up, so that they take the steps that one process would take.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from todsum import distributed
from todsum.errors import TodsumError
from todsum.out_of_memory import first_line, is_out_of_memory, release
from todsum.training.attention import quick_attention
from todsum.training.checkpoint import Checkpoints, Progress
from todsum.training.clock import Clock
from todsum.training.collator import Collator, epoch_batches
from todsum.training.encoding import Encoded
from todsum.training.joint import count_tokens, make_accelerator, part_of, share_weights, sum_gradients
from todsum.training.loss import mean_loss, token_loss
from todsum.training.memory import checkpointing, keep_freed_memory
from todsum.training.runtime import Precision, autocast, deterministic, dtype_name, seed_step

if TYPE_CHECKING:
    import torch
    from torch import Tensor

CLIP_NORM = 1.0


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How to train; see :class:`todsum.methods.finetune.FinetuneSettings` for the meaning of each."""

    learning_rate: float
    epochs: int
    max_steps: int | None
    batch_size: int
    warmup_share: float
    weight_decay: float
    patience: int | None
    precision: Precision

    def steps(self, examples: int) -> int:
        """Optimizer steps of a whole run."""
        steps = self.epochs * math.ceil(examples / self.batch_size)
        return steps if self.max_steps is None else min(steps, self.max_steps)

    def rate(self, step: int, total: int) -> float:
        """The learning rate of a step (from 0): linear warm-up, then linear decay to 0."""
        warmup = round(self.warmup_share * total)
        if step < warmup:
            return self.learning_rate * (step + 1) / (warmup + 1)
        return self.learning_rate * (total - step) / (total - warmup)


@dataclass(frozen=True)
class Thrift:
    """How to spend less memory on a step, which stays the same but for rounding and the draws of dropout.

    Attributes:
        at_once: examples whose gradients are made together; those of a step add up. None: all of them.
        checkpointing: whether activations are computed again in the backward pass instead of kept.
    """

    at_once: int | None = None
    checkpointing: bool = False


PLENTY = Thrift()
"""Memory enough: nothing is spared."""


class Trainer:
    """Trains the parameters of a model that require gradients.

    Where memory is too small for a step, half as many examples are taken at once, from then on; the progress that
    :meth:`train` returns says how many.

    Args:
        model: on ``device``; has the ``forward`` of a transformers model.
        collator: of the model's kind.
        plan: how to train.
        seed: decides order and dropout.
        device: of the model.
        folder: for checkpoints. A run that was killed goes on from there.
        log: called with lines of progress.
        thrift: how to spend less memory.
    """

    def __init__(
        self,
        model: Any,
        collator: Collator,
        plan: Plan,
        seed: int,
        device: torch.device,
        folder: Path,
        log: Callable[[str], None],
        thrift: Thrift = PLENTY,
    ) -> None:
        import torch

        self.model, self.collator, self.plan, self.seed, self.device = model, collator, plan, seed, device
        self.thrift = thrift
        self.accelerator = make_accelerator(device)
        self.folder, self.log = folder, log if distributed.is_main() else _silent
        self._best: dict[str, Tensor] | None = None  # weights of the best step, until they are on disk
        self.weights: dict[str, Tensor] = {n: p for n, p in model.named_parameters() if p.requires_grad}
        decayed = [p for p in self.weights.values() if p.ndim > 1]
        plain = [p for p in self.weights.values() if p.ndim <= 1]  # biases and norms
        self.optimizer = torch.optim.AdamW(
            [{"params": decayed, "weight_decay": plan.weight_decay}, {"params": plain, "weight_decay": 0.0}],
            lr=plan.learning_rate,
            fused=True,
        )

    def train(self, train: Sequence[Encoded], dev: Sequence[Encoded]) -> Progress:
        """Trains, and leaves the model in eval mode with the weights of the lowest dev loss (without dev: the last).

        Raises:
            TodsumError: the folder holds another run's checkpoint, or the loss is no longer finite.
        """
        if not train:
            raise TodsumError("no training examples; choose a protocol or setting that has some")
        fingerprint = self._fingerprint(train, dev)
        if set(distributed.gather(fingerprint)) != {fingerprint}:
            raise TodsumError("the processes of this run differ in data, settings or model; start them all alike")
        checkpoints = Checkpoints(self.folder, fingerprint)
        progress = checkpoints.read_progress()
        if distributed.is_main():
            checkpoints.tidy(progress)
        if progress.step:
            self._restore(checkpoints, progress)
        else:
            progress.at_once = self.thrift.at_once
        share_weights(self.weights)
        if self.device.type == "cpu":
            keep_freed_memory()
        if not progress.finished:
            longest, most = max(len(example) for example in train), self._most(progress)
            with (
                deterministic(),
                checkpointing(self.model, self.thrift.checkpointing),
                quick_attention(self.model, self.plan.precision, self.device, most, longest),
            ):
                self._loop(train, dev, checkpoints, progress)
            progress.finished = True
            if progress.best_step is not None:
                self._set_weights(self._best or checkpoints.read_best(progress))
            distributed.agree()  # all have read what is removed now
            if distributed.is_main():
                checkpoints.write_final(progress, self.weights)
        self.model.eval()
        return progress

    def _loop(
        self, train: Sequence[Encoded], dev: Sequence[Encoded], checkpoints: Checkpoints, progress: Progress
    ) -> None:
        lengths = [len(example) for example in train]
        per_epoch, total = math.ceil(len(train) / self.plan.batch_size), self.plan.steps(len(train))
        batches: list[list[int]] = []
        clock = Clock(progress.step, total, self.log)
        self.model.train()
        while progress.step < total and not self._stops(progress):
            epoch, position = divmod(progress.step, per_epoch)
            if position == 0 or not batches:
                batches = epoch_batches(lengths, self.plan.batch_size, self.seed, epoch)
            loss = self._step([train[i] for i in batches[position]], progress, total)
            progress.step += 1
            clock.tick(progress.step, loss)
            whole = position + 1 == per_epoch or progress.step == total
            if whole and dev:
                self._evaluate(dev, progress)
            if distributed.is_main() and clock.checkpoint_due(whole):
                self._write(checkpoints, progress)
                clock.checkpoint_written()

    def _step(self, examples: Sequence[Encoded], progress: Progress, total: int) -> float:
        step = progress.step
        for group in self.optimizer.param_groups:
            group["lr"] = self.plan.rate(step, total)
        part = part_of(examples)
        tokens = count_tokens(examples)
        # a process without a part of its own adds nothing, in as many steps as the others
        loss = self._gradients(part, tokens, progress) if part else self._gradients(examples[:1], math.inf, progress)
        value = sum_gradients(self.accelerator, loss, list(self.weights.values()))
        if not math.isfinite(value):
            raise TodsumError(f"the training loss is {value} at step {step + 1}; lower learning_rate")
        norm = self.accelerator.clip_grad_norm_(self.weights.values(), CLIP_NORM)
        if norm is not None and not math.isfinite(norm):
            raise TodsumError(f"the gradients of step {step + 1} are not finite, as the loss is; try precision fp32")
        self.optimizer.step()
        return value

    def _gradients(self, examples: Sequence[Encoded], tokens: float, progress: Progress) -> Tensor:
        """Leaves the gradients of a step, of as many examples at once as fit into memory.

        Args:
            examples: at least one.
            tokens: that the loss is the mean over, those of other processes included.
            progress: keeps how many fitted.

        Returns:
            The loss, as these examples' part of the mean.
        """
        while True:
            at_once = min(progress.at_once or len(examples), len(examples))
            try:
                return self._add_up(examples, tokens, progress.step, at_once)
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                if at_once == 1:
                    raise TodsumError(
                        f"out of memory with one example alone ({first_line(error)}); "
                        "set checkpointing, or lower max_source_tokens"
                    ) from error
            progress.at_once = (at_once + 1) // 2
            self.log(f"out of memory with {at_once} examples: {progress.at_once} at once from now on")
            self.optimizer.zero_grad()
            release()

    def _add_up(self, examples: Sequence[Encoded], tokens: float, step: int, at_once: int) -> Tensor:
        seed_step(self.seed, step, distributed.index())
        self.optimizer.zero_grad()
        losses = []
        for start in range(0, len(examples), at_once):
            some = examples[start : start + at_once]
            batch = {k: v.to(self.device) for k, v in self.collator.training(some).items()}
            with autocast(self.plan.precision, self.device):
                loss = token_loss(self.model, batch, self.collator.causal)
            loss = loss * (count_tokens(some) / tokens)
            self.accelerator.backward(loss)
            losses.append(loss.detach())
        return sum(losses[1:], losses[0])

    def _most(self, progress: Progress) -> int:
        """Examples at once."""
        return min(progress.at_once or self.plan.batch_size, self.plan.batch_size)

    def _evaluate(self, dev: Sequence[Encoded], progress: Progress) -> None:
        plan = self.plan
        loss = mean_loss(self.model, dev, self.collator, self._most(progress), self.device, plan.precision)
        better = progress.best_loss is None or loss < progress.best_loss
        self.log(f"step {progress.step}: dev loss {loss:.4f}{' (best)' if better else ''}")
        if better:
            self._best = {name: weight.detach().clone() for name, weight in self.weights.items()}
            progress.best_step, progress.best_loss, progress.evaluations_since_best = progress.step, loss, 0
        else:
            progress.evaluations_since_best += 1

    def _stops(self, progress: Progress) -> bool:
        return self.plan.patience is not None and progress.evaluations_since_best >= self.plan.patience

    def _write(self, checkpoints: Checkpoints, progress: Progress) -> None:
        """The best weights first: no checkpoint tells of a best step that is not on disk."""
        if self._best is not None and progress.best_step is not None:
            checkpoints.write_best(progress.best_step, self._best)
            self._best = None
        checkpoints.write(progress, self.weights, self._moments())

    def _restore(self, checkpoints: Checkpoints, progress: Progress) -> None:
        self._set_weights(checkpoints.read_weights())
        if progress.finished:
            return
        self.log(f"going on from step {progress.step}")
        moments = checkpoints.read_moments()
        for name, parameter in self.weights.items():
            self.optimizer.state[parameter] = {
                key: moments[f"{key}:{name}"].to(self.device)
                for key in ("step", "exp_avg", "exp_avg_sq")
                if f"{key}:{name}" in moments
            }

    def _set_weights(self, saved: dict[str, Tensor]) -> None:
        import torch

        if saved.keys() != self.weights.keys():
            raise TodsumError(f"{self.folder}: holds the checkpoint of another model; remove it, or use another folder")
        with torch.no_grad():
            for name, weight in self.weights.items():
                weight.copy_(saved[name])

    def _moments(self) -> dict[str, Tensor]:
        state = self.optimizer.state
        return {f"{key}:{name}": t for name, p in self.weights.items() for key, t in state.get(p, {}).items()}

    def _fingerprint(self, train: Sequence[Encoded], dev: Sequence[Encoded]) -> str:
        """Of everything that decides the outcome, but for the values of the initial weights."""
        shapes = {name: list(weight.shape) for name, weight in self.weights.items()}
        dtype = dtype_name(self.plan.precision, self.device)
        examples = [example.learnt() for example in [*train, *dev]]
        facts = [asdict(self.plan), self.seed, self.device.type, dtype, shapes, examples, len(dev)]
        facts += [asdict(self.thrift)] if self.thrift != PLENTY else []
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _silent(line: str) -> None:
    """Only the main process tells of its progress."""
