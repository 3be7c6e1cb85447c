"""How the time of a dialogue grows with its length, in generation and in training.

Run as ``python benchmarks/speed/length.py --data DIR [--device cuda]``; prints one JSON object. Real dialogues are put
one after the other and cut into sources of exactly 128, 256 … tokens; summaries have as many tokens at each length.
The model is the small one that is trained from scratch, as the suite has it but for its positions, with random weights.
Times are of whole calls for several dialogues, divided by their number; medians of the rounds, after a call that is not
counted. ``growth`` is the time of the longest over that of the shortest: as much as the length where it grows with it.
"""

from __future__ import annotations

import argparse
import copy
import json
import statistics
import tempfile
from itertools import chain
from pathlib import Path
from typing import Any

import devices
import torch
from real_data import RealData, read

from todsum.training.collator import Collator
from todsum.training.encoding import Encoded
from todsum.training.generation import Decoding, generate
from todsum.training.trainer import Plan, Trainer

BATCH = 8
MOST_TOKENS = 32 * (512 + 128)  # of a batch in generation, as with the defaults of a model from scratch


def pieces(data: RealData, tokens: int, count: int) -> list[tuple[int, ...]]:
    """Sources of exactly so many tokens."""
    ids = list(chain.from_iterable(example.source for example in data.train))
    if len(ids) < tokens * count:
        raise RuntimeError(f"too few dialogues for {count} of {tokens} tokens")
    return [tuple(ids[tokens * i : tokens * (i + 1)]) for i in range(count)]


def generation(data: RealData, sources: list[tuple[int, ...]], written: int, device: torch.device) -> float:
    tokenizer = data.backbone.tokenizer
    decoding = Decoding(beams=1, min_tokens=written, max_tokens=written, precision="auto", most_tokens=MOST_TOKENS)
    model, collator = data.backbone.model, Collator(tokenizer.pad_token_id, False)
    return devices.seconds(lambda: generate(model, tokenizer, collator, sources, decoding, device), device)


def training(data: RealData, sources: list[tuple[int, ...]], written: int, device: torch.device) -> float:
    tokenizer = data.backbone.tokenizer
    targets = pieces(data, written, len(sources))
    examples = [Encoded(source, target) for source, target in zip(sources, targets, strict=True)]
    plan = Plan(
        learning_rate=1e-3,
        epochs=1,
        max_steps=None,
        batch_size=BATCH,
        warmup_share=0.0,
        weight_decay=0.0,
        patience=None,
        precision="auto",
    )
    model, collator = copy.deepcopy(data.backbone.model), Collator(tokenizer.pad_token_id, False)
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(model, collator, plan, 0, device, Path(folder), lambda line: None)
        return devices.seconds(lambda: trainer.train(examples, []), device)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with todsum/ in it")
    parser.add_argument("--lengths", type=int, nargs="+", default=[128, 256, 512, 1024, 2048], help="tokens")
    parser.add_argument("--written", type=int, default=48, help="tokens of a summary")
    parser.add_argument("--dialogues", type=int, default=64, help="at each length")
    parser.add_argument("--rounds", type=int, default=3)
    devices.add_options(parser)
    options = parser.parse_args()
    device = devices.prepare(options)
    data = read(options.data, "scratch", positions=max(options.lengths))
    data.backbone.model.to(device)
    measures = {"generation": generation, "training": training}
    found: list[dict[str, Any]] = []
    for tokens in sorted(options.lengths):
        sources = pieces(data, tokens, options.dialogues)
        found.append({"source_tokens": tokens})
        for name, measure in measures.items():
            measure(data, sources[:BATCH], options.written, device)
            taken = [measure(data, sources, options.written, device) for _ in range(options.rounds)]
            found[-1][f"{name}_ms"] = 1000 * statistics.median(taken) / len(sources)
    report = {
        "machine": devices.described(device),
        "dialogues": options.dialogues,
        "written_tokens": options.written,
        "lengths": found,
        "longest_to_shortest": found[-1]["source_tokens"] / found[0]["source_tokens"],
        "growth": {name: found[-1][f"{name}_ms"] / found[0][f"{name}_ms"] for name in measures},
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
