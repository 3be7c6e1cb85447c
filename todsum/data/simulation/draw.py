"""Seeded choices that are the same on every machine and with every version of Python."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """Choices that depend on the key alone.

    Only ``random.Random.random`` is used, whose sequence Python keeps between versions; ``choice``, ``sample``
    and ``shuffle`` have changed theirs before.

    Args:
        key: what the choices depend on, such as a seed and an index.
    """

    __slots__ = ("random",)

    def __init__(self, *key: object) -> None:
        self.random = random.Random(":".join(map(str, key))).random

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.random() < probability

    def below(self, n: int) -> int:
        """A whole number in ``range(n)``."""
        return int(self.random() * n)

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[int(self.random() * len(items))]

    def other(self, items: Sequence[T], taken: T) -> T:
        """One of the items that is not ``taken``; there must be one."""
        while (item := self.pick(items)) == taken:
            pass
        return item

    def some(self, items: Sequence[T], k: int) -> list[T]:
        """``k`` of the items in any order, or all of them where there are fewer."""
        rest = list(items)
        return [rest.pop(int(self.random() * len(rest))) for _ in range(min(k, len(rest)))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """All items in any order."""
        return self.some(items, len(items))
