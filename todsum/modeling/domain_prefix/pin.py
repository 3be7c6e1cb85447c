"""Pins the choice of words to a call of the model."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from todsum.modeling.domain_prefix.configuration import DomainPrefixError
from todsum.modeling.domain_prefix.layer import CHOICE, Shared
from todsum.modeling.domain_prefix.words import Choice

WORD_SET_IDS = "word_set_ids"
"""The argument of the model's ``forward``, (batch,), that gives each example a word set by its number."""


class Pin:
    """A forward pre-hook: in training, lets a call of the model carry its choice of words along.

    The call may make the choice by ``word_set_ids``. A layer that is computed again for the gradient then has the same
    words, also after ``use_words``. It knows what the layers share and not the tuner, which holds the model: a model
    that is no longer used is freed at once.

    Args:
        shared: by the layers.
    """

    def __init__(self, shared: Shared) -> None:
        self.shared = shared

    def __call__(self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The arguments of the call, with the choice in them.

        Raises:
            DomainPrefixError: ``word_set_ids`` has a number that no set has.
        """
        kwargs = dict(kwargs)
        ids = kwargs.pop(WORD_SET_IDS, None)
        adapter = self.shared.active
        if adapter is None or CHOICE in kwargs or (ids is None and not model.training):
            return args, kwargs
        choice = self.shared.choice or Choice()
        if ids is not None:
            choice = Choice(self._named(ids, adapter))
        if not model.training:
            return args, kwargs | {CHOICE: choice}
        dropout = self.shared.configs[adapter].word_dropout
        if dropout:
            choice = Choice(choice.names, dropout, int(torch.randint(2**62, ())))
        return args, kwargs | {CHOICE: choice}

    def _named(self, ids: Tensor, adapter: str) -> tuple[str, ...]:
        """The names of an adapter's sets, given by their numbers in alphabetical order."""
        names = list(self.shared.layouts[adapter].spans)
        numbers: list[int] = ids.tolist()
        if not all(0 <= number < len(names) for number in numbers):
            raise DomainPrefixError(f"{WORD_SET_IDS} {numbers}: there are the sets 0 to {len(names) - 1}")
        return tuple(names[number] for number in numbers)
