"""What bf16 and ``torch.compile`` gain: a frozen BART, the same with a domain prefix, and the state-aware model.

Run as ``python benchmarks/speed/compiled.py``; prints one JSON object. Each model makes forward passes in evaluation
mode on one padded batch, all of one shape: in fp32, in bf16, and in bf16 compiled as one graph. ``seconds`` is the
median of the rounds, ``ratio`` how many times as quick as the same model in fp32, not compiled. ``error`` is the
largest difference of its logits from those, as a share of the largest logit; ``compile_seconds`` is the first call.
"""

from __future__ import annotations

import copy
import json
import statistics
from functools import partial
from typing import Any

import devices
import torch
from domain_prefix import FIRST_WORD, VOCABULARY, make_backbone, make_batch, read_options
from peft import get_peft_model

from todsum.modeling import StateAwareForConditionalGeneration
from todsum.modeling.domain_prefix import DomainPrefixConfig

WAYS = {"fp32": (torch.float32, False), "bf16": (torch.bfloat16, False), "bf16, compiled": (torch.bfloat16, True)}
"""Precision, and whether compiled."""


def make_models(words: int, device: torch.device) -> dict[str, Any]:
    """The three models, with the same weights but for what is added."""
    frozen = make_backbone().to(device)
    config = DomainPrefixConfig(domain_words=list(range(FIRST_WORD, FIRST_WORD + words)))
    prefixed: Any = get_peft_model(copy.deepcopy(frozen), config).to(device).eval()
    return {
        "frozen": frozen,
        "prefix": prefixed.get_base_model(),
        "state-aware": StateAwareForConditionalGeneration.from_backbone(frozen).to(device).eval(),
    }


@torch.no_grad()
def measure(model: Any, batch: dict[str, torch.Tensor], rounds: int, device: torch.device) -> dict[str, Any]:
    """Each way, the first of which the others are compared with."""
    report: dict[str, Any] = {}
    expected = model(**batch, use_cache=False).logits.float()
    for name, (dtype, is_compiled) in WAYS.items():
        own = copy.deepcopy(model).to(dtype)
        run = partial(torch.compile(own, fullgraph=True) if is_compiled else own, **batch, use_cache=False)
        first = devices.seconds(run, device)
        taken = statistics.median(devices.seconds(run, device) for _ in range(rounds))
        error = float((run().logits.float() - expected).abs().max() / expected.abs().max())
        report[name] = {"seconds": taken, "error": error}
        report[name]["ratio"] = report["fp32"]["seconds"] / taken
        if is_compiled:
            report[name]["compile_seconds"] = first
    return report


def main() -> None:
    options = read_options(__doc__, rounds=9)
    device = devices.prepare(options)
    batch = make_batch(options.batch_size, options.source, options.target)
    state = torch.randint(FIRST_WORD, VOCABULARY, (options.batch_size, 64))
    report: dict[str, Any] = {
        "machine": devices.described(device),
        "tokens": {"prefix": options.words, "source": options.source, "state": 64, "target": options.target},
        "batch_size": options.batch_size,
    }
    for name, model in make_models(options.words, device).items():
        shown = batch | ({"state_input_ids": state} if name == "state-aware" else {})
        given = {key: tensor.to(device) for key, tensor in shown.items()}
        report[name] = measure(model, given, options.rounds, device)
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
