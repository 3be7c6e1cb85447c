"""A suite cut into parts for jobs that know nothing of each other, such as those of a SLURM array."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from todsum.errors import TodsumError

T = TypeVar("T")


@dataclass(frozen=True)
class Shard:
    """Part ``index`` (from 1) of ``count``."""

    index: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """``i/n`` as a shard.

        Raises:
            TodsumError: not of that form, or no such part.
        """
        match = re.fullmatch(r"(\d{1,9})/(\d{1,9})", text, re.ASCII)
        shard = cls(int(match[1]), int(match[2])) if match else None
        if shard is None or not 1 <= shard.index <= shard.count:
            raise TodsumError(f"--shard {text}: expected i/n with i from 1 to n, such as 1/4")
        return shard

    def of(self, cells: Sequence[T]) -> list[T]:
        """Every ``count``-th cell of a plan, so that each shard has its share of every method and target."""
        return list(cells[self.index - 1 :: self.count])
