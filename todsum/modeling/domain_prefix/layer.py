"""An attention module with a prefix for each adapter."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import torch
from peft.tuners._buffer_dict import BufferDict
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import Tensor, nn
from torch.nn import functional

from todsum.modeling.domain_prefix.attention import Prefix, Step, release, route
from todsum.modeling.domain_prefix.backbones import key_shape, prefix_dtype
from todsum.modeling.domain_prefix.configuration import DomainPrefixConfig, DomainPrefixError
from todsum.modeling.domain_prefix.network import Head
from todsum.modeling.domain_prefix.words import Choice, Layout, Pick

CHOICE = "domain_prefix_choice"
"""The argument in which a call of the model carries its choice of words down to the layers."""


@dataclass(eq=False)
class Shared:
    """What all layers of a model use; dictionaries have the adapter's name as key.

    Attributes:
        configs: the settings.
        trunks: for each site, the first layers of the networks.
        words: standardised embeddings of all words of an adapter, (tokens, width).
        layouts: which of the tokens belong to which set.
        choice: the words of the next batch; None: the default set.
        active: the adapter in use, if any.
    """

    configs: Mapping[str, DomainPrefixConfig]
    trunks: Mapping[str, nn.ModuleDict]
    words: BufferDict
    layouts: dict[str, Layout] = field(default_factory=dict)
    choice: Choice | None = None
    active: str | None = None


class DomainPrefixLayer(nn.Module, BaseTunerLayer):  # type: ignore[misc]
    """Stands in for an attention module, which it calls with the prefix of the active adapter.

    Args:
        base_layer: the attention module.
        site: which kind of attention it is.
        shared: what the layers have in common.
    """

    adapter_layer_names = ("dop_head",)
    other_param_names = ("dop_base",)

    def __init__(self, base_layer: nn.Module, site: str, shared: Shared) -> None:
        super().__init__()
        route(base_layer)
        self.base_layer, self.site, self.shared = base_layer, site, shared
        self.heads, self.width = key_shape(base_layer)
        self.dop_head = nn.ModuleDict()
        self.dop_base = BufferDict({}, persistent=True)
        self.recorded: list[Tensor] | None = None
        self._memo: _Memo | None = None

    def update_layer(self, adapter: str) -> None:
        """Adds an adapter: frozen keys and values, all zero, and a head, at random."""
        config = self.shared.configs[adapter]
        base = self.empty_rows(len(self.shared.layouts[adapter].word))
        self.dop_base[adapter] = base
        if not config.baked:
            numbers = 2 * self.heads * self.width
            self.dop_head[adapter] = Head(config.mid_dim, numbers, device=base.device, dtype=base.dtype)

    def empty_rows(self, tokens: int) -> Tensor:
        """Keys and values that are zero, (tokens, 2, key heads, head width)."""
        like = next(self.base_layer.parameters())
        dtype = prefix_dtype(self.base_layer)
        return torch.zeros(tokens, 2, self.heads, self.width, dtype=dtype, device=like.device)

    def rows(self, adapter: str) -> Tensor:
        """Keys and values of every token of an adapter, (tokens, 2, key heads, head width)."""
        base: Tensor = self.dop_base[adapter]
        if adapter not in self.dop_head:
            return base
        with _full_precision(base.device):
            hidden = self.shared.trunks[self.site][adapter](self.shared.words[adapter])
            added: Tensor = self.dop_head[adapter](hidden).view(base.shape)
            return base + added

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the attention module, with whatever it takes and returns."""
        choice = kwargs.pop(CHOICE, None) or self.shared.choice
        if self.recorded is not None:
            return self.base_layer(*args, recorded=self.recorded, **kwargs)
        active: Any = self.active_adapters
        if self.disable_adapters or not active or active[0] not in self.dop_base:
            return self.base_layer(*args, **kwargs)
        hidden = args[0] if args else kwargs["hidden_states"]
        prefix = self._prefix(active[0], choice, hidden.shape[0])
        seen: Prefix | Step | None = prefix
        if prefix is not None and self._stays():
            source, cache = kwargs.get("key_value_states"), kwargs.get("past_key_values")
            own: Any = self.base_layer
            if source is not None:
                prefix.keep_for(source)
            elif cache is not None:
                seen = prefix.growing_with(cache, own.layer_idx)
        return self.base_layer(*args, domain_prefix=seen, **kwargs)

    def _prefix(self, adapter: str, choice: Choice | None, batch: int) -> Prefix | None:
        """The prefix for a batch; None where it has no tokens."""
        layout = self.shared.layouts[adapter]
        pick = layout.whole if choice is None else choice.pick(layout, batch, self.dop_base[adapter].device)
        if not self._stays():
            return self._make(adapter, pick, batch)
        sources = self._sources(adapter)
        key = [id(pick), *map(_state, sources)]
        if self._memo is None or self._memo.key != key:
            self._memo = _Memo(key, [pick, *sources], self._make(adapter, pick, batch))
        return self._memo.prefix

    def _make(self, adapter: str, pick: Pick, batch: int) -> Prefix | None:
        config = self.shared.configs[adapter]
        if config.word_sets is None and config.init != "random" and config.num_virtual_tokens:
            raise DomainPrefixError(
                f"adapter {adapter!r} has no words yet: call base_model.init_from_words({adapter!r}, word_ids), "
                'or configure it with init="random"'
            )
        rows = self.rows(adapter)[pick.tokens]
        if rows.shape[-4] == 0:
            return None
        rows = rows[None] if rows.ndim == 4 else rows.repeat_interleave(pick.repeats, 0)
        if self.training and config.prefix_dropout:
            rows = functional.dropout(rows.expand(batch, -1, -1, -1, -1), config.prefix_dropout)
        keys, values = rows.permute(2, 0, 3, 1, 4)
        return Prefix(keys, values, pick.mask)

    def _stays(self) -> bool:
        """Whether the next call is likely to need the same prefix: no training, no gradient."""
        return not (self.training or torch.is_grad_enabled() or torch.compiler.is_compiling())

    def _sources(self, adapter: str) -> list[Tensor]:
        """The tensors that a prefix is made of."""
        if adapter not in self.dop_head:
            return [self.dop_base[adapter]]
        head: Any = self.dop_head[adapter]
        trunk: Any = self.shared.trunks[self.site][adapter]
        free = () if trunk.embedding is None else (trunk.embedding,)
        return [self.dop_base[adapter], head.weight, head.bias, trunk.weight, trunk.bias, *free]

    def train(self, mode: bool = True) -> DomainPrefixLayer:
        """Changes the mode, and forgets the prefix that was kept."""
        self._memo = None
        super().train(mode)
        return self

    def merge(self, safe_merge: bool = False, adapter_names: list[str] | None = None) -> None:
        """Not possible.

        Raises:
            DomainPrefixError: always.
        """
        raise DomainPrefixError("a prefix is no change of weights and can't be merged; call unload() or bake(adapter)")

    def detach_base_layer(self) -> nn.Module:
        """The attention module, as it was."""
        release(self.base_layer)
        return self.base_layer

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_memo": None}


@dataclass(eq=False)
class _Memo:
    """A prefix, the state of what it was made of, and that itself, so that nothing else gets its identity."""

    key: list[Any]
    sources: list[Any]
    prefix: Prefix | None


def _state(tensor: Tensor) -> tuple[int, int, int, torch.dtype]:
    """Something that changes when the tensor does."""
    return id(tensor), tensor.data_ptr(), 0 if tensor.is_inference() else tensor._version, tensor.dtype


def _full_precision(device: torch.device) -> AbstractContextManager[Any]:
    return nullcontext() if device.type == "meta" else torch.autocast(device.type, enabled=False)
