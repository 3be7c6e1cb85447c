"""Keys and values that grow with a cache are those of joining them anew, whatever happens to the cache."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import DynamicCache, EncoderDecoderCache, StaticCache
from transformers.models.bart import BartConfig

from todsum.modeling.domain_prefix.growing import Growing, held

BATCH, HEADS, WIDTH, PREFIX = 3, 2, 4, 5
ACTIONS = ("append", "several", "reorder", "crop", "keys in place", "values in place", "other values", "other cache")


def step(growing: Growing, cache: DynamicCache, tokens: int) -> bool:
    """One step of generation; whether it gave what joining gives."""
    before = held(cache, 0)
    new = torch.randn(2, BATCH, HEADS, tokens, WIDTH)
    key, value = cache.update(new[0], new[1], 0)
    found = growing.join(key, value, before)
    joined = (
        torch.cat([p.expand(BATCH, -1, -1, -1), own], 2) for p, own in ((growing.keys, key), (growing.values, value))
    )
    return all(torch.equal(a, b) for a, b in zip(found, joined, strict=True))


@given(st.lists(st.sampled_from(ACTIONS), max_size=40), st.integers(0, 3))
@settings(deadline=None, max_examples=60)
def test_whatever_is_done_to_the_cache(actions: list[str], seed: int) -> None:
    torch.manual_seed(seed)
    growing = Growing(*torch.randn(2, 1, HEADS, PREFIX, WIDTH))
    cache = DynamicCache()
    assert step(growing, cache, 2)
    for action in actions:
        if action == "reorder":
            cache.reorder_cache(torch.randint(BATCH, (BATCH,)))
        elif action == "crop" and cache.get_seq_length() > 1:
            cache.crop(-1)
        elif action == "keys in place":
            cache.layers[0].keys[:, :, 0] += 1
        elif action == "values in place":
            cache.layers[0].values[:, :, 0] += 1
        elif action == "other values":
            cache.layers[0].values = cache.layers[0].values + 1
        elif action == "other cache":
            cache = DynamicCache()
        assert step(growing, cache, 3 if action == "several" else 1), action


def test_a_step_copies_its_own_tokens_alone() -> None:
    growing = Growing(*torch.randn(2, 1, HEADS, PREFIX, WIDTH))
    cache = DynamicCache()
    step(growing, cache, 1)
    room = growing._room
    assert room is not None
    room[0, :, :, PREFIX] = 7.0  # would be written over if the first token were copied again
    before = held(cache, 0)
    key, value = cache.update(*torch.randn(2, BATCH, HEADS, 1, WIDTH), 0)
    keys, _ = growing.join(key, value, before)
    assert growing._room is room and (keys[:, :, PREFIX] == 7.0).all() and torch.equal(keys[:, :, -1], key[:, :, -1])


def test_a_cache_that_is_written_in_place_is_copied_whole() -> None:
    config = BartConfig(d_model=HEADS * WIDTH, decoder_attention_heads=HEADS, decoder_layers=1)
    cache = StaticCache(config=config, max_cache_len=8)
    growing = Growing(*torch.randn(2, 1, HEADS, PREFIX, WIDTH))
    for _ in range(4):
        before = held(cache, 0)
        key, value = cache.update(*torch.randn(2, BATCH, HEADS, 1, WIDTH), 0)
        assert torch.equal(growing.join(key, value, before)[0][:, :, PREFIX:], key)


@pytest.mark.parametrize("cache", [None, object(), DynamicCache(), EncoderDecoderCache(DynamicCache(), DynamicCache())])
def test_a_cache_that_holds_nothing_yet(cache: object) -> None:
    assert held(cache, 0) is None
