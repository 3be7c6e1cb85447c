"""The settings of a domain-oriented prefix."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from peft import PeftConfig, PeftType

from todsum.errors import TodsumError, unknown_name

NAME = "DOMAIN_PREFIX"


def extend_peft_types(name: str) -> PeftType:
    """Adds a member to peft's enumeration of methods, or returns the one that is there.

    ``register_peft_method`` asks for one, and an enumeration that has members can't be subclassed.

    Args:
        name: in capital letters; the member's name and value.
    """
    types: Any = PeftType
    if name not in types.__members__:
        member = str.__new__(types, name)
        member._name_ = member._value_ = name
        member.__objclass__ = types
        member._sort_order_ = len(types)
        types._member_names_.append(name)
        types._member_map_[name] = types._value2member_map_[name] = member
        type.__setattr__(types, name, member)
    return types[name]


DOMAIN_PREFIX = extend_peft_types(NAME)


SITES = ("enc", "dec", "cross")
"""Encoder self-attention, decoder self-attention, and the decoder's cross-attention."""

INITS = ("residual", "fit", "random")


class DomainPrefixError(TodsumError, ValueError):
    """A backbone, setting or input that a domain prefix can't take."""


@dataclass
class DomainPrefixConfig(PeftConfig):  # type: ignore[misc]
    """The configuration of :class:`~todsum.modeling.domain_prefix.model.DomainPrefixModel`.

    Attributes:
        num_virtual_tokens: length of the prefix with ``init="random"``. With words, a prefix is as long as its words
            have tokens, and the number is set to that.
        sites: where the prefix is seen: some of ``SITES``. A decoder-only backbone has ``dec`` alone.
        mid_dim: width of the network that makes keys and values; 800 as the authors of domain-oriented prefix-tuning.
        init: ``residual``: the words' keys and values in the frozen backbone, and a network that starts at zero and
            is added. ``fit``: no such base; a random network is fitted to them, as the authors do. ``random``: no
            words; a trained embedding and a random network.
        prefix_dropout: share of the prefix's numbers set to zero in training.
        word_dropout: share of the words left out in training, drawn for each example.
        domain_words: words to start from, as :meth:`~.model.DomainPrefixModel.init_from_words` takes them. None: they
            are passed to that method later.
        word_sets: the words that the adapter holds, by the name of the set; each word is the list of its tokens'
            ids. Kept by the model, so that a saved adapter can be loaded.
        baked: whether the network was dropped. Kept by the model.
        target_modules: the attention modules, as a pattern. Set by the model.
    """

    num_virtual_tokens: int = field(default=10, metadata={"help": "Length of a prefix without words."})
    sites: tuple[str, ...] = field(default=SITES, metadata={"help": "Attention sites that see the prefix."})
    mid_dim: int = field(default=800, metadata={"help": "Width of the network that makes keys and values."})
    init: str = field(default="residual", metadata={"help": "residual, fit or random."})
    prefix_dropout: float = field(default=0.0, metadata={"help": "Dropout of keys and values."})
    word_dropout: float = field(default=0.0, metadata={"help": "Share of the words left out in training."})
    domain_words: list[Any] | None = field(default=None, metadata={"help": "Words to start from, as token ids."})
    word_sets: dict[str, list[list[int]]] | None = field(default=None, metadata={"help": "Kept by the model."})
    baked: bool = field(default=False, metadata={"help": "Kept by the model."})
    target_modules: str | None = field(default=None, metadata={"help": "Set by the model."})

    def __post_init__(self) -> None:
        """Checks the values.

        Raises:
            DomainPrefixError: no such site or way to initialise, or a number out of its range.
        """
        super().__post_init__()
        self.peft_type = DOMAIN_PREFIX
        sites: Any = self.sites
        self.sites = (sites,) if isinstance(sites, str) else tuple(sites)
        for site in self.sites:
            if site not in SITES:
                raise DomainPrefixError(str(unknown_name("site", site, SITES)))
        if not self.sites:
            raise DomainPrefixError(f"no sites; pass some of {', '.join(SITES)}")
        if self.init not in INITS:
            raise DomainPrefixError(str(unknown_name("init", self.init, INITS)))
        if self.num_virtual_tokens < 0 or self.mid_dim < 1:
            raise DomainPrefixError(
                f"num_virtual_tokens is {self.num_virtual_tokens}, mid_dim {self.mid_dim}; pass at least 0 and 1"
            )
        for name in ("prefix_dropout", "word_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise DomainPrefixError(f"{name} is {getattr(self, name)}; pass a share from 0 to below 1")
        if self.init == "random" and self.domain_words is not None:
            raise DomainPrefixError('init="random" takes no domain words; pass "residual" or "fit"')
