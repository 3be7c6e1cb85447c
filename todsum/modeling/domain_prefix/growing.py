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
        self._seen: list[tuple[weakref.ref[Tensor], int]] = []

    def join(self, key: Tensor, value: Tensor, before: tuple[Tensor, Tensor] | None) -> tuple[Tensor, Tensor]:
        """The prefix's and then the given keys and values; what was returned before is no longer valid.

        Args:
            key: (batch, key heads, tokens, head width).
            value: of the same shape.
            before: keys and values that the cache held before this step. If they are those of the last call, untouched,
                and ``key`` is longer, then ``key`` and ``value`` begin with them.
        """
        batch, heads, tokens, width = key.shape
        start, end = self.keys.shape[2], self.keys.shape[2] + tokens
        known = self._known(key, before)
        room = self._room
        if (
            room is None
            or room.shape[1:3] != (batch, heads)
            or room.shape[3] < end
            or (room.dtype, room.device) != (key.dtype, key.device)
        ):
            known = 0
            room = self._room = key.new_empty(2, batch, heads, end + GROWTH, width)
            room[0, :, :, :start], room[1, :, :, :start] = self.keys, self.values
        room[0, :, :, start + known : end] = key[:, :, known:]
        room[1, :, :, start + known : end] = value[:, :, known:]
        self._seen = [(weakref.ref(tensor), tensor._version) for tensor in (key, value)]
        return room[0, :, :, :end], room[1, :, :, :end]

    def _known(self, key: Tensor, before: tuple[Tensor, Tensor] | None) -> int:
        """How many of the tokens are in the memory already."""
        if before is None or before[0] is key or key.shape[2] <= before[0].shape[2]:
            return 0
        pairs = zip(self._seen, before, strict=False)
        same = [seen() is tensor and version == tensor._version for (seen, version), tensor in pairs]
        return before[0].shape[2] if same and all(same) else 0


def held(cache: Any, layer: int) -> tuple[Tensor, Tensor] | None:
    """What a cache of transformers holds for a layer's self-attention, keys and values; None where it does not tell."""
    layers = getattr(getattr(cache, "self_attention_cache", cache), "layers", ())
    keys, values = (getattr(layers[layer], name, None) if layer < len(layers) else None for name in ("keys", "values"))
    if not (isinstance(keys, Tensor) and isinstance(values, Tensor)) or keys.is_inference() or values.is_inference():
        return None
    return keys, values
