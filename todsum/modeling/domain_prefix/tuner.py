"""What peft calls to add, switch and remove domain prefixes."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from peft.tuners._buffer_dict import BufferDict
from peft.tuners.tuners_utils import BaseTuner
from torch import nn

from todsum.errors import unknown_name
from todsum.modeling.domain_prefix.backbones import attention_names, prefix_dtype, site_of
from todsum.modeling.domain_prefix.configuration import SITES, DomainPrefixConfig, DomainPrefixError
from todsum.modeling.domain_prefix.layer import DomainPrefixLayer, Shared
from todsum.modeling.domain_prefix.network import Trunk
from todsum.modeling.domain_prefix.pin import Pin
from todsum.modeling.domain_prefix.words import WORDS, Layout


class DomainPrefixTuner(BaseTuner):  # type: ignore[misc]
    """Puts the layers with prefixes into a backbone, and holds what they share."""

    prefix = "dop_"
    tuner_layer_cls = DomainPrefixLayer
    uses_shared_state = True
    target_module_mapping: dict[str, list[str]] = {}  # noqa: RUF012

    def _pre_injection_hook(self, model: nn.Module, config: DomainPrefixConfig, adapter_name: str) -> None:
        """Makes room for what the layers share.

        Dictionaries directly in the tuner, with the adapter's name as key: peft saves whatever lies elsewhere, but
        does not load it.
        """
        attention_names(model, config.sites)
        self.dop_trunk_enc, self.dop_trunk_dec, self.dop_trunk_cross = nn.ModuleDict(), nn.ModuleDict(), nn.ModuleDict()
        self.dop_words = BufferDict({}, persistent=True)
        trunks = dict(zip(SITES, (self.dop_trunk_enc, self.dop_trunk_dec, self.dop_trunk_cross), strict=True))
        self.shared = Shared(self.peft_config, trunks, self.dop_words)
        self._pin = model.register_forward_pre_hook(Pin(self.shared), with_kwargs=True)

    def inject_adapter(self, model: nn.Module, adapter_name: str, *args: Any, **kwargs: Any) -> None:
        """Adds the adapter that is configured in ``peft_config``; see ``peft.tuners.tuners_utils.BaseTuner``.

        Raises:
            DomainPrefixError: the backbone is not supported, has none of the sites, or not a supported attention.
        """
        config = copy.deepcopy(self.peft_config[adapter_name])  # it is written to
        names = attention_names(model, config.sites)
        config.target_modules = "|".join(names.values())
        self.peft_config[adapter_name] = config
        self.shared.layouts[adapter_name] = layout_of(config)
        trained = [(p, p.requires_grad) for trunks in self.shared.trunks.values() for p in trunks.parameters()]
        if not config.baked:
            self._add_shared(adapter_name, tuple(names))
        super().inject_adapter(model, adapter_name, *args, **kwargs)
        for parameter, requires_grad in trained:
            parameter.requires_grad = requires_grad

    def _add_shared(self, adapter: str, sites: tuple[str, ...]) -> None:
        """Adds an adapter's trunks and, all zero, the embeddings of its words."""
        config, embeddings = self._config_of(adapter), self.model.get_input_embeddings()
        like = torch.empty(0, dtype=prefix_dtype(embeddings), device=embeddings.weight.device)
        width = embeddings.weight.shape[1]
        free_tokens = config.num_virtual_tokens if config.init == "random" else None
        for site in sites:
            self.shared.trunks[site][adapter] = Trunk(width, config.mid_dim, free_tokens, like)
        self.shared.words[adapter] = like.new_zeros(len(self._layout(adapter).word), width)

    def _delete_shared(self, adapter: str) -> None:
        for container in (*self.shared.trunks.values(), self.shared.words):
            if adapter in container:
                del container[adapter]

    def _create_and_replace(
        self,
        peft_config: DomainPrefixConfig,
        adapter_name: str,
        target: nn.Module,
        target_name: str,
        parent: nn.Module,
        current_key: str,
        parameter_name: str | None = None,
    ) -> None:
        if not isinstance(target, DomainPrefixLayer):
            site = site_of(current_key, attention_names(self.model, peft_config.sites))
            target = DomainPrefixLayer(target, site, self.shared).train(target.training)
            target._active_adapter = self.active_adapters
            setattr(parent, target_name, target)
        target.update_layer(adapter_name)

    def set_adapter(self, adapter_name: str | list[str], inference_mode: bool = False) -> None:
        """Makes an adapter the active one, and the only one that is trained, if not in ``inference_mode``.

        Raises:
            DomainPrefixError: there are several.
        """
        names = [adapter_name] if isinstance(adapter_name, str) else adapter_name
        if len(names) > 1:
            raise DomainPrefixError(f"adapters {', '.join(names)}: one at a time; put all words into one adapter")
        super().set_adapter(adapter_name, inference_mode)
        self.shared.active = next(iter(names), None)
        for trunks in self.shared.trunks.values():
            for name, trunk in trunks.items():
                trunk.requires_grad_(name in names and not inference_mode)

    def set_requires_grad(self, adapter_names: str | Sequence[str], requires_grad: bool = True) -> None:
        """Turns the training of adapters on or off."""
        super().set_requires_grad(adapter_names, requires_grad)
        for name in [adapter_names] if isinstance(adapter_names, str) else adapter_names:
            for trunk in self._trunks_of(name):
                trunk.requires_grad_(requires_grad)

    def delete_adapter(self, adapter_name: str) -> None:
        """Deletes an adapter; was it the active one, the first of the others is that now.

        Raises:
            ValueError: no such adapter.
        """
        was_active = adapter_name in self.active_adapters
        super().delete_adapter(adapter_name)
        self._delete_shared(adapter_name)
        del self.shared.layouts[adapter_name]
        if was_active:  # the layers chose each for itself, and not all have every adapter
            self.set_adapter(list(self.peft_config)[:1])

    def unload(self) -> nn.Module:
        """The backbone as it was, without any prefix."""
        for name, module in list(self.model.named_modules()):
            if isinstance(module, DomainPrefixLayer):
                parent, _, child = name.rpartition(".")
                setattr(self.model.get_submodule(parent), child, module.detach_base_layer())
        self._pin.remove()
        del self.model.peft_config
        backbone: nn.Module = self.model
        return backbone

    def _config_of(self, adapter: str) -> DomainPrefixConfig:
        if adapter not in self.peft_config:
            raise DomainPrefixError(str(unknown_name("adapter", adapter, self.peft_config)))
        config: DomainPrefixConfig = self.peft_config[adapter]
        return config

    def _layout(self, adapter: str) -> Layout:
        self._config_of(adapter)
        return self.shared.layouts[adapter]

    def _layers(self, adapter: str) -> list[DomainPrefixLayer]:
        modules = self.model.modules()
        return [m for m in modules if isinstance(m, DomainPrefixLayer) and adapter in m.dop_base]

    def _trunks_of(self, adapter: str) -> list[Trunk]:
        trunks: list[Any] = [trunks[adapter] for trunks in self.shared.trunks.values() if adapter in trunks]
        return trunks

    @property
    def _vocabulary(self) -> int:
        size: int = self.model.get_input_embeddings().weight.shape[0]
        return size


def layout_of(config: DomainPrefixConfig) -> Layout:
    """The layout of an adapter's sets; without words, that of as many words of one token as it has virtual tokens."""
    if config.word_sets is None:
        return Layout.of({WORDS: [1] * config.num_virtual_tokens})
    return Layout.of({name: [len(word) for word in words] for name, words in config.word_sets.items()})
