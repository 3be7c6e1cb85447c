"""The attention with a prefix against one that is written out."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from tests.modeling.domain_prefix.test_forward import layers_of
from tests.modeling.domain_prefix.tiny import EVERY, make_prefixed, near
from todsum.modeling.domain_prefix.attention import Prefix, attend

BATCH, QUERIES, TOKENS = 3, 4, 2


def draw(*shape: int) -> Tensor:
    return torch.randn(*shape)


def written_out(query: Tensor, keys: Tensor, values: Tensor, seen: Tensor, bias: Tensor, scaling: float) -> Tensor:
    """Each query's weighted mean of the values that it sees, query by query; (batch, queries, heads, width)."""
    outcome = torch.zeros(query.shape[0], query.shape[2], query.shape[1], query.shape[3])
    groups = query.shape[1] // keys.shape[1]
    for b, h, q in torch.cartesian_prod(*(torch.arange(size) for size in query.shape[:3])).tolist():
        key, value = keys[b, h // groups], values[b, h // groups]
        scores = (key @ query[b, h, q]) * scaling + bias[h, q]
        weights = torch.where(seen[b, q], scores.exp(), 0.0)
        outcome[b, q, h] = (weights / weights.sum()) @ value
    return outcome


@pytest.mark.parametrize(("family", "attention"), EVERY)
@pytest.mark.parametrize("some_hidden", [False, True])
@pytest.mark.parametrize("masked", [False, True])
def test_attention(family: str, attention: str, some_hidden: bool, masked: bool) -> None:
    """Every site; with and without a mask of the source, and of the prefix."""
    torch.manual_seed(7)
    for layer in layers_of(make_prefixed(family, attention)):
        module = layer.base_layer
        heads = layer.heads * getattr(module, "num_key_value_groups", 1)
        query, shape = draw(BATCH, heads, QUERIES, layer.width), (BATCH, layer.heads, QUERIES, layer.width)
        key, value = draw(*shape), draw(*shape)
        prefix_keys, prefix_values = (draw(1, layer.heads, TOKENS, layer.width) for _ in range(2))
        shown = torch.ones(BATCH, TOKENS, dtype=torch.bool)
        if some_hidden:
            shown[1, 0] = shown[2, :] = False
        causal = bool(getattr(module, "is_causal", False))
        own = torch.ones(BATCH, QUERIES, QUERIES, dtype=torch.bool)
        own = own.tril() if causal else own
        if masked:
            own = own.clone()
            own[0, :, 1] = False
            own[0, 1, 0] = True
        mask = own[:, None] if masked else None
        if mask is not None and attention == "eager":
            mask = torch.zeros(mask.shape).masked_fill(~mask, torch.finfo(torch.float32).min)
        bias = draw(1, heads, QUERIES, QUERIES) if family == "t5" else None
        prefix = Prefix(prefix_keys, prefix_values, shown if some_hidden else None)
        found, _ = attend(
            module, query, key, value, mask, domain_prefix=prefix, position_bias=bias, scaling=0.5, dropout=0.0
        )
        zero = torch.zeros(heads, QUERIES, QUERIES) if bias is None else bias[0]
        expected = written_out(
            query,
            torch.cat([prefix_keys.expand(BATCH, -1, -1, -1), key], 2),
            torch.cat([prefix_values.expand(BATCH, -1, -1, -1), value], 2),
            torch.cat([shown[:, None].expand(-1, QUERIES, -1), own], 2),
            torch.cat([torch.zeros(heads, QUERIES, TOKENS), zero], 2),
            0.5,
        )
        near(found, expected)
