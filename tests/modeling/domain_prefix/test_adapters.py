"""Adapters as peft handles them: saved, loaded, several at once, switched, deleted, baked, taken out."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file

from tests.modeling.domain_prefix.test_forward import layers_of
from tests.modeling.domain_prefix.test_words import SETS, with_sets
from tests.modeling.domain_prefix.tiny import (
    EVERY,
    FAMILIES,
    OTHER_WORDS,
    WORDS,
    for_generation,
    logits,
    loss,
    make_backbone,
    make_batch,
    make_prefixed,
    stir,
)
from todsum.modeling.domain_prefix import DomainPrefixConfig, DomainPrefixModel

every = pytest.mark.parametrize(("family", "attention"), EVERY)


def every_set(model: Any, family: str) -> list[torch.Tensor]:
    """The logits with each set of words, and for a batch of all of them."""
    found = []
    for names in (*SETS, tuple(SETS)):
        with model.base_model.use_words(names):
            found.append(logits(model, make_batch(family)))
    return found


def same(one: list[torch.Tensor], other: list[torch.Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


@every
def test_the_life_of_adapters(family: str, attention: str, tmp_path: Path) -> None:
    batch, plain = make_batch(family), logits(make_backbone(family, attention), make_batch(family))
    model = with_sets(family, attention)
    expected = every_set(model, family)
    model.save_pretrained(tmp_path / "one")
    assert {path.name for path in (tmp_path / "one").iterdir()} <= {
        "README.md",
        "adapter_config.json",
        "adapter_model.safetensors",
    }

    loaded = PeftModel.from_pretrained(make_backbone(family, attention), str(tmp_path / "one"))
    assert isinstance(loaded.base_model, DomainPrefixModel)
    assert not any(weight.requires_grad for weight in loaded.parameters())
    assert same(every_set(loaded, family), expected)
    names = (name.replace(".default", "") for name, tensor in model.state_dict().items() if "dop_" in name)
    assert sorted(names) == sorted(load_file(tmp_path / "one" / "adapter_model.safetensors"))

    # Named as the sets are, and as one of the adapters is.
    loaded.load_adapter(str(tmp_path / "one"), "taxi")
    loaded.add_adapter("words", DomainPrefixConfig(mid_dim=4, domain_words=OTHER_WORDS, sites=("dec",)))
    assert same(every_set(loaded, family), expected)
    loaded.set_adapter("taxi")
    assert same(every_set(loaded, family), expected)
    loaded.set_adapter("words")
    other = logits(stir(loaded), batch)
    assert not torch.equal(other, expected[0])
    loaded.save_pretrained(tmp_path / "all")
    again = PeftModel.from_pretrained(make_backbone(family, attention), str(tmp_path / "all" / "words"), "hotel")
    again.load_adapter(str(tmp_path / "all" / "taxi"), "words")
    assert torch.equal(logits(again, batch), other)
    again.set_adapter("words")
    assert same(every_set(again, family), expected)

    with loaded.disable_adapter():
        assert torch.equal(logits(loaded, batch), plain)
    assert torch.equal(logits(loaded, batch), other)
    loaded.delete_adapter("taxi")
    assert torch.equal(logits(loaded, batch), other)
    assert not any(".taxi" in name for name in loaded.state_dict())
    loaded.set_adapter("default")
    assert same(every_set(loaded, family), expected)
    loaded.delete_adapter("default")
    assert torch.equal(logits(loaded, batch), other)

    backbone = loaded.unload()
    assert backbone.state_dict().keys() == make_backbone(family, attention).state_dict().keys()
    assert torch.equal(logits(backbone, batch), plain)
    assert torch.equal(logits(backbone.train(), batch), plain)
    assert not hasattr(backbone, "peft_config")
    assert {type(module) for module in backbone.modules()} == {type(m) for m in make_backbone(family).modules()}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_copy_can_be_unloaded(family: str) -> None:
    model, batch = make_prefixed(family), make_batch(family)
    expected = logits(model, batch)
    backbone = copy.deepcopy(model).unload()
    assert torch.equal(logits(backbone.train(), batch), logits(make_backbone(family), batch))
    assert not backbone._forward_pre_hooks
    assert torch.equal(logits(model, batch), expected)


@every
def test_a_baked_adapter_is_the_unbaked_one(family: str, attention: str, tmp_path: Path) -> None:
    model, given = with_sets(family, attention), for_generation(make_batch(family))
    expected = every_set(model, family)
    settings: dict[str, Any] = {"num_beams": 2, "max_new_tokens": 4, "do_sample": False}
    texts = model.generate(**given, **settings)
    model.base_model.bake("default")
    model.base_model.bake("default")
    assert same(every_set(model, family), expected)
    assert not [name for name, _ in model.named_parameters() if "dop_" in name]
    model.save_pretrained(tmp_path)
    tensors = load_file(tmp_path / "adapter_model.safetensors")
    assert all(name.endswith(".dop_base") for name in tensors)
    assert len(tensors) == len(layers_of(model))

    loaded = PeftModel.from_pretrained(make_backbone(family, attention), str(tmp_path))
    assert loaded.peft_config["default"].baked
    assert same(every_set(loaded, family), expected)
    assert torch.equal(loaded.generate(**given, **settings), texts)
    with loaded.disable_adapter():
        assert torch.equal(
            logits(loaded, make_batch(family)), logits(make_backbone(family, attention), make_batch(family))
        )
    assert same(every_set(loaded, family), expected)
    loaded.add_adapter("second", DomainPrefixConfig(mid_dim=4, domain_words=WORDS))
    loaded.set_adapter("second")
    loaded.delete_adapter("second")
    assert same(every_set(loaded, family), expected)


@pytest.mark.parametrize("init", ["residual", "fit", "random"])
def test_every_way_to_start_is_saved_and_baked(init: str, tmp_path: Path) -> None:
    words = None if init == "random" else WORDS
    model, batch = make_prefixed("bart", init=init, words=words, num_virtual_tokens=5), make_batch("bart")
    expected = logits(model, batch)
    model.save_pretrained(tmp_path / "whole")
    model.base_model.bake("default")
    model.save_pretrained(tmp_path / "baked")
    for kind in ("whole", "baked"):
        loaded = PeftModel.from_pretrained(make_backbone("bart"), str(tmp_path / kind))
        assert torch.equal(logits(loaded, batch), expected)
        assert loaded.peft_config["default"].init == init


def test_a_loaded_adapter_goes_on_training(tmp_path: Path) -> None:
    model, batch = with_sets("pegasus", word_dropout=0.2, sites=("enc", "cross")), make_batch("pegasus")
    model.save_pretrained(tmp_path)
    loaded = PeftModel.from_pretrained(make_backbone("pegasus"), str(tmp_path), is_trainable=True).train()
    config = loaded.peft_config["default"]
    assert (config.sites, config.word_dropout, config.word_sets) == (("enc", "cross"), 0.2, SETS)
    trained = {name for name, weight in loaded.named_parameters() if weight.requires_grad}
    assert trained == {name for name, weight in model.named_parameters() if weight.requires_grad}
    loss(loaded, batch).backward()
    loaded.load_adapter(str(tmp_path), "frozen")
    assert {name for name, weight in loaded.named_parameters() if weight.requires_grad} == trained
    loaded.load_adapter(str(tmp_path), "second", is_trainable=True)
    more = {name.replace("default", "second") for name in trained}
    assert {name for name, weight in loaded.named_parameters() if weight.requires_grad} == trained | more
    loaded.set_adapter("second")
    assert {name for name, weight in loaded.named_parameters() if weight.requires_grad} == more


def test_loading_with_little_memory(tmp_path: Path) -> None:
    model, batch = with_sets("t5"), make_batch("t5")
    model.save_pretrained(tmp_path)
    loaded = PeftModel.from_pretrained(make_backbone("t5"), str(tmp_path), low_cpu_mem_usage=True)
    assert torch.equal(logits(loaded, batch), logits(model, batch))


@pytest.mark.parametrize(("family", "task"), [("bart", "SEQ_2_SEQ_LM"), ("llama", "CAUSAL_LM")])
def test_with_a_task_type(family: str, task: str, tmp_path: Path) -> None:
    model = make_prefixed(family, task_type=task)
    batch = make_batch(family)
    assert torch.equal(logits(model, batch), logits(make_prefixed(family), batch))
    model.save_pretrained(tmp_path)
    assert json.loads((tmp_path / "adapter_config.json").read_text())["peft_type"] == "DOMAIN_PREFIX"
    loaded = PeftModel.from_pretrained(make_backbone(family), str(tmp_path))
    given = for_generation(batch)
    settings = {"max_new_tokens": 4, "do_sample": False}
    assert torch.equal(loaded.generate(**given, **settings), model.generate(**given, **settings))


@pytest.mark.parametrize("family", ["mbart", "plbart", "mt5"])
def test_families_that_share_the_code(family: str) -> None:
    model, batch = make_prefixed(family), make_batch("bart")
    assert {layer.site for layer in layers_of(model)} == {"enc", "dec", "cross"}
    assert (logits(model, batch) - logits(make_backbone(family), batch)).abs().max() > 1e-3
