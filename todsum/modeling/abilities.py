"""What a model has to be able to do for training and generation here, tried on a few tokens when it is loaded.

Families differ in ways that no attribute tells of: some read what follows, some can't be padded, some have another kind
of cache. A model that lacks something would train and then write nonsense, or fail hours later.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from todsum.errors import TodsumError
from todsum.modeling.decoder_start import decoder_inputs
from todsum.out_of_memory import is_out_of_memory

CAUSAL_ARGUMENTS = ("input_ids", "attention_mask", "past_key_values")
TRANSLATING_ARGUMENTS = (*CAUSAL_ARGUMENTS, "encoder_outputs", "decoder_input_ids")
TOKENS = 8
DIFFERENCE = 3e-4
"""Between logits that should be equal, as a share of the largest of them: beyond rounding in fp32."""


def check_arguments(kind: type[Any], causal: bool) -> None:
    """Refuses a class of models whose ``forward`` does not take what is passed here.

    Raises:
        TodsumError: an argument is missing.
    """
    known = inspect.signature(kind.forward).parameters
    needed = CAUSAL_ARGUMENTS if causal else TRANSLATING_ARGUMENTS
    if missing := [name for name in needed if name not in known]:
        raise TodsumError(f"{kind.__name__} takes no {' and no '.join(missing)}")


def check_forward(model: Any, tokens: Sequence[int], causal: bool) -> None:
    """Refuses a model whose steps with a cache don't come to what it says of the whole text at once.

    Args:
        model: in eval mode; it is left as it was.
        tokens: of some text, at least one.
        causal: a decoder-only model, not an encoder–decoder.

    Raises:
        TodsumError: it does not, or it fails.
    """
    row = [tokens[i % len(tokens)] for i in range(TOKENS)]
    ids = torch.tensor([row], device=model.get_input_embeddings().weight.device)
    try:
        with torch.no_grad(), torch.random.fork_rng(devices=[]), _unchanged(model):
            (_check_causal if causal else _check_translating)(model, ids)
    except TodsumError:
        raise
    except Exception as error:  # whatever a model raises that is not made for this
        if is_out_of_memory(error):
            raise
        reason = " ".join(str(error).split())[:200]
        raise TodsumError(f"it fails on {TOKENS} tokens with {type(error).__name__}: {reason}") from error


def _check_causal(model: Any, ids: Tensor) -> None:
    """On two rows, of which the second is the beginning of the first, padded on the left."""
    gap = TOKENS // 2
    short = torch.cat([ids[:, :gap], ids[:, :-gap]], dim=1)  # the first tokens are masked, whatever they are
    rows, mask = torch.cat([ids, short]), torch.ones(2, TOKENS, dtype=torch.long, device=ids.device)
    mask[1, :gap] = 0
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    whole = model(input_ids=rows, attention_mask=mask, position_ids=positions, use_cache=False).logits
    start = model(input_ids=rows[:, :-1], attention_mask=mask[:, :-1], position_ids=positions[:, :-1], use_cache=True)
    _compare(start.logits[:, -1], whole[:, -2], "it says something else of a text when more follows")
    _compare(whole[1, -1], whole[0, TOKENS - gap - 1], "it can't be padded on the left")
    cache = start.past_key_values
    cache.batch_select_indices(torch.tensor([1], device=ids.device))
    step = model(
        input_ids=rows[1:, -1:],
        attention_mask=mask[1:],
        position_ids=positions[1:, -1:],
        past_key_values=cache,
        use_cache=True,
    )
    _compare(step.logits[:, -1], whole[1:, -1], "with a cache it writes something else")


def _check_translating(model: Any, ids: Tensor) -> None:
    """On a source that is its own target."""
    mask, target = torch.ones_like(ids), decoder_inputs(model, ids)
    whole = model(input_ids=ids, attention_mask=mask, decoder_input_ids=target, use_cache=False).logits
    encoded = model.get_encoder()(input_ids=ids, attention_mask=mask, return_dict=True)
    given = {"encoder_outputs": encoded, "attention_mask": mask, "use_cache": True}
    start = model(**given, decoder_input_ids=target[:, :-1])
    _compare(start.logits[:, -1], whole[:, -2], "its decoder says something else of a text when more follows")
    start.past_key_values.batch_select_indices(torch.tensor([0], device=ids.device))
    step = model(**given, decoder_input_ids=target[:, -1:], past_key_values=start.past_key_values)
    _compare(step.logits[:, -1], whole[:, -1], "with a cache it writes something else")


def _compare(found: Tensor, wanted: Tensor, otherwise: str) -> None:
    if not (found - wanted).abs().max() <= DIFFERENCE * wanted.abs().max():  # nor where either is not a number
        raise TodsumError(otherwise)


@contextmanager
def _unchanged(model: Any) -> Iterator[None]:
    """Sets back the kind of attention that BigBird changes for good when it reads a short text."""
    encoder = model.get_encoder() if model.config.is_encoder_decoder else None
    kind = getattr(encoder, "attention_type", None)
    try:
        yield
    finally:
        if encoder is not None and kind != getattr(encoder, "attention_type", None):
            encoder.set_attention_type(kind)
