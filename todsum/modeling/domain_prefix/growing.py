"""A prefix and what follows it in self-attention, in memory that grows as a text is generated.

A cache hands all keys and values so far to each step. Joining the prefix to them anew would copy them every time, which
is most of a prefix's cost in generation; here a step adds its own token's alone.
"""

from __future__ import annotations

import weakref
from typing import Any

from torch import Tensor

GROWTH = 64
"""Tokens that can be added before memory is allocated again."""


class Growing:
    """Keys and values of a prefix, with room for more.

    Args:
        keys: of the prefix, (1 or batch, key heads, tokens, head width).
        values: of the same shape.
    """

    def __init__(self, keys: Tensor, values: Tensor) -> None:
        self.keys, self.values = keys, values
        self._room: Tensor | None = None
        self._seen: tuple[weakref.ref[Tensor], int] | None = None

    def join(self, key: Tensor, value: Tensor, held: Tensor | None) -> tuple[Tensor, Tensor]:
        """The prefix's and then the given keys and values; what was returned before is no longer valid.

        Args:
            key: (batch, key heads, tokens, head width).
            value: of the same shape.
            held: the keys that the cache held before this step. If they are those of the step before, untouched, and
                ``key`` is longer, it begins with them.
        """
        batch, heads, tokens, width = key.shape
        start, end = self.keys.shape[2], self.keys.shape[2] + tokens
        known = self._known(key, held)
        room = self._room
        if room is None or room.shape[3] < end or not known:
            known = 0
            room = self._room = key.new_empty(2, batch, heads, end + GROWTH, width)
            room[0, :, :, :start], room[1, :, :, :start] = self.keys, self.values
        room[0, :, :, start + known : end] = key[:, :, known:]
        room[1, :, :, start + known : end] = value[:, :, known:]
        self._seen = weakref.ref(key), key._version
        return room[0, :, :, :end], room[1, :, :, :end]

    def _known(self, key: Tensor, held: Tensor | None) -> int:
        """How many of the tokens are in the memory already."""
        if self._seen is None or held is None or held is key or key.shape[2] <= held.shape[2]:
            return 0
        seen, version = self._seen
        return held.shape[2] if seen() is held and held._version == version else 0


def held_keys(cache: Any, layer: int) -> Tensor | None:
    """The keys that a cache of transformers holds for a layer's self-attention; None where it does not tell."""
    own = getattr(cache, "self_attention_cache", cache)
    layers = getattr(own, "layers", ())
    found = getattr(layers[layer], "keys", None) if layer < len(layers) else None
    return found if isinstance(found, Tensor) and not found.is_inference() else None
