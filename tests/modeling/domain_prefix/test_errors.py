"""What can't be had says so in one line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch
from peft import get_peft_model
from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM, BartConfig, BartModel, GPT2Config, LEDConfig

from tests.modeling.domain_prefix.tiny import SHAPES, VOCABULARY, logits, make_backbone, make_batch, make_prefixed
from todsum.errors import TodsumError
from todsum.modeling.domain_prefix import DomainPrefixConfig, DomainPrefixError


def refused(call: Callable[[], Any], *parts: str) -> None:
    with pytest.raises(DomainPrefixError) as raised:
        call()
    assert isinstance(raised.value, TodsumError) and isinstance(raised.value, ValueError)
    assert "\n" not in str(raised.value)
    for part in parts:
        assert part in str(raised.value)


def test_backbones() -> None:
    led = LEDConfig(vocab_size=9, d_model=16, encoder_layers=1, decoder_layers=1, attention_window=4)
    gpt2 = GPT2Config(vocab_size=9, n_embd=8, n_layer=1, n_head=2)
    bart = BartConfig(**SHAPES["bart"] | {"vocab_size": 9})
    for backbone, parts in (
        (AutoModelForSeq2SeqLM.from_config(led), ("'led'", "bart", "llama")),
        (AutoModelForCausalLM.from_config(gpt2), ("'gpt2'",)),
        (AutoModelForCausalLM.from_config(bart), ("BartForCausalLM", "conditional generation")),
        (BartModel(bart), ("BartModel", "conditional generation")),
        (torch.nn.Linear(2, 2), ("Linear",)),
    ):
        refused(lambda backbone=backbone: get_peft_model(backbone, DomainPrefixConfig()), *parts)


def test_attention_implementations() -> None:
    name = "flash_attention_2"
    backbone = make_backbone("llama")
    backbone.config._attn_implementation_internal = name  # its library need not be here
    refused(lambda: get_peft_model(backbone, DomainPrefixConfig()), "LlamaAttention", name, "sdpa", "eager")
    model = make_prefixed("llama")
    model.get_base_model().config._attn_implementation_internal = name
    refused(lambda: logits(model, make_batch("llama")), name)


def test_sites() -> None:
    refused(lambda: DomainPrefixConfig(sites=("encoder",)), "'encoder'", "enc")
    refused(lambda: DomainPrefixConfig(sites=()), "no sites")
    config = DomainPrefixConfig(sites=("enc", "cross"))
    refused(lambda: get_peft_model(make_backbone("qwen2"), config), "qwen2", "dec")
    assert DomainPrefixConfig(sites="dec").sites == ("dec",)


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"init": "residuals"}, "did you mean residual"),
        ({"num_virtual_tokens": -1}, "-1"),
        ({"mid_dim": 0}, "mid_dim 0"),
        ({"word_dropout": 1.0}, "word_dropout is 1.0"),
        ({"prefix_dropout": -0.1}, "prefix_dropout is -0.1"),
        ({"init": "random", "domain_words": [5]}, "takes no domain words"),
    ],
)
def test_settings(settings: dict[str, Any], part: str) -> None:
    refused(lambda: DomainPrefixConfig(**settings), part)


def test_words() -> None:
    tuner = make_prefixed("bart").base_model
    refused(lambda: tuner.swap_words("default", [[5], []]), "[]")
    refused(lambda: tuner.swap_words("default", [VOCABULARY]), str(VOCABULARY - 1))
    refused(lambda: tuner.swap_words("default", ["taxi"]), "taxi")
    refused(lambda: tuner.swap_words("default", torch.zeros(2, 3, 4)), "no word")
    refused(lambda: tuner.swap_words("default", [5] * 32), "32 tokens")
    refused(lambda: tuner.swap_words("defualt", [5]), "did you mean default")
    refused(lambda: tuner.swap_words("default", [5], name="taxi"), "unknown word set 'taxi'")


def test_adapters_without_words() -> None:
    model, batch = make_prefixed("bart", words=None, trained=False), make_batch("bart")
    refused(lambda: logits(model, batch), "init_from_words('default', word_ids)")
    refused(lambda: model(**batch), "no words yet")
    refused(lambda: model.base_model.add_words("default", "taxi", [5]), "no words yet")
    refused(lambda: model.base_model.bake("default"), "no words yet")
    random = make_prefixed("bart", words=None, init="random").base_model
    refused(lambda: random.init_from_words("default", [5]), 'init="random"')
    refused(lambda: random.swap_words("default", [5]), 'init="random"')


def test_words_of_examples() -> None:
    model, batch = make_prefixed("bart"), make_batch("bart")
    tuner = model.base_model
    with pytest.raises(DomainPrefixError, match="unknown word set 'taxi'"), tuner.use_words(["words", "taxi"]):
        pass
    with tuner.use_words(["words", "words"]):
        refused(lambda: logits(model, batch), "2 word sets for a batch of 3")


def test_what_a_baked_adapter_and_a_prefix_cannot_do() -> None:
    model = make_prefixed("bart")
    refused(lambda: model.merge_and_unload(), "unload()")
    model.add_adapter("taxi", DomainPrefixConfig(mid_dim=4, domain_words=[5]))
    refused(lambda: model.base_model.set_adapter(["default", "taxi"]), "one at a time")
    model.base_model.bake("default")
    refused(lambda: model.base_model.swap_words("default", [5]), "baked")
    refused(lambda: model.base_model.init_from_words("default", [5]), "baked")


def test_it_stands_alone() -> None:
    """Nothing of the suite is imported but the package above it, the start of decoders and the errors."""
    code = """
import sys
import todsum.modeling.domain_prefix
modeling = ("domain_prefix", "state_aware", "decoder_start")
allowed = ("todsum.errors", *(f"todsum.modeling.{name}" for name in modeling))
found = [n for n in sys.modules if n.startswith("todsum.") and n != "todsum.modeling" and not n.startswith(allowed)]
assert not found, found
assert "datasets" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
