"""Attention that sees a prefix: keys and values in front of those that the module itself made."""

from __future__ import annotations

import copy
import sys
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AttentionInterface
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from todsum.modeling.domain_prefix.configuration import DomainPrefixError
from todsum.modeling.domain_prefix.growing import Growing, held

NAME = "domain_prefix"
IMPLEMENTATIONS = ("sdpa", "eager")


class Prefix:
    """Keys and values for one attention module and one batch.

    Args:
        keys: (1 or batch, key heads, tokens, head width).
        values: of the same shape.
        mask: (batch, tokens), False where a token is not seen; None where all are.
    """

    def __init__(self, keys: Tensor, values: Tensor, mask: Tensor | None) -> None:
        self.keys, self.values, self.mask = keys, values, mask
        self._source: weakref.ref[Tensor] | None = None
        self._joined: tuple[Tensor, Tensor, Tensor, Tensor] | None = None
        self._growing: weakref.WeakKeyDictionary[Any, Growing] = weakref.WeakKeyDictionary()

    @property
    def length(self) -> int:
        """The number of its tokens."""
        return self.keys.shape[-2]

    def keep_for(self, source: Tensor) -> None:
        """Keeps what :meth:`join` makes for as long as the same encoded source, and the same cache, is attended to.

        Joining copies the whole source's keys and values, which is most of a prefix's cost in each step of generation.
        """
        if self._source is None or self._source() is not source:
            self._joined = None
            self._source = weakref.ref(source, lambda _: self._forget())

    def _forget(self) -> None:
        self._source = self._joined = None

    def growing_with(self, cache: Any, layer: int) -> Prefix | Step:
        """The prefix for one step of generation, whose :meth:`join` adds to what the step before made.

        Args:
            cache: of transformers, before the step; what is made lives as long as it does.
            layer: the module's number in it.
        """
        if torch.is_inference_mode_enabled():  # there, tensors don't tell whether they were changed
            return self
        if cache not in self._growing:
            self._growing[cache] = Growing(self.keys, self.values)
        return Step(self, self._growing[cache], held(cache, layer))

    def join(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """The prefix's and then the module's own keys and values, (batch, key heads, all tokens, head width)."""
        joined = self._joined
        if joined is not None and joined[0] is key and joined[1] is value:
            return joined[2:]
        keys, values = (
            torch.cat([prefix.to(own.dtype).expand(own.shape[0], -1, -1, -1), own], dim=2)
            for prefix, own in ((self.keys, key), (self.values, value))
        )
        if self._source is not None:
            self._joined = key, value, keys, values
        return keys, values


@dataclass(frozen=True, eq=False)
class Step:
    """A prefix in one step of generation.

    Attributes:
        prefix: itself.
        growing: what the step before made.
        before: what the cache held then.
    """

    prefix: Prefix
    growing: Growing
    before: tuple[Tensor, Tensor] | None

    @property
    def length(self) -> int:
        """As :attr:`Prefix.length`."""
        return self.prefix.length

    @property
    def mask(self) -> Tensor | None:
        """The prefix's."""
        return self.prefix.mask

    def join(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """As :meth:`Prefix.join`; what the step before returned is no longer valid."""
        return self.growing.join(key, value, self.before)


def attend(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    domain_prefix: Prefix | Step | None = None,
    recorded: list[Tensor] | None = None,
    is_causal: bool | None = None,
    position_bias: Tensor | None = None,
    **kwargs: Any,
) -> tuple[Tensor, Tensor | None]:
    """What transformers calls in place of the attention function that the model was made with, which does the work.

    Args:
        module: the attention module.
        query: (batch, heads, queries, head width).
        key: (batch, key heads, keys, head width).
        value: of the same shape.
        attention_mask: (batch or 1, 1, queries, keys), boolean or additive; None: everything, or what is causal.
        domain_prefix: seen by every query.
        recorded: gets the module's own keys and values.
        is_causal: in place of what the module says.
        position_bias: T5's, (batch or 1, heads, queries, keys); none for the prefix.
        kwargs: for the attention function.

    Returns:
        The outcome, (batch, queries, heads, head width), and the weights or None.
    """
    function = _function(module)
    if recorded is not None:
        recorded[:] = [key.detach(), value.detach()]
    if domain_prefix is None:
        given = {"is_causal": is_causal, "position_bias": position_bias}
        kwargs |= {name: argument for name, argument in given.items() if argument is not None}
        return function(module, query, key, value, attention_mask, **kwargs)
    queries = query.shape[2]
    if is_causal is None:
        is_causal = getattr(module, "is_causal", True)
    if attention_mask is None and is_causal and queries > 1:  # with a prefix, the function can't make this mask itself
        key, value = key[:, :, :queries], value[:, :, :queries]
        position_bias = None if position_bias is None else position_bias[..., :queries]
        attention_mask = torch.ones(queries, key.shape[2], dtype=torch.bool, device=key.device).tril()[None, None]
    attention_mask = _widen(attention_mask, domain_prefix, key)
    if attention_mask is not None and attention_mask.dtype == torch.bool and function is not sdpa_attention_forward:
        attention_mask = _additive(attention_mask, query.dtype)
    if position_bias is not None:
        kwargs["position_bias"] = functional.pad(position_bias, (domain_prefix.length, 0))
    key, value = domain_prefix.join(key, value)
    return function(module, query, key, value, attention_mask, is_causal=False, **kwargs)


def _widen(mask: Tensor | None, prefix: Prefix | Step, key: Tensor) -> Tensor | None:
    """The mask with columns for the prefix; None still means that everything is seen."""
    if prefix.mask is None:
        if mask is None:
            return None
        return functional.pad(mask, (prefix.length, 0), value=True if mask.dtype == torch.bool else 0.0)
    seen = prefix.mask[:, None, None, :]
    if mask is None:
        mask = seen.new_ones(1, 1, 1, key.shape[2])
    elif mask.dtype != torch.bool:
        seen = _additive(seen, mask.dtype)
    rows = max(mask.shape[0], seen.shape[0])
    return torch.cat([seen.expand(rows, -1, mask.shape[2], -1), mask.expand(rows, -1, -1, -1)], dim=-1)


def _additive(mask: Tensor, dtype: torch.dtype) -> Tensor:
    return torch.zeros_like(mask, dtype=dtype).masked_fill(~mask, torch.finfo(dtype).min)


def _function(module: Any) -> Callable[..., tuple[Tensor, Tensor | None]]:
    """The attention function of the implementation that the model has now.

    Raises:
        DomainPrefixError: it is not one that a prefix works with.
    """
    name = module.domain_prefix_config._attn_implementation
    if name == "sdpa":
        found: Any = sdpa_attention_forward
    else:
        found = getattr(sys.modules[type(module).__module__], "eager_attention_forward", None)
    if name not in IMPLEMENTATIONS or found is None:
        raise DomainPrefixError(
            f"{type(module).__name__} with {name!r} attention can't have a domain prefix; "
            f"load the model with attn_implementation={' or '.join(map(repr, IMPLEMENTATIONS))}"
        )
    return found  # type: ignore[no-any-return]


def route(attention: Any) -> None:
    """Makes one attention module call :func:`attend`.

    It gets a configuration of its own; the model keeps the one that it makes its masks by.

    Raises:
        DomainPrefixError: a prefix does not work with the model's attention implementation.
    """
    attention.domain_prefix_config = attention.config
    try:
        _function(attention)
    except DomainPrefixError:
        del attention.domain_prefix_config
        raise
    attention.config = copy.copy(attention.config)
    attention.config._attn_implementation_internal = NAME


def release(attention: Any) -> None:
    """Undoes :func:`route`."""
    attention.config = attention.domain_prefix_config
    del attention.domain_prefix_config


AttentionInterface.register(NAME, attend)
