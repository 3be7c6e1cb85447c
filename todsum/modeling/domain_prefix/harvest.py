"""What the frozen backbone makes of words: their embeddings, and their keys and values at every attention site."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from todsum.modeling.decoder_start import decoder_inputs
from todsum.modeling.domain_prefix.configuration import DomainPrefixError
from todsum.modeling.domain_prefix.layer import DomainPrefixLayer
from todsum.modeling.domain_prefix.network import standardise


def embed(model: Any, tokens: Sequence[int]) -> Tensor:
    """The standardised embeddings of tokens, (tokens, width)."""
    embeddings = model.get_input_embeddings()
    return standardise(embeddings(_batch(model, tokens))[0].float())


def harvest(model: Any, layers: Sequence[DomainPrefixLayer], tokens: Sequence[int]) -> list[Tensor]:
    """Keys and values of tokens in the backbone without any prefix: for each layer, (tokens, 2, key heads, head width).

    The encoder reads the tokens, and so does the decoder, behind its start token, whose own keys and values are left
    out; thus row i belongs to token i at every site. A decoder-only backbone reads them at the positions before 0: for
    one with rotary positions, a text behind such a prefix is the text behind the words themselves.

    Args:
        model: the backbone, with the layers in it.
        layers: whose keys and values to return.
        tokens: their ids.

    Raises:
        DomainPrefixError: more tokens than the backbone has positions.
    """
    if not tokens:
        return [layer.empty_rows(0) for layer in layers]
    every = [module for module in model.modules() if isinstance(module, DomainPrefixLayer)]
    training = model.training
    model.eval()
    for layer in every:
        layer.recorded = []
    try:
        _read(model, tokens)
        return [_rows(layer, len(tokens)) for layer in layers]
    finally:
        for layer in every:
            layer.recorded = None
        model.train(training)


def _read(model: Any, tokens: Sequence[int]) -> None:
    """Runs the backbone on the tokens."""
    ids = _batch(model, tokens)
    if not model.config.is_encoder_decoder:
        positions = torch.arange(-len(tokens), 0, device=ids.device)[None]
        model(input_ids=ids, position_ids=positions, use_cache=False)
        return
    longest = getattr(model.config, "max_position_embeddings", None)
    if longest is not None and len(tokens) >= longest:
        raise DomainPrefixError(f"the words have {len(tokens)} tokens; the backbone takes fewer than {longest}")
    shifted = decoder_inputs(model, torch.cat([ids, ids[:, -1:]], dim=1))
    model(input_ids=ids, decoder_input_ids=shifted, use_cache=False)


def _rows(layer: DomainPrefixLayer, tokens: int) -> Tensor:
    """What a layer recorded: keys and values of the last so many tokens, (tokens, 2, key heads, head width)."""
    assert layer.recorded
    return torch.stack(layer.recorded)[:, 0, :, -tokens:].permute(2, 0, 1, 3).contiguous()


def _batch(model: Any, tokens: Sequence[int]) -> Tensor:
    return torch.tensor([tokens], dtype=torch.long, device=model.get_input_embeddings().weight.device)
