"""Domain-oriented prefix-tuning (Zhao et al. 2022, arXiv 2204.04362): a frozen backbone with prefixes made of words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from todsum import distributed
from todsum.data.schema import Example
from todsum.domain_words import RunWords, run_words
from todsum.errors import TodsumError
from todsum.methods.adapter import AdapterMethod, AdapterSettings
from todsum.methods.base import Context, MethodSettings
from todsum.methods.trained_settings import MAX_LEARNING_RATE, MAX_WIDTH
from todsum.methods.word_sets import ALL, WordSets, chosen, word_ids

if TYPE_CHECKING:
    from todsum.modeling.backbones import Backbone

Site = Literal["enc", "dec", "cross"]
ADAPTER = "default"
IDS = "word_set_ids"
"""The input of the model that says which set of words each example has."""
NO_SETS: Mapping[str, Sequence[str]] = MappingProxyType({})


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
        words = self._words(train, context)
        if words is None:
            super().fit(train, dev, context)
            return
        sets = WordSets.of(words, (*train, *dev))
        adapt = partial(self.adapt, sets=sets.words)
        self.train(train, dev, context, adapt=adapt, adapt_tracker=adapt, carry=lambda e: {IDS: sets.number_of(e)})
        model, tokenizer = self._summarizer.trained
        tested = chosen(words, self.settings.domain_words)
        model.base_model.swap_words(ADAPTER, word_ids(tokenizer, tested), ALL)
        self._summarizer.facts["domain_words"] = words.to_json()

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

    def adapt(self, backbone: Backbone, seed: int, sets: Mapping[str, Sequence[str]] = NO_SETS) -> Any:
        """The frozen backbone with prefixes that start from the words of each set.

        Args:
            backbone: model and tokenizer.
            seed: of what starts at random.
            sets: words by the name of their set, that of :data:`ALL` among them; none leaves the prefixes random.
        """
        import torch

        model = super().adapt(backbone, seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            if ALL in sets:
                model.base_model.init_from_words(ADAPTER, word_ids(backbone.tokenizer, sets[ALL]))
            for name in sets.keys() - {ALL}:
                model.base_model.add_words(ADAPTER, name, word_ids(backbone.tokenizer, sets[name]))
        return model

    def reopen(self, folder: Path) -> Backbone:
        """As in :class:`~todsum.methods.adapter.AdapterMethod`."""
        import todsum.modeling.domain_prefix  # noqa: F401  makes the adapter known to peft

        return super().reopen(folder)

    def _words(self, train: Sequence[Example], context: Context) -> RunWords | None:
        """The words of the run; None for prefixes without words."""
        s = self.settings
        target = context.target if self.reads_unlabelled else None
        if self.reads_unlabelled and not (target and context.unlabelled):
            raise TodsumError(
                f"domain_words {s.domain_words}: there are no unlabelled dialogues of a target; "
                "use setting zero-shot or transfer, or domain_words source"
            )
        if s.init == "random":
            return None
        return distributed.from_main(run_words(train, s.words, context.seed, target, context.unlabelled))
