"""The tuner: a frozen backbone with domain-oriented prefixes."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from peft.tuners._buffer_dict import BufferDict
from peft.tuners.tuners_utils import BaseTuner
from torch import Tensor, nn

from todsum.errors import unknown_name
from todsum.modeling.domain_prefix.backbones import attention_names, prefix_dtype, site_of
from todsum.modeling.domain_prefix.configuration import SITES, DomainPrefixConfig, DomainPrefixError
from todsum.modeling.domain_prefix.fit import fit
from todsum.modeling.domain_prefix.harvest import embed, harvest
from todsum.modeling.domain_prefix.layer import CHOICE, DomainPrefixLayer, Shared
from todsum.modeling.domain_prefix.network import Trunk
from todsum.modeling.domain_prefix.words import WORDS, Choice, Layout, WordIds, parse_words


class DomainPrefixModel(BaseTuner):  # type: ignore[misc]
    """Prefixes at up to three attention sites of a frozen backbone, each a function of domain words.

    Made by ``peft.get_peft_model(model, DomainPrefixConfig(…))``, of which it is the ``base_model``. A prefix is keys
    and values for each word: what the backbone itself makes of the words, plus what a trained network makes of their
    embeddings, see :mod:`~todsum.modeling.domain_prefix.network`. So other words can take their place without training.

    An adapter holds sets of words by name: ``words``, which every example has unless told otherwise, and those that
    :meth:`add_words` adds. Sets may differ in length.
    """

    prefix = "dop_"
    tuner_layer_cls = DomainPrefixLayer
    uses_shared_state = True
    target_module_mapping: dict[str, list[str]] = {}  # noqa: RUF012

    def init_from_words(self, adapter: str, word_ids: WordIds) -> None:
        """Starts an adapter anew from words, with the network as its configuration's ``init`` says.

        With ``residual``, the prefix then is the words' keys and values in the backbone, exactly.

        Args:
            adapter: its name.
            word_ids: a list of words, each a list of token ids; or flat ids, each a word. A union of words is their
                concatenation. The prefix gets as long as the words have tokens.

        Raises:
            DomainPrefixError: no such adapter, one that takes no words or is baked, or ids that are none.
        """
        config, layers = self._config_for_words(adapter), self._layers(adapter)
        words = parse_words(word_ids, self._vocabulary)
        with torch.inference_mode(False), torch.no_grad():
            found = harvest(self.model, layers, _tokens(words))
            residual = config.init == "residual"
            self._put(adapter, {WORDS: words}, WORDS, found if residual else [torch.zeros_like(f) for f in found])
            for trunk in self._trunks_of(adapter):
                trunk.reset_parameters()
            for layer in layers:
                head: Any = layer.dop_head[adapter]
                head.zero() if residual else head.reset_parameters()
            if not residual:
                self._fit(adapter, layers, found)

    def swap_words(self, adapter: str, word_ids: WordIds, name: str = WORDS) -> None:
        """Puts other words in the place of a set's, without training: the network makes their prefix.

        Args:
            adapter: its name.
            word_ids: as for :meth:`init_from_words`; there may be more or fewer than before.
            name: of the set.

        Raises:
            DomainPrefixError: as there, or no such set.
        """
        self._layout(adapter).span(name)
        self.add_words(adapter, name, word_ids)

    def add_words(self, adapter: str, name: str, word_ids: WordIds) -> None:
        """Adds a set of words to an adapter that has words, or replaces the one of that name.

        Args:
            adapter: its name.
            name: of the set, such as that of a domain.
            word_ids: as for :meth:`init_from_words`.

        Raises:
            DomainPrefixError: as there, or the adapter has no words yet.
        """
        config, layers = self._config_for_words(adapter), self._layers(adapter)
        if config.word_sets is None:
            raise DomainPrefixError(
                f"adapter {adapter!r} has no words yet: call init_from_words({adapter!r}, word_ids)"
            )
        words = parse_words(word_ids, self._vocabulary)
        with torch.inference_mode(False), torch.no_grad():
            if config.init == "residual":
                base = harvest(self.model, layers, _tokens(words))
            else:
                base = [layer.empty_rows(len(_tokens(words))) for layer in layers]
            self._put(adapter, {**config.word_sets, name: words}, name, base)

    @contextmanager
    def use_words(self, names: str | Sequence[str]) -> Iterator[None]:
        """Within it, each example has its own words, in ``forward`` as in ``generate``, whatever the number of beams.

        Args:
            names: for each example of the batch, the name of a set; or one name for all.

        Raises:
            DomainPrefixError: the active adapter has no such set; or, when the model is called, the batch is not made
                of so many examples.
        """
        for adapter in self.active_adapters:
            for name in {names} if isinstance(names, str) else set(names):
                self._layout(adapter).span(name)
        before = self.shared.choice
        self.shared.choice = Choice(names if isinstance(names, str) else tuple(names))
        try:
            yield
        finally:
            self.shared.choice = before

    def bake(self, adapter: str) -> None:
        """Drops an adapter's network and keeps the keys and values that it made, of all its sets.

        What is then saved is small, and gives the same outputs. It can't be trained nor given other words any more.

        Raises:
            DomainPrefixError: no such adapter, or it has no words yet.
        """
        config = self._config_of(adapter)
        if config.baked:
            return
        if config.word_sets is None and config.init != "random":
            raise DomainPrefixError(f"adapter {adapter!r} has no words yet, so that there is nothing to bake")
        with torch.inference_mode(False), torch.no_grad():
            for layer in self._layers(adapter):
                layer.dop_base[adapter] = layer.rows(adapter).clone()
                del layer.dop_head[adapter]
        self._delete_shared(adapter)
        config.baked = True

    def _put(self, adapter: str, sets: dict[str, list[list[int]]], new: str, base: Sequence[Tensor]) -> None:
        """Makes ``sets`` the adapter's.

        Args:
            adapter: its name.
            sets: the words; those of the sets but ``new`` are in the adapter's rows.
            new: the set to add or replace.
            base: for each layer, its frozen keys and values.
        """
        config, old = self._config_of(adapter), self._layout(adapter)
        sets = dict(sorted(sets.items()))  # as the layout has them

        def rows(before: Tensor, added: Tensor) -> Tensor:
            parts = (added if name == new else before[old.spans[name].start : old.spans[name].stop] for name in sets)
            return torch.cat([part.to(before) for part in parts])

        for layer, added in zip(self._layers(adapter), base, strict=True):
            layer.dop_base[adapter] = rows(layer.dop_base[adapter], added)
        self.shared.words[adapter] = rows(self.shared.words[adapter], embed(self.model, _tokens(sets[new])))
        config.word_sets = sets
        config.num_virtual_tokens = sum(len(word) for word in sets[WORDS])
        self.shared.layouts[adapter] = _layout(config)

    def _fit(self, adapter: str, layers: Sequence[DomainPrefixLayer], found: Sequence[Tensor]) -> None:
        """Fits the networks of all sites to what the backbone made of the words, ``found`` for each of the layers."""
        words = self.shared.words[adapter]
        for site in {layer.site: None for layer in layers}:
            trunk: Any = self.shared.trunks[site][adapter]
            of_site = [i for i, layer in enumerate(layers) if layer.site == site]
            heads: Any = [layers[i].dop_head[adapter] for i in of_site]
            fit(trunk, heads, words, [found[i].to(words) for i in of_site])

    def _config_of(self, adapter: str) -> DomainPrefixConfig:
        if adapter not in self.peft_config:
            raise DomainPrefixError(str(unknown_name("adapter", adapter, self.peft_config)))
        config: DomainPrefixConfig = self.peft_config[adapter]
        return config

    def _config_for_words(self, adapter: str) -> DomainPrefixConfig:
        config = self._config_of(adapter)
        if config.baked:
            raise DomainPrefixError(f"adapter {adapter!r} is baked and takes no other words; use it before bake()")
        if config.init == "random":
            raise DomainPrefixError(
                f'adapter {adapter!r} has init="random" and takes no words; use "residual" or "fit"'
            )
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

    # What peft calls.

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
        self._pin = model.register_forward_pre_hook(self._pin_choice, with_kwargs=True)

    def _pin_choice(self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """In training, lets a call of the model carry its choice of words along.

        A layer that is computed again for the gradient then has the same words, also after :meth:`use_words`.
        """
        if not model.training or not self.active_adapters or CHOICE in kwargs:
            return None
        choice = self.shared.choice or Choice()
        dropout = self._config_of(self.active_adapters[0]).word_dropout
        if dropout:
            choice = Choice(choice.names, dropout, int(torch.randint(2**62, ())))
        return args, kwargs | {CHOICE: choice}

    def inject_adapter(self, model: nn.Module, adapter_name: str, *args: Any, **kwargs: Any) -> None:
        """Adds the adapter that is configured in ``peft_config``; see ``peft.tuners.tuners_utils.BaseTuner``.

        Raises:
            DomainPrefixError: the backbone is not supported, has none of the sites, or not a supported attention.
        """
        config = copy.deepcopy(self.peft_config[adapter_name])  # it is written to
        names = attention_names(model, config.sites)
        config.target_modules = "|".join(names.values())
        self.peft_config[adapter_name] = config
        self.shared.layouts[adapter_name] = _layout(config)
        trained = [(p, p.requires_grad) for trunks in self.shared.trunks.values() for p in trunks.parameters()]
        if not config.baked:
            self._add_shared(adapter_name, tuple(names))
        super().inject_adapter(model, adapter_name, *args, **kwargs)
        for parameter, requires_grad in trained:
            parameter.requires_grad = requires_grad
        if config.domain_words is not None and config.word_sets is None:
            config.domain_words = parse_words(config.domain_words, self._vocabulary)  # a form that can be saved
            self.init_from_words(adapter_name, config.domain_words)

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


def _tokens(words: Sequence[Sequence[int]]) -> list[int]:
    return [token for word in words for token in word]


def _layout(config: DomainPrefixConfig) -> Layout:
    """The layout of an adapter's sets; without words, that of as many words of one token as it has virtual tokens."""
    if config.word_sets is None:
        return Layout.of({WORDS: [1] * config.num_virtual_tokens})
    return Layout.of({name: [len(word) for word in words] for name, words in config.word_sets.items()})
