"""Domain-oriented prefix-tuning (Zhao et al. 2022, arXiv 2204.04362): a frozen backbone with prefixes made of words."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, cast

from pydantic import Field, field_validator, model_validator

from todsum import distributed
from todsum.data.schema import Example
from todsum.domain_words import interleave, run_words
from todsum.errors import TodsumError
from todsum.methods.adapter import AdapterMethod, AdapterSettings
from todsum.methods.base import Context, MethodSettings
from todsum.methods.trained_settings import MAX_LEARNING_RATE, MAX_WIDTH
from todsum.methods.writer import Writer

if TYPE_CHECKING:
    from todsum.domain_words import RunWords
    from todsum.modeling.backbones import Backbone
    from todsum.training.encoding import Encoded

Site = Literal["enc", "dec", "cross"]
ADAPTER = "default"
ALL = "words"
"""The name of the set of words that the model uses unless told otherwise."""


class DopSettings(AdapterSettings):
    """Settings of ``dop``.

    A prefix is made of ``words`` words: of several domains, each gives its first ones in turn. In training, about half
    of the examples have the words of one of their own domains, the others those of all training domains, so that the
    prefix is learnt as a function of words. In testing all examples have the words that ``domain_words`` says. The
    prefix of a state tracker is always made of the words of all training domains.
    """

    learning_rate: float = Field(1e-3, gt=0, le=MAX_LEARNING_RATE)
    """Its peak, after the warm-up, for every backbone; it decays linearly to 0."""
    domain_words: Literal["source", "target", "union"] = "source"
    """Words in testing: of the training domains, of the target, or of both. Those of the target come from unlabelled
    dialogues of its training split; they are put in after training."""
    init: Literal["residual", "fit", "random"] = "residual"
    """``residual``: the words' keys and values in the frozen backbone, plus a network that starts at zero. ``fit``: a
    network that is fitted to them first, as the authors do. ``random``: no words, ``words`` trained vectors instead."""
    words: int = Field(10, ge=1, le=4096)
    """Words of a prefix; one may have several tokens."""
    sites: tuple[Site, ...] = ("enc", "dec", "cross")
    """Where the prefix is seen: encoder self-attention, decoder self-attention, cross-attention."""
    mid_dim: int = Field(800, ge=1, le=MAX_WIDTH)
    """Width of the network."""
    prefix_dropout: float = Field(0.0, ge=0, lt=1)
    """Share of a prefix's numbers that is set to zero in training."""
    word_dropout: float = Field(0.1, ge=0, lt=1)
    """Share of the words that is left out in training, drawn for each example."""

    @field_validator("sites")
    @classmethod
    def _some_site(cls, sites: tuple[Site, ...]) -> tuple[Site, ...]:
        if not sites:
            raise ValueError("no site; name some of enc, dec and cross")
        return sites

    @model_validator(mode="after")
    def _no_words_without_words(self) -> Self:
        if self.init == "random" and self.domain_words != "source":
            raise ValueError(f"init random has no words: leave domain_words ({self.domain_words}) out")
        return self


