from __future__ import annotations

import os
import random
import subprocess
import sys

import torch

from tests.conftest import ROOT
from todsum.modeling import scratch

TEXTS = ["user: I leave at 17:45 on Friday .", "the user leaves at 17:45 on friday.", "£20 for café «Æon»"] * 5


def test_shape_and_size() -> None:
    made = scratch.build(TEXTS, seed=0, max_positions=64)
    assert not made.causal
    config = made.model.config
    assert (config.d_model, config.encoder_layers, config.decoder_layers) == (192, 2, 2)
    assert config.vocab_size == len(made.tokenizer) <= scratch.VOCABULARY
    assert abs(made.model.get_input_embeddings().weight.std().item() - scratch.INIT_STD) < 0.005


def test_tokenizer_reads_any_text_back_lower_cased_with_single_digits() -> None:
    words = scratch.build(TEXTS, seed=0, max_positions=64).tokenizer
    for text in ("I pay £17.45 at 09;45 — naïve 日本 \U0001f600?", "  two  blanks"):
        ids = words(text)["input_ids"]
        assert ids[-1] == words.eos_token_id
        assert words.decode(ids, skip_special_tokens=True) == text.lower()
    pieces = [words.decode([i]) for i in words("at 17:45", add_special_tokens=False)["input_ids"]]
    assert [piece.strip() for piece in pieces if piece.strip().isdigit()] == ["1", "7", "4", "5"]


def test_seed_decides_the_weights_and_nothing_else_does() -> None:
    torch.manual_seed(1)
    first = scratch.build(TEXTS, seed=0, max_positions=64)
    state = torch.get_rng_state()
    again = scratch.build(TEXTS, seed=0, max_positions=64)
    assert torch.equal(state, torch.get_rng_state()), "the caller's random state is left alone"
    other = scratch.build(TEXTS, seed=1, max_positions=64)
    weights = [torch.cat([p.flatten() for p in made.model.parameters()]) for made in (first, again, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def learnt_tokenizer() -> str:
    """A tokenizer learnt from texts whose pairs of letters are about as common as each other."""
    words = random.Random(3)
    texts = [" ".join(words.choices(["cab", "car", "bar", "arc", "crab", "brac"], k=9)) for _ in range(200)]
    return scratch._tokenizer(texts, 320).backend_tokenizer.to_str()


def test_tokenizer_is_the_same_in_every_process() -> None:
    """Here, and where strings have other hashes."""
    code = "from tests.modeling.test_scratch import learnt_tokenizer as learnt; print(learnt(), end='')"
    seen = {learnt_tokenizer()}
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", code]
        seen.add(subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True).stdout)
    assert len(seen) == 1 and len(seen.pop()) > 1000
