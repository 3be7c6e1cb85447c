"""Pretraining: seeded, resumable, on an endless corpus that is made as it is read."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from todsum import distributed
from todsum.errors import TodsumError
from todsum.modeling import scratch
from todsum.modeling.backbones import Backbone
from todsum.pretraining.corpus import CURRICULUM, Pair, pair
from todsum.pretraining.start import make_copying_easy
from todsum.training.attention import quick_attention
from todsum.training.checkpoint import Checkpoints, Progress
from todsum.training.clock import Clock
from todsum.training.collator import Collator
from todsum.training.encoding import Encoded
from todsum.training.joint import count_tokens, make_accelerator, part_of, share_weights, sum_gradients
from todsum.training.loss import token_loss
from todsum.training.memory import keep_freed_memory
from todsum.training.runtime import Precision, autocast, seed_step

if TYPE_CHECKING:
    from torch import Tensor

DECODER_LAYERS = 3
MAX_POSITIONS = 768
TOKENIZER_PAIRS = 20_000
"""Pairs that the tokenizer learns from."""
POOL = 40
"""Batches that are made, and grouped by length, together."""
TARGET_COST = 2
"""What a token to write costs, in tokens to read."""
COPIES = 5
"""While there is nothing but short copies to learn, a step has so many times the pairs."""


@dataclass(frozen=True)
class Recipe:
    """What decides the result, but for the number of steps.

    Attributes:
        seed: of corpus, tokenizer, weights and order.
        pairs: of a step, on average: a step has few long ones or many short ones.
        learning_rate: after 200 steps of warm-up constant, over the last fifth of the steps falling to 0. Up to
            there a run does not depend on its length: it can be gone on with for longer.
        max_source_tokens: longer sources are cut.
        precision: of the computation; weights are kept in fp32.
    """

    seed: int = 0
    pairs: int = 16
    learning_rate: float = 1e-3
    max_source_tokens: int = 512
    precision: Precision = "bf16"


LEVEL = "level"
"""Folder of the checkpoint where the rate began to fall."""
WARM_UP_STEPS, DECAY_SHARE, WEIGHT_DECAY, CLIP_NORM = 200, 0.2, 0.01, 1.0


def rate(step: int, steps: int, peak: float) -> float:
    """The learning rate of a step (from 0): up over 200 steps, level, then linearly to 0 over the last fifth."""
    return peak * min(1.0, (step + 1) / WARM_UP_STEPS, (steps - step) / max(1, steps - level_until(steps)))


def level_until(steps: int) -> int:
    """The step at which the learning rate of a run begins to fall."""
    return steps - round(DECAY_SHARE * steps)


def untrained(seed: int) -> Backbone:
    """The tokenizer, learnt from the first pairs of the corpus, and the untrained model with its starting weights."""
    pairs = (pair(index, seed) for index in range(TOKENIZER_PAIRS))
    texts = (text for made in pairs for text in (made.source, made.target))
    backbone = scratch.build(texts, seed, MAX_POSITIONS, decoder_layers=DECODER_LAYERS)
    make_copying_easy(backbone.model, seed)
    return backbone


def pretrain(recipe: Recipe, steps: int, folder: Path, log: Callable[[str], None]) -> Backbone:
    """Trains a backbone from nothing; killed and called again, it goes on from its last checkpoint.

    The processes of a launcher share each step, as in :mod:`todsum.training.trainer`.

    Args:
        recipe: how.
        steps: how long. More steps than in an earlier call go on from where its rate began to fall, or before.
        folder: for checkpoints.
        log: called with lines of progress.

    Raises:
        TodsumError: the folder holds a checkpoint of another recipe, or only some that are past the point where this
            run's learning rate would have begun to fall.
    """
    import torch

    device = torch.device("cpu")
    accelerator = make_accelerator(device)
    backbone = untrained(recipe.seed)
    model: Any = backbone.model
    weights = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    optimizer = torch.optim.AdamW(weights.values(), lr=recipe.learning_rate, weight_decay=WEIGHT_DECAY, fused=True)
    checkpoints, progress = _start(folder, _fingerprint(recipe), steps)
    if distributed.is_main():
        checkpoints.tidy(progress)
    if progress.step:
        _restore(checkpoints, weights, optimizer)
        log(f"going on from step {progress.step}")
    checkpoints, progress.total = Checkpoints(folder, progress.fingerprint), steps
    share_weights(weights)
    collator = Collator(backbone.tokenizer.pad_token_id, causal=False)
    clock = Clock(progress.step, steps, log)
    stream = batches(recipe, backbone.tokenizer, progress.step)
    keep_freed_memory()
    model.train()
    with quick_attention(model, recipe.precision, device, recipe.pairs, recipe.max_source_tokens):
        for step, batch in zip(range(progress.step, steps), stream, strict=False):
            seed_step(recipe.seed, step, distributed.index())
            for group in optimizer.param_groups:
                group["lr"] = rate(step, steps, recipe.learning_rate)
            part = part_of(batch)
            with autocast(recipe.precision, device):
                loss = token_loss(model, collator.training(part or batch[:1]), causal=False)
            loss = loss * (count_tokens(part) / count_tokens(batch))
            optimizer.zero_grad()
            accelerator.backward(loss)
            value = sum_gradients(accelerator, loss, list(weights.values()))
            if not math.isfinite(value):
                raise TodsumError(f"the loss is {value} at step {step + 1}; lower the learning rate")
            accelerator.clip_grad_norm_(weights.values(), CLIP_NORM)
            optimizer.step()
            progress.step = step + 1
            clock.tick(progress.step, value)
            if distributed.is_main() and progress.step == level_until(steps):
                Checkpoints(folder / LEVEL, progress.fingerprint).write(progress, weights, _moments(weights, optimizer))
            if distributed.is_main() and (clock.checkpoint_due(False) or progress.step == steps):
                checkpoints.write(progress, weights, _moments(weights, optimizer))
                clock.checkpoint_written()
    model.eval()
    return backbone


def batches(recipe: Recipe, tokenizer: Any, start: int = 0) -> Iterator[list[Encoded]]:
    """The batches of the corpus from step ``start`` on: of like lengths, and each about as much to compute.

    They depend on the recipe and their step alone.
    """
    pool, skipped = divmod(start, POOL)
    while True:
        shares = next(shares for until, shares in CURRICULUM if pool * POOL < until)
        size = recipe.pairs * POOL * (COPIES if shares.keys() == {"copy"} else 1)
        first = pool * recipe.pairs * POOL * COPIES
        pairs = [pair(index, recipe.seed, shares) for index in range(first, first + size)]
        encoded = _encode(pairs, tokenizer, recipe.max_source_tokens)
        yield from islice(_grouped(encoded, np.random.default_rng([recipe.seed, pool])), skipped, None)
        pool, skipped = pool + 1, 0


def _grouped(pool: list[Encoded], random: np.random.Generator) -> list[list[Encoded]]:
    """The pool as :data:`POOL` batches of like lengths and equal cost, in any order."""
    ordered = sorted(pool, key=len)
    cost = np.cumsum([len(example.source) + TARGET_COST * len(example.target) for example in ordered])
    bounds = np.searchsorted(cost, np.linspace(0, cost[-1], POOL + 1)[1:-1])
    found = [ordered[i:j] for i, j in zip([0, *bounds], [*bounds, len(ordered)], strict=True)]
    return [found[i] for i in random.permutation(POOL)]


def _encode(pairs: list[Pair], tokenizer: Any, max_source_tokens: int) -> list[Encoded]:
    def ids(texts: list[str]) -> list[list[int]]:
        found: list[list[int]] = tokenizer(texts)["input_ids"]
        return found

    sources, targets = ids([made.source for made in pairs]), ids([made.target for made in pairs])
    end = tokenizer.eos_token_id
    cut = [ids if len(ids) <= max_source_tokens else [*ids[: max_source_tokens - 1], end] for ids in sources]
    return [Encoded(tuple(source), tuple(target)) for source, target in zip(cut, targets, strict=True)]


def _start(folder: Path, fingerprint: str, steps: int) -> tuple[Checkpoints, Progress]:
    """The checkpoint to go on from: the newest one, or the last of a shorter run whose rate had not begun to fall."""
    found = [Checkpoints(folder, fingerprint), Checkpoints(folder / LEVEL, fingerprint)]
    started = [(checkpoints, progress) for checkpoints in found if (progress := checkpoints.read_progress()).step]
    usable = [(checkpoints, progress) for checkpoints, progress in started if _leads_to(progress, steps)]
    if started and not usable:
        newest = started[0][1]
        raise TodsumError(
            f"{folder}: is at step {newest.step} of a run of {newest.total} steps; a run of {steps} can't go on from "
            "where its learning rate is falling; remove it to start over"
        )
    return max(usable, key=lambda pair: pair[1].step, default=(found[0], found[0].read_progress()))


def _leads_to(progress: Progress, steps: int) -> bool:
    """Whether a run of so many steps passes through this point."""
    total = steps if progress.total is None else progress.total
    return total == steps or progress.step <= min(level_until(total), level_until(steps))


def _restore(checkpoints: Checkpoints, weights: dict[str, Tensor], optimizer: Any) -> None:
    import torch

    saved, moments = checkpoints.read_weights(), checkpoints.read_moments()
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(saved[name])
            optimizer.state[weight] = {key: moments[f"{key}:{name}"] for key in ("step", "exp_avg", "exp_avg_sq")}


def _moments(weights: dict[str, Tensor], optimizer: Any) -> dict[str, Tensor]:
    return {f"{key}:{name}": t for name, weight in weights.items() for key, t in optimizer.state[weight].items()}


def _fingerprint(recipe: Recipe) -> str:
    facts = [asdict(recipe), CURRICULUM, DECODER_LAYERS, MAX_POSITIONS, TOKENIZER_PAIRS, POOL, COPIES, TARGET_COST]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
