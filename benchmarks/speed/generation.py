"""How much faster the suite generates than a loop over the examples, and that the summaries are the same.

Run as ``python benchmarks/speed/generation.py --data DIR``; prints one JSON object. A model is trained for an epoch
first, so that it ends its summaries. Then the loop calls ``generate`` for one dialogue after the other; the suite
calls it for batches of dialogues of like length. Both are greedy, with the library's cache, in fp32, and they take
turns in one process; the ratio is the median over the rounds. ``beams_4`` compares a search with four beams likewise.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command line sets it: for both

import argparse
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from real_data import MAX_TARGET, RealData, read

from todsum.modeling.backbones import MINI
from todsum.training.collator import Collator, sorted_batches
from todsum.training.generation import Decoding, generate
from todsum.training.trainer import Plan, Trainer

CPU = torch.device("cpu")
Sources = Sequence[Sequence[int]]


@torch.inference_mode()
def loop(data: RealData, sources: Sources, beams: int) -> list[str]:
    """A summary a source, one by one."""
    model, tokenizer = data.backbone.model, data.backbone.tokenizer
    made = []
    for source in sources:
        ids = torch.tensor([source])
        output = model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            num_beams=beams,
            max_new_tokens=MAX_TARGET,
        )
        made.append(tokenizer.decode(output[0], skip_special_tokens=True, clean_up_tokenization_spaces=False).strip())
    return made


def suite(data: RealData, sources: Sources, beams: int, batch_size: int) -> list[str]:
    """A summary a source, those of like length together."""
    collator = Collator(data.backbone.tokenizer.pad_token_id, False)
    made: dict[int, str] = {}
    for batch in sorted_batches([len(source) for source in sources], batch_size):
        texts = generate(
            data.backbone.model,
            data.backbone.tokenizer,
            collator,
            [sources[i] for i in batch],
            Decoding(beams, 0, MAX_TARGET, "auto"),
            CPU,
        )
        made |= dict(zip(batch, texts, strict=True))
    return [made[i] for i in range(len(sources))]


def contest(data: RealData, sources: Sources, beams: int, batch_size: int, rounds: int) -> dict[str, object]:
    seconds: dict[str, list[float]] = {"loop": [], "suite": []}
    cpu_seconds: dict[str, list[float]] = {"loop": [], "suite": []}
    for _ in range(rounds):
        start = time.perf_counter(), time.process_time()
        slow = loop(data, sources, beams)
        between = time.perf_counter(), time.process_time()
        fast = suite(data, sources, beams, batch_size)
        seconds["loop"].append(between[0] - start[0])
        seconds["suite"].append(time.perf_counter() - between[0])
        cpu_seconds["loop"].append(between[1] - start[1])
        cpu_seconds["suite"].append(time.process_time() - between[1])
    ratios = [a / b for a, b in zip(seconds["loop"], seconds["suite"], strict=True)]
    return {
        "dialogues": len(sources),
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "ratios": ratios,
        "ratio": statistics.median(ratios),
        "same_summaries": sum(a == b for a, b in zip(slow, fast, strict=True)) / len(sources),
        "different_summaries": len(set(slow)),
        "mean_words": statistics.mean(len(text.split()) for text in slow),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with todsum/ in it")
    parser.add_argument("--backbone", default=MINI, help="default: %(default)s")
    parser.add_argument("--dialogues", type=int, default=192, help="the first so many test dialogues")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=2, help="of training before")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    data = read(options.data, options.backbone)
    plan = Plan(2e-3, options.epochs, None, 8, warmup_share=0.05, weight_decay=0.0, patience=None, precision="auto")
    collator = Collator(data.backbone.tokenizer.pad_token_id, False)
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(data.backbone.model, collator, plan, 0, CPU, Path(folder), lambda line: None)
        trainer.train(data.train, [])
    sources = [example.source for example in data.test[: options.dialogues]]
    report = {
        "backbone": options.backbone,
        "machine": {"cpu": platform.machine(), "threads": options.threads, "torch": torch.__version__},
        "batch_size": options.batch_size,
        "greedy": contest(data, sources, 1, options.batch_size, options.rounds),
        "beams_4": contest(data, sources[: len(sources) // 4], 4, options.batch_size, 1),
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
