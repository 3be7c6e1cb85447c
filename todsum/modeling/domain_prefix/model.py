"""Prefixes as a function of domain words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from todsum.modeling.domain_prefix.configuration import DomainPrefixConfig, DomainPrefixError
from todsum.modeling.domain_prefix.fit import fit
from todsum.modeling.domain_prefix.harvest import embed, harvest
from todsum.modeling.domain_prefix.layer import DomainPrefixLayer
from todsum.modeling.domain_prefix.tuner import DomainPrefixTuner, layout_of
from todsum.modeling.domain_prefix.words import WORDS, Choice, WordIds, parse_words


class DomainPrefixModel(DomainPrefixTuner):
    """Prefixes at up to three attention sites of a frozen backbone, each a function of domain words.

    Made by ``peft.get_peft_model(model, DomainPrefixConfig(…))``, of which it is the ``base_model``. A prefix is keys
    and values for each word: what the backbone itself makes of the words, plus what a trained network makes of their
    embeddings, see :mod:`~todsum.modeling.domain_prefix.network`. So other words can take their place without training.

    An adapter holds sets of words by name: ``words``, which every example has unless told otherwise, and those that
    :meth:`add_words` adds. Sets may differ in length.
    """

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
            if words and not residual:
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
        self.shared.layouts[adapter] = layout_of(config)

    def _fit(self, adapter: str, layers: Sequence[DomainPrefixLayer], found: Sequence[Tensor]) -> None:
        """Fits the networks of all sites to what the backbone made of the words, ``found`` for each of the layers."""
        words = self.shared.words[adapter]
        for site in {layer.site: None for layer in layers}:
            trunk: Any = self.shared.trunks[site][adapter]
            of_site = [i for i, layer in enumerate(layers) if layer.site == site]
            heads: Any = [layers[i].dop_head[adapter] for i in of_site]
            fit(trunk, heads, words, [found[i].to(words) for i in of_site])

    def inject_adapter(self, model: nn.Module, adapter_name: str, *args: Any, **kwargs: Any) -> None:
        """Adds an adapter, and starts it from the words of its configuration, if there are any."""
        super().inject_adapter(model, adapter_name, *args, **kwargs)
        config = self._config_of(adapter_name)
        if config.domain_words is not None and config.word_sets is None:
            config.domain_words = parse_words(config.domain_words, self._vocabulary)  # a form that can be saved
            self.init_from_words(adapter_name, config.domain_words)

    def _config_for_words(self, adapter: str) -> DomainPrefixConfig:
        config = self._config_of(adapter)
        if config.baked:
            raise DomainPrefixError(f"adapter {adapter!r} is baked and takes no other words; use it before bake()")
        if config.init == "random":
            raise DomainPrefixError(
                f'adapter {adapter!r} has init="random" and takes no words; use "residual" or "fit"'
            )
        return config


def _tokens(words: Sequence[Sequence[int]]) -> list[int]:
    return [token for word in words for token in word]
