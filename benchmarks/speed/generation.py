"""How much faster the suite generates than a loop over the examples, and that the summaries are the same.

Run as ``python benchmarks/speed/generation.py --data DIR [--device cuda]``; prints one JSON object. A model is trained
for an epoch first, so that it ends its summaries. Then the loop calls ``model.generate`` for one dialogue after the
other; the suite is given all of them at once, as its methods give them. Both are greedy, with a cache, in the same
precision, and take turns in one process; a ratio is of medians over the rounds. ``beams_4`` compares a search with
four beams likewise.

On a processor the loop may be quicker with one thread than with torch's own number of them, which it does not keep
busy: it is run both ways, and ``ratio`` compares the suite with the quicker one, ``ratio_same_threads`` with the one
that has the suite's threads. ``OMP_WAIT_POLICY`` is not set, as the command line does, for that makes the loop slower.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import devices
import torch
from real_data import MAX_SOURCE, MAX_TARGET, RealData, read

from todsum.methods.trained_settings import MINI, MINI_DEFAULTS
from todsum.training.collator import Collator
from todsum.training.generation import Decoding, generate
from todsum.training.runtime import Precision, autocast, dtype_name, generation_precision
from todsum.training.trainer import Plan, Trainer

#: Of a batch, as :class:`todsum.methods.writer.Writer` has it with the defaults of todsum-mini.
MOST_TOKENS = int(MINI_DEFAULTS["eval_batch_size"]) * (MAX_SOURCE + MAX_TARGET)

Sources = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Ring:
    """What the contestants have in common: model and data, the device, and the precision."""

    data: RealData
    device: torch.device
    precision: Precision

    @torch.inference_mode()
    def loop(self, sources: Sources, beams: int) -> list[str]:
        """A summary a source, one by one."""
        model, tokenizer = self.data.backbone.model, self.data.backbone.tokenizer
        made = []
        for source in sources:
            ids = torch.tensor([source], device=self.device)
            with autocast(generation_precision(self.precision, self.device), self.device):
                output = model.generate(
                    input_ids=ids,
                    attention_mask=torch.ones_like(ids),
                    do_sample=False,
                    num_beams=beams,
                    max_new_tokens=MAX_TARGET,
                )
            text = tokenizer.decode(output[0], skip_special_tokens=True, clean_up_tokenization_spaces=False)
            made.append(text.strip())
        return made

    def suite(self, sources: Sources, beams: int) -> list[str]:
        """A summary a source, as the suite makes them."""
        tokenizer = self.data.backbone.tokenizer
        decoding = Decoding(
            beams=beams, min_tokens=0, max_tokens=MAX_TARGET, precision=self.precision, most_tokens=MOST_TOKENS
        )
        collator = Collator(tokenizer.pad_token_id, False)
        return generate(self.data.backbone.model, tokenizer, collator, sources, decoding, self.device)


def contest(ring: Ring, sources: Sources, beams: int, rounds: int) -> dict[str, Any]:
    loop, threads = "loop", torch.get_num_threads()
    taken: dict[str, list[float]] = {loop: [], "loop_one_thread": [], "suite": []}
    made: dict[str, list[str]] = {}

    def run(name: str) -> None:
        work = ring.suite if name == "suite" else ring.loop
        torch.set_num_threads(1 if name == "loop_one_thread" else threads)
        try:
            taken[name].append(devices.seconds(lambda: made.update({name: work(sources, beams)}), ring.device))
        finally:
            torch.set_num_threads(threads)

    ring.loop(sources[:1], beams), ring.suite(sources[:2], beams)  # what is made at the first call
    for _ in range(rounds):
        if ring.device.type == "cpu" and threads > 1:
            run("loop_one_thread")
        run(loop)
        run("suite")
    quickest = min((name for name in taken if name != "suite" and taken[name]), key=lambda name: min(taken[name]))
    pairs = list(zip(made[loop], made["suite"], strict=True))
    return {
        "dialogues": len(sources),
        "seconds": taken,
        "compared_with": quickest,
        "ratio": statistics.median(taken[quickest]) / statistics.median(taken["suite"]),
        "ratio_same_threads": statistics.median(taken[loop]) / statistics.median(taken["suite"]),
        "same_summaries": sum(a == b for a, b in pairs) / len(pairs),
        "different_summaries": len(set(made[loop])),
        "mean_words": statistics.mean(len(text.split()) for text in made[loop]),
    }


def teach(ring: Ring, epochs: int, steps: int | None) -> None:
    plan = Plan(
        learning_rate=2e-3,
        epochs=epochs,
        max_steps=steps,
        batch_size=8,
        warmup_share=0.05,
        weight_decay=0.0,
        patience=None,
        precision="auto",
    )
    model, collator = ring.data.backbone.model, Collator(ring.data.backbone.tokenizer.pad_token_id, False)
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(model, collator, plan, 0, ring.device, Path(folder), lambda line: None)
        trainer.train(ring.data.train, [])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with todsum/ in it")
    parser.add_argument("--backbone", default=MINI, help="default: %(default)s")
    parser.add_argument("--dialogues", type=int, default=192, help="the first so many test dialogues")
    parser.add_argument("--beam-dialogues", type=int, help="the same for the beams; default: a quarter of them")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--beam-rounds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=2, help="of training before")
    parser.add_argument("--steps", type=int, help="of training before, at most")
    parser.add_argument("--precision", choices=("auto", "fp32", "bf16"), default="auto")
    devices.add_options(parser)
    options = parser.parse_args()
    device = devices.prepare(options)
    ring = Ring(read(options.data, options.backbone), device, options.precision)
    ring.data.backbone.model.to(device)
    teach(ring, options.epochs, options.steps)
    sources = [example.source for example in ring.data.test[: options.dialogues]]
    fewer = sources[: options.beam_dialogues or max(1, len(sources) // 4)]
    report = {
        "backbone": options.backbone,
        "machine": devices.described(device),
        "most_tokens": MOST_TOKENS,
        "precision": dtype_name(generation_precision(options.precision, device), device),
        "greedy": contest(ring, sources, 1, options.rounds),
        "beams_4": contest(ring, fewer, 4, options.beam_rounds),
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
