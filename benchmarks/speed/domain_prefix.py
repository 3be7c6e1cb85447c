"""What a domain prefix costs: time against the frozen backbone, start from words against a fit, size of a baked one.

Run as ``python benchmarks/speed/domain_prefix.py``; prints one JSON object. Backbone and prefixed backbone are a random
BART with the same weights and take turns in one process, in fp32; each ratio is the median over the rounds. Forward
passes are in evaluation mode on a padded batch with targets; generation is greedy, with a cache, and of a fixed length,
once under ``torch.no_grad``, as the suite generates, and once in ``torch.inference_mode``.
``initialization`` compares the words' keys and values, taken from the backbone, with 500 steps of Adam on a network
that is to say the same, both at three sites; errors are relative to those keys and values. ``baked`` is the file that a
baked adapter of BART-large's shape is saved as; that model has no weights here.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the command line sets it: for both

import argparse
import copy
import json
import math
import statistics
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import devices
import torch
from peft import get_peft_model, get_peft_model_state_dict
from safetensors.torch import save
from transformers import BartConfig, BartForConditionalGeneration

from todsum.modeling.domain_prefix import DomainPrefixConfig
from todsum.modeling.domain_prefix.harvest import harvest
from todsum.modeling.domain_prefix.layer import DomainPrefixLayer

VOCABULARY, FIRST_WORD = 8000, 100


def make_backbone() -> Any:
    torch.manual_seed(0)
    config = BartConfig(
        vocab_size=VOCABULARY,
        d_model=512,
        encoder_layers=6,
        decoder_layers=6,
        encoder_attention_heads=8,
        decoder_attention_heads=8,
        encoder_ffn_dim=2048,
        decoder_ffn_dim=2048,
    )
    return BartForConditionalGeneration(config).eval()


def make_batch(batch_size: int, source: int, target: int) -> dict[str, torch.Tensor]:
    """Sources from half the length on; the first has the whole."""
    ids = torch.randint(FIRST_WORD, VOCABULARY, (batch_size, source))
    lengths = torch.linspace(source, source // 2, batch_size).long()
    return {
        "input_ids": ids,
        "attention_mask": (torch.arange(source) < lengths[:, None]).long(),
        "decoder_input_ids": torch.randint(FIRST_WORD, VOCABULARY, (batch_size, target)),
    }


def contest(rounds: int, calls: Mapping[str, Callable[[], object]], device: torch.device) -> dict[str, Any]:
    """How long each takes, in turns, and the median of the ratios of the second to the first."""
    for call in calls.values():
        call()
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            taken[name].append(devices.seconds(call, device))
    first, second = taken.values()
    return {"seconds": taken, "ratio": statistics.median(b / a for a, b in zip(first, second, strict=True))}


def layers_of(model: Any) -> list[DomainPrefixLayer]:
    return [module for module in model.modules() if isinstance(module, DomainPrefixLayer)]


@torch.no_grad()
def error(model: Any, words: list[int]) -> float:
    """How far a prefix is from the words' keys and values, relative to them."""
    layers = layers_of(model)
    goals = harvest(model.get_base_model(), layers, words)
    found = [layer.rows("default") for layer in layers]
    wrong = sum(float((a - b).square().sum()) for a, b in zip(found, goals, strict=True))
    return math.sqrt(wrong / sum(float(goal.square().sum()) for goal in goals))


def initialization(backbone: Any, words: list[int], rounds: int, device: torch.device) -> dict[str, Any]:
    report: dict[str, Any] = {}
    for init, times in (("residual", rounds), ("fit", 1)):
        model = get_peft_model(copy.deepcopy(backbone), DomainPrefixConfig(init=init)).to(device)
        start = partial(model.base_model.init_from_words, "default", words)
        taken = [devices.seconds(start, device) for _ in range(times)]
        report[init] = {"seconds": taken, "relative_error": error(model, words)}
    report["ratio"] = report["fit"]["seconds"][0] / statistics.median(report["residual"]["seconds"])
    return report


def baked_bytes(tokens: int) -> int:
    """A prefix without words, baked, is the same tensors as one of so many words, and needs no weights."""
    with torch.device("meta"):
        backbone = BartForConditionalGeneration(BartConfig())  # the default is BART-large
    model = get_peft_model(backbone, DomainPrefixConfig(init="random", num_virtual_tokens=tokens))
    model.base_model.bake("default")
    tensors = get_peft_model_state_dict(model)
    return len(save({name: torch.zeros_like(tensor, device="cpu") for name, tensor in tensors.items()}))


def read_options(description: str | None, rounds: int) -> argparse.Namespace:
    """Options of a script that gives models with a prefix one batch in turns."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--words", type=int, default=10, help="tokens of the prefix")
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--source", type=int, default=256, help="tokens")
    parser.add_argument("--target", type=int, default=48, help="tokens")
    parser.add_argument("--rounds", type=int, default=rounds)
    devices.add_options(parser)
    return parser.parse_args()


def main() -> None:
    options = read_options(__doc__, rounds=7)
    device = devices.prepare(options)
    words = list(range(FIRST_WORD, FIRST_WORD + options.words))
    frozen = make_backbone().to(device)
    prefixed = get_peft_model(copy.deepcopy(frozen), DomainPrefixConfig(domain_words=words)).to(device).eval()
    made = make_batch(options.batch_size, options.source, options.target)
    batch = {name: tensor.to(device) for name, tensor in made.items()}
    given = {name: batch[name] for name in ("input_ids", "attention_mask")}
    length = {"max_new_tokens": options.target, "min_new_tokens": options.target, "do_sample": False}
    models = {"frozen": frozen, "prefixed": prefixed}
    forwards = {name: partial(model, **batch) for name, model in models.items()}
    greedily = {name: partial(model.generate, **given, **length) for name, model in models.items()}
    with torch.no_grad():
        forward, greedy = (contest(options.rounds, calls, device) for calls in (forwards, greedily))
    with torch.inference_mode():
        greedy_in_inference_mode = contest(options.rounds, greedily, device)
    report = {
        "machine": devices.described(device),
        "tokens": {"prefix": options.words, "source": options.source, "target": options.target},
        "batch_size": options.batch_size,
        "forward": forward,
        "greedy": greedy,
        "greedy_in_inference_mode": greedy_in_inference_mode,
        "initialization": initialization(frozen, words, options.rounds, device),
        "baked": {"shape": "BART-large", "words": options.words, "bytes": baked_bytes(options.words)},
    }
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