class Dop(AdapterMethod[DopSettings]):
    """Trains prefixes at the attention sites of a frozen backbone, each a function of domain words."""

    Settings: ClassVar[type[MethodSettings]] = DopSettings
    settings_file: ClassVar[str] = "dop.json"

    @property
    def reads_unlabelled(self) -> bool:
        """Whether unlabelled dialogues of the target are read, for its words."""
        return self.settings.domain_words != "source"

    @property
    def shares_training(self) -> bool:
        """Cells that differ by the words in testing do, too."""
        return super().shares_training or self.settings.init != "random"

    def fit(self, train: Sequence[Example], dev: Sequence[Example], context: Context) -> None:
        """Finds the domains' words, trains, and puts in the words for testing.

        Raises:
            TodsumError: as :meth:`~todsum.methods.trained.TrainedMethod.fit`; target words are asked for and there are
                no unlabelled dialogues of a target; or a domain has too few words.
        """
        s, writer = self.settings, cast(_DopWriter, self._summarizer)
        target = context.target if self.reads_unlabelled else None
        if self.reads_unlabelled and not (target and context.unlabelled):
            raise TodsumError(
                f"domain_words {s.domain_words}: there are no unlabelled dialogues of a target; "
                "use setting zero-shot or transfer, or domain_words source"
            )
        if s.init != "random":
            words = run_words(train, s.words, context.seed, target, context.unlabelled)
            writer.words = distributed.from_main(words)
            writer.sets = _sets(writer.words)
        writer.domains = {example.id: example.domains for example in (*train, *dev)}
        super().fit(train, dev, context)
        if writer.words is not None:
            writer.put(ALL, _chosen(writer.words, s.domain_words)[: s.words])
            writer.facts["domain_words"] = writer.words.to_json()

    def config(self, model: Any) -> Any:
        """A ``DomainPrefixConfig``."""
        from todsum.modeling.domain_prefix import DomainPrefixConfig

        s = self.settings
        return DomainPrefixConfig(
            num_virtual_tokens=s.words,
            sites=s.sites,
            mid_dim=s.mid_dim,
            init=s.init,
            prefix_dropout=s.prefix_dropout,
            word_dropout=s.word_dropout,
        )

    def adapt(self, backbone: Backbone, seed: int) -> Any:
        """The frozen backbone with prefixes that start from the words of each set."""
        import torch

        model, sets = super().adapt(backbone, seed), cast(_DopWriter, self._summarizer).sets
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            if ALL in sets:
                model.base_model.init_from_words(ADAPTER, word_ids(backbone.tokenizer, sets[ALL]))
            for name in sets.keys() - {ALL}:
                model.base_model.add_words(ADAPTER, name, word_ids(backbone.tokenizer, sets[name]))
        return model

    def reopen(self, folder: Any) -> Backbone:
        """As in :class:`~todsum.methods.adapter.AdapterMethod`."""
        import todsum.modeling.domain_prefix  # noqa: F401  makes the adapter known to peft

        return super().reopen(folder)

    def make_summarizer(self) -> Writer:
        """Writes with the words of :attr:`_DopWriter.words`."""
        return _DopWriter(self.settings, self.layout())


class _DopWriter(Writer):
    """A writer that gives each training example a set of words.

    Attributes:
        words: of the run; None where there are none, and before :meth:`Dop.fit`.
        sets: those that training uses, by name and in the order of the names, which numbers them.
        domains: of the training dialogues, by their ids; copies of them may have made-up ones.
    """

    words: RunWords | None = None
    sets: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    domains: Mapping[str, Sequence[str]] = MappingProxyType({})

    def encode(self, example: Example) -> Encoded:
        """The example, with the number of its set of words."""
        encoded = super().encode(example)
        if not self.sets:
            return encoded
        return replace(encoded, word_set=list(self.sets).index(self._set_of(example)))

    def put(self, name: str, words: Sequence[str]) -> None:
        """Puts other words in the place of a set's."""
        self._model.base_model.swap_words(ADAPTER, word_ids(self._tokenizer, words), name)

    def _set_of(self, example: Example) -> str:
        own = [name for domain in self.domains[example.id] if (name := f"of {domain}") in self.sets]
        number = zlib.crc32(" ".join([example.id, *example.summary]).encode())  # copies differ
        return own[number // 2 % len(own)] if own and number % 2 else ALL


def word_ids(tokenizer: Any, words: Sequence[str]) -> list[list[int]]:
    """The token ids of each word as it stands inside a text."""
    from todsum.training.plain_text import PlainText

    encode = PlainText(tokenizer).ids
    return [encode(f" {word}") for word in words]


def _sets(words: RunWords) -> dict[str, tuple[str, ...]]:
    """The set of all training domains, and each one's own."""
    own = {f"of {domain}": found for domain, found in words.source.items()}
    return dict(sorted(({ALL: _chosen(words, "source")[: words.n]} | own).items()))


def _chosen(words: RunWords, which: str) -> tuple[str, ...]:
    if which == "target":
        return interleave(*words.target.values())
    return words.union if which == "union" else interleave(*words.source.values())
