"""Words as a prefix: what is harvested, and the ways to start from it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from peft import get_peft_model
from torch import Tensor

from tests.modeling.domain_prefix.test_forward import layers_of
from tests.modeling.domain_prefix.tiny import (
    CAUSAL,
    EVERY,
    FAMILIES,
    SEQ2SEQ,
    TOKENS,
    VOCABULARY,
    WORDS,
    logits,
    make_backbone,
    make_batch,
    make_prefixed,
    near,
    prefixed,
    stir,
)
from todsum.modeling.domain_prefix import DomainPrefixConfig

every = pytest.mark.parametrize(("family", "attention"), EVERY)


def encoder_rows(backbone: Any, ids: Tensor) -> list[Tensor]:
    """The encoder's keys and values, written out; transformers keeps none."""
    hidden = backbone.get_encoder()(ids, output_hidden_states=True).hidden_states
    if backbone.config.model_type == "t5":
        layers = [block.layer[0] for block in backbone.encoder.block]
        normed = [layer.layer_norm(h) for layer, h in zip(layers, hidden, strict=False)]
        pairs = [(layer.SelfAttention.k(h), layer.SelfAttention.v(h)) for layer, h in zip(layers, normed, strict=True)]
        heads = 2
    else:
        layers = backbone.model.encoder.layers
        before = backbone.config.model_type == "pegasus"  # which normalises before attending
        normed = [layer.self_attn_layer_norm(h) if before else h for layer, h in zip(layers, hidden, strict=False)]
        pairs = [(l.self_attn.k_proj(h), l.self_attn.v_proj(h)) for l, h in zip(layers, normed, strict=True)]  # noqa: E741
        heads = 4
    return [torch.stack(pair)[:, 0].unflatten(-1, (heads, -1)).transpose(0, 1) for pair in pairs]


def cached_rows(cache: Any) -> list[Tensor]:
    """Keys and values of a cache's layers, (tokens, 2, heads, width)."""
    return [torch.stack([layer.keys[0], layer.values[0]]).permute(2, 0, 1, 3) for layer in cache.layers]


@every
@torch.no_grad()
def test_harvested_keys_and_values_are_the_backbones_own(family: str, attention: str) -> None:
    backbone, ids = make_backbone(family, attention), torch.tensor([TOKENS])
    if family in CAUSAL:
        positions = torch.arange(-len(TOKENS), 0)[None]
        expected = {"dec": cached_rows(backbone(ids, position_ids=positions, use_cache=True).past_key_values)}
    else:
        start = torch.tensor([[backbone.config.decoder_start_token_id]])
        cache = backbone(ids, decoder_input_ids=torch.cat([start, ids], 1), use_cache=True).past_key_values
        expected = {
            "enc": encoder_rows(backbone, ids),
            "dec": [rows[1:] for rows in cached_rows(cache.self_attention_cache)],
            "cross": cached_rows(cache.cross_attention_cache),
        }
    layers = layers_of(make_prefixed(family, attention, trained=False))
    for site, rows in expected.items():
        found = [layer.dop_base["default"] for layer in layers if layer.site == site]
        assert len(found) == len(rows) > 0
        for one, other in zip(found, rows, strict=True):
            if site == "enc":
                near(one, other)
            else:
                assert torch.equal(one, other)
    for layer in layers:
        assert torch.equal(layer.rows("default"), layer.dop_base["default"])


@pytest.mark.parametrize("family", CAUSAL)
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_with_rotary_positions_a_prefix_of_words_is_the_words(family: str, attention: str) -> None:
    backbone = make_backbone(family, attention)
    model = make_prefixed(family, attention, trained=False)
    texts = make_batch(family)["input_ids"]
    with_words = torch.cat([torch.tensor([TOKENS]).expand(len(texts), -1), texts], dim=1)
    near(logits(model, {"input_ids": texts}), logits(backbone, {"input_ids": with_words})[:, len(TOKENS) :], 1e-4)
    settings: dict[str, Any] = {"max_new_tokens": 5, "do_sample": False, "num_beams": 2}
    mask = torch.ones_like(with_words)
    longer = backbone.generate(input_ids=with_words, attention_mask=mask, **settings)[:, len(TOKENS) :]
    given = {"input_ids": texts, "attention_mask": torch.ones_like(texts)}
    assert torch.equal(model.generate(**given, **settings), longer)


