"""The network that makes keys and values of words.

For a word with the embedding ``E`` in the frozen backbone, each layer of a site adds ``Head(tanh(W norm(E) + b))`` to
the word's frozen keys and values, with ``W`` and ``b`` shared by the layers of the site: the reparameterisation of
prefix-tuning (Li and Liang 2021, arXiv 2101.00190), with words where that has free embeddings. It looks at one word at
a time and at nothing but its embedding, so that it holds for words that it was not trained with, in any number. What is
the same for all words ends up in the head's bias.

``norm`` brings an embedding to mean 0 and variance 1: backbones differ in the size of theirs by a factor of hundreds,
and the tanh would be a line for some and a step for others.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


def standardise(embeddings: Tensor) -> Tensor:
    """Embeddings with mean 0 and variance 1 each; (tokens, width) like the argument."""
    return functional.layer_norm(embeddings, embeddings.shape[-1:], eps=1e-12)


class Trunk(nn.Linear):
    """The first layer, shared by the layers of a site.

    Args:
        width: of the backbone's embeddings.
        mid_dim: width of the hidden layer.
        free_tokens: how many trained embeddings it reads in place of words; None: it reads words.
        like: for device and dtype.
    """

    def __init__(self, width: int, mid_dim: int, free_tokens: int | None, like: Tensor) -> None:
        super().__init__(width, mid_dim, device=like.device, dtype=like.dtype)
        self.embedding: nn.Parameter | None = None
        if free_tokens is not None:
            self.embedding = nn.Parameter(like.new_empty(free_tokens, width).normal_())

    def forward(self, words: Tensor) -> Tensor:
        """The hidden layer, (tokens, mid_dim), for standardised embeddings (tokens, width)."""
        tokens = words if self.embedding is None else self.embedding
        return torch.tanh(super().forward(tokens.to(self.weight.dtype)))


class Head(nn.Linear):
    """The last layer, each attention module's own: (tokens, mid_dim) to (tokens, 2 × key heads × head width)."""

    def forward(self, hidden: Tensor) -> Tensor:
        """What the layer adds to keys and values."""
        return super().forward(hidden.to(self.weight.dtype))

    def zero(self) -> None:
        """Makes it say nothing."""
        nn.init.zeros_(self.weight)
        nn.init.zeros_(self.bias)
