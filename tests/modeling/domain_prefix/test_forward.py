"""What a prefix does to a forward pass and its gradient, on every family and attention implementation."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import pytest
import torch
from peft import get_peft_model
from torch import Tensor

from tests.modeling.domain_prefix.tiny import (
    CAUSAL,
    EVERY,
    FAMILIES,
    SEQ2SEQ,
    TOKENS,
    logits,
    loss,
    make_backbone,
    make_batch,
    make_prefixed,
    near,
    stir,
    unpadded,
)
from todsum.modeling.domain_prefix import DomainPrefixConfig
from todsum.modeling.domain_prefix.layer import DomainPrefixLayer

every = pytest.mark.parametrize(("family", "attention"), EVERY)


def sites_of(family: str) -> tuple[str, ...]:
    return ("dec",) if family in CAUSAL else ("enc", "dec", "cross")


def layers_of(model: Any) -> list[DomainPrefixLayer]:
    return [module for module in model.modules() if isinstance(module, DomainPrefixLayer)]


@every
@pytest.mark.parametrize("init", ["residual", "random"])
def test_a_prefix_without_tokens_is_the_backbone(family: str, attention: str, init: str) -> None:
    batch, backbone = make_batch(family), make_backbone(family, attention)
    model = make_prefixed(family, attention, words=None, num_virtual_tokens=0, init=init)
    no_mask = {name: tensor for name, tensor in batch.items() if name != "attention_mask"}
    assert torch.equal(logits(model, batch), logits(backbone, batch))
    assert torch.equal(logits(model, no_mask), logits(backbone, no_mask))
    emptied = make_prefixed(family, attention)
    emptied.base_model.swap_words("default", [])
    assert torch.equal(logits(emptied, batch), logits(backbone, batch))


def test_no_words_at_all_and_then_some() -> None:
    batch, backbone = make_batch("bart"), make_backbone("bart")
    model = make_prefixed("bart", words=[], init="fit", trained=False)
    assert torch.equal(logits(model, batch), logits(backbone, batch))
    model.base_model.swap_words("default", TOKENS)
    changed = logits(model, batch)
    assert changed.isfinite().all() and not torch.equal(changed, logits(backbone, batch))


@every
def test_every_site_sees_the_prefix_and_only_it_is_trained(family: str, attention: str) -> None:
    batch = make_batch(family)
    plain = logits(make_backbone(family, attention), batch)
    for site in sites_of(family):
        model = make_prefixed(family, attention, sites=(site,))
        assert {layer.site for layer in layers_of(model)} == {site}
        assert (logits(model, batch) - plain).abs().max() > 1e-3
    model = make_prefixed(family, attention).train()
    loss(model, batch).backward()
    trained = {name for name, weight in model.named_parameters() if weight.requires_grad}
    assert trained and all("dop_" in name for name in trained)
    assert all("dop_" in name for name, weight in model.named_parameters() if weight.grad is not None)
    for layer in layers_of(model):
        assert layer.dop_head["default"].weight.grad.abs().max() > 0
    for site in sites_of(family):
        assert model.base_model.shared.trunks[site]["default"].weight.grad.abs().max() > 0
    assert {layer.site for layer in layers_of(model)} == set(sites_of(family))


@every
def test_padding_changes_nothing(family: str, attention: str) -> None:
    model, batch = make_prefixed(family, attention), make_batch(family)
    together = logits(model, batch)
    for row in range(3):
        alone = logits(model, unpadded(family, batch, row))[0]
        near(alone, together[row, -len(alone) :])


@every
def test_no_position_sees_a_later_one(family: str, attention: str) -> None:
    model, batch = make_prefixed(family, attention), make_batch(family)
    name = "input_ids" if family in CAUSAL else "decoder_input_ids"
    changed = batch | {name: batch[name].clone()}
    changed[name][:, -1] = (changed[name][:, -1] + 1) % 50 + 3
    for masked in (True, False):
        one, other = (
            {key: tensor for key, tensor in b.items() if masked or key != "attention_mask"} for b in (batch, changed)
        )
        before, after = logits(model, one), logits(model, other)
        near(before[:, :-1], after[:, :-1], 1e-6)
        assert (before[:, -1] - after[:, -1]).abs().max() > 1e-3


@every
def test_without_a_mask_is_with_one_of_ones(family: str, attention: str) -> None:
    model, batch = make_prefixed(family, attention), unpadded(family, make_batch(family), 0)
    without = {name: tensor for name, tensor in batch.items() if name != "attention_mask"}
    near(logits(model, without), logits(model, batch), 1e-6)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_implementations_agree(family: str) -> None:
    batch = make_batch(family)
    eager = logits(make_prefixed(family, "eager"), batch)
    model = make_prefixed(family, "sdpa")
    real = slice(None) if family not in CAUSAL else batch["attention_mask"].bool()
    near(logits(model, batch)[real], eager[real], 1e-4)
    model.get_base_model().set_attn_implementation("eager")
    near(logits(model, batch), eager, 1e-4)


@pytest.mark.parametrize("family", SEQ2SEQ)
def test_attention_weights_have_a_column_for_each_token_of_the_prefix(family: str) -> None:
    batch = unpadded(family, make_batch(family), 0)
    output = make_prefixed(family, "eager")(**batch, output_attentions=True)
    sources, targets = batch["input_ids"].shape[1], batch["decoder_input_ids"].shape[1]
    for weights, keys in (
        (output.encoder_attentions, sources),
        (output.decoder_attentions, targets),
        (output.cross_attentions, sources),
    ):
        assert all(each.shape[-1] == keys + len(TOKENS) for each in weights)
        near(weights[0].sum(-1), torch.ones_like(weights[0][..., 0]))


def gradients(model: Any, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    model.zero_grad()
    torch.manual_seed(5)
    loss(model, batch).backward()
    return {name: weight.grad.clone() for name, weight in model.named_parameters() if weight.grad is not None}


@every
@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_checkpoints_give_the_same_gradient(family: str, attention: str, dropout: float) -> None:
    model = make_prefixed(family, attention, word_dropout=dropout, prefix_dropout=dropout).train()
    batch, backbone = make_batch(family), model.get_base_model()
    expected = gradients(model, batch)
    for reentrant in (False, True):
        backbone.gradient_checkpointing_enable({"use_reentrant": reentrant})
        if reentrant:
            backbone.enable_input_require_grads()
        found = gradients(model, batch)
        assert expected.keys() == found.keys()
        for name, gradient in expected.items():
            torch.testing.assert_close(found[name], gradient, atol=1e-4, rtol=1e-4)
        backbone.gradient_checkpointing_disable()


@pytest.mark.parametrize("reentrant", [False, True])
def test_a_recomputed_layer_has_the_words_of_its_own_call(reentrant: bool) -> None:
    """Two calls with other words each, and the gradient when neither is in use any more."""
    model, batch = make_prefixed("bart").train(), make_batch("bart")
    tuner = model.base_model
    tuner.add_words("default", "taxi", [[40], [41]])

    def two_calls() -> dict[str, Tensor]:
        model.zero_grad()
        with tuner.use_words("taxi"):
            one = loss(model, batch)
        (one + 2 * loss(model, batch)).backward()
        return {name: weight.grad.clone() for name, weight in model.named_parameters() if weight.grad is not None}

    expected = two_calls()
    backbone = model.get_base_model()
    backbone.gradient_checkpointing_enable({"use_reentrant": reentrant})
    backbone.enable_input_require_grads()
    for name, gradient in two_calls().items():
        torch.testing.assert_close(gradient, expected[name], atol=1e-4, rtol=1e-4)


@every
def test_half_precision(family: str, attention: str) -> None:
    batch = make_batch(family)
    single = logits(make_prefixed(family, attention), batch)
    model = make_prefixed(family, attention).to(torch.bfloat16)
    half = logits(model, batch)
    assert half.dtype == torch.bfloat16
    real = slice(None) if family not in CAUSAL else batch["attention_mask"].bool()
    scale = single[real].abs().max()
    assert (half[real].float() - single[real]).abs().max() < 0.1 * scale
    loss(model.train(), batch).backward()
    assert all(w.grad.isfinite().all() for w in model.parameters() if w.grad is not None)


@pytest.mark.parametrize("family", ["bart", "llama"])
def test_a_half_precision_backbone_has_a_prefix_in_single_precision(family: str) -> None:
    backbone = make_backbone(family).to(torch.bfloat16)
    model = get_peft_model(backbone, DomainPrefixConfig(mid_dim=8, domain_words=TOKENS))
    assert {tensor.dtype for name, tensor in model.state_dict().items() if "dop_" in name} == {torch.float32}
    batch = make_batch(family)
    before = logits(model.eval(), batch)
    assert before.dtype == torch.bfloat16
    loss(model.train(), batch).backward()
    assert not torch.equal(logits(stir(model).eval(), batch), before)


@pytest.mark.parametrize("family", ["bart", "t5", "llama"])
def test_automatic_precision_leaves_the_prefix_alone(family: str) -> None:
    model, batch = make_prefixed(family), make_batch(family)
    layer = layers_of(model)[0]
    expected = layer.rows("default")
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(layer.rows("default"), expected)
        assert logits(model, batch).isfinite().all()
        loss(model.train(), batch).backward()
    assert layer.dop_head["default"].weight.grad.dtype == torch.float32


def test_a_kept_prefix_follows_its_weights() -> None:
    """Without gradients a prefix is made once; every way to change what it is made of must be noticed."""
    model, batch = make_prefixed("bart"), make_batch("bart")
    head = layers_of(model)[0].dop_head["default"]
    seen = [logits(model, batch)]
    with torch.no_grad():
        head.weight.mul_(2)
        seen.append(logits(model, batch))
        head.weight.data = head.weight.data * 2
        seen.append(logits(model, batch))
        model.base_model.shared.trunks["enc"]["default"].bias.add_(1)
        seen.append(logits(model, batch))
        model.load_state_dict({name: tensor * 1.1 for name, tensor in model.state_dict().items()})
        seen.append(logits(model, batch))
    for earlier, later in itertools.pairwise(seen):
        assert not torch.equal(earlier, later)
    with torch.enable_grad():
        near(model(**batch).logits.detach(), seen[-1], 1e-6)


def test_a_prefix_is_made_once_for_a_frozen_model() -> None:
    model, batch = make_prefixed("bart"), make_batch("bart")
    calls: list[None] = []
    for layer in layers_of(model):
        layer.dop_head["default"].register_forward_hook(lambda *_: calls.append(None))
    logits(model, batch)
    logits(model, batch)
    assert len(calls) == len(layers_of(model))


def test_a_copy_is_independent() -> None:
    model, batch = make_prefixed("bart"), make_batch("bart")
    expected = logits(model, batch)
    twin = copy.deepcopy(model)
    assert torch.equal(logits(twin, batch), expected)
    twin.base_model.swap_words("default", [[30], [31]])
    assert not torch.equal(logits(twin, batch), expected)
    assert torch.equal(logits(model, batch), expected)


@pytest.mark.parametrize("family", ["bart", "llama"])
def test_compiled_without_a_break(family: str) -> None:
    model, batch = make_prefixed(family), unpadded(family, make_batch(family), 0)
    expected = logits(model, batch)
    compiled = torch.compile(model.get_base_model(), backend="eager", fullgraph=True)
    with torch.no_grad():
        near(compiled(**batch, use_cache=False).logits, expected, 1e-5)