@pytest.mark.parametrize("family", SEQ2SEQ)
def test_the_cross_attention_sees_the_words_as_if_they_were_encoded_too(family: str) -> None:
    """The first decoder layer's prefix at that site is the words' encoding, so attention to both is to one source."""
    backbone, batch = make_backbone(family, "eager"), make_batch(family)
    with torch.no_grad():
        words = backbone.get_encoder()(torch.tensor([TOKENS])).last_hidden_state.expand(3, -1, -1)
        source = backbone.get_encoder()(batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state
        mask = torch.cat([torch.ones(3, len(TOKENS), dtype=torch.long), batch["attention_mask"]], 1)
        both = torch.cat([words, source], 1)
        decoder = {"decoder_input_ids": batch["decoder_input_ids"]}
        expected = backbone(encoder_outputs=(both,), attention_mask=mask, **decoder).logits
    model = make_prefixed(family, "eager", trained=False, sites=("cross",))
    near(logits(model, batch), expected)


@pytest.mark.parametrize("family", FAMILIES)
def test_an_initialisation_starts_anew(family: str) -> None:
    batch, model = make_batch(family), make_prefixed(family, trained=False)
    first = logits(model, batch)
    stir(model)
    model.base_model.add_words("default", "taxi", [30])
    assert not torch.equal(logits(model, batch), first)
    model.train()
    model.base_model.init_from_words("default", WORDS)
    assert model.training
    assert list(model.peft_config["default"].word_sets) == ["words"]
    assert torch.equal(logits(model.eval(), batch), first)


@pytest.mark.parametrize("family", ["bart", "llama"])
def test_a_fitted_network_says_what_the_words_say(family: str) -> None:
    model = make_prefixed(family, init="fit", mid_dim=256, trained=False)
    for layer in layers_of(model):
        assert not layer.dop_base["default"].any()
    exact = layers_of(make_prefixed(family, trained=False))
    before = layers_of(make_prefixed(family, init="random", words=None, num_virtual_tokens=6, trained=False))
    for fitted, harvested, at_random in zip(layers_of(model), exact, before, strict=True):
        goal = harvested.dop_base["default"]
        error = (fitted.rows("default") - goal).norm() / goal.norm()
        assert error < 0.1 < (at_random.rows("default") - goal).norm() / goal.norm()
    assert all(w.requires_grad for n, w in model.named_parameters() if "dop_" in n)
    assert all(w.grad is None for w in model.parameters())


def test_an_embedding_of_any_size_is_standardised() -> None:
    for scale in (1e-3, 1.0, 30.0):
        backbone = make_backbone("bart")
        with torch.no_grad():
            backbone.get_input_embeddings().weight.mul_(scale)
        words = prefixed(backbone).base_model.shared.words["default"]
        near(words.mean(-1), torch.zeros(len(TOKENS)), 1e-4)
        near(words.std(-1, correction=0), torch.ones(len(TOKENS)), 1e-3)


def test_random_prefixes_differ_and_repeat() -> None:
    batch = make_batch("bart")
    settings: dict[str, Any] = {"init": "random", "words": None, "trained": False}
    one, other = make_prefixed("bart", **settings), make_prefixed("bart", **settings)
    assert torch.equal(logits(one, batch), logits(other, batch))  # both behind one seed
    assert layers_of(one)[0].rows("default").shape[0] == 10
    assert one.base_model.shared.trunks["enc"]["default"].embedding.requires_grad


@pytest.mark.parametrize("flat", [TOKENS, torch.tensor(TOKENS), torch.tensor([TOKENS]), tuple(TOKENS)])
def test_words_may_be_flat(flat: Any) -> None:
    model = make_prefixed("bart", words=None)
    model.base_model.init_from_words("default", flat)
    words = [[token] for token in TOKENS]
    assert model.peft_config["default"].word_sets == {"words": words}
    assert make_prefixed("bart", words=flat).peft_config["default"].domain_words == words
    assert torch.equal(
        logits(model, make_batch("bart")), logits(make_prefixed("bart", trained=False), make_batch("bart"))
    )


def test_the_users_configuration_is_left_alone() -> None:
    config = DomainPrefixConfig(mid_dim=8, domain_words=WORDS)
    first = get_peft_model(make_backbone("bart"), config).eval()
    second = get_peft_model(make_backbone("bart"), config).eval()
    assert config.word_sets is None
    assert torch.equal(logits(first, make_batch("bart")), logits(second, make_batch("bart")))
    assert max(TOKENS) < VOCABULARY
