"""Where a cell's wall time goes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

#: What a cell does; ``other`` is all that the rest leaves.
STAGES = ("prepare", "fit", "summarize", "score", "other")


class Stages:
    """A clock that runs from now on, always in one stage, at first in ``other``."""

    def __init__(self) -> None:
        self._seconds = dict.fromkeys(STAGES, 0.0)
        self._stage = "other"
        self._since = time.perf_counter()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """A part of the work that belongs to a stage; a stage within it is not counted to it."""
        before = self._change(name)
        try:
            yield
        finally:
            self._change(before)

    def move(self, seconds: float, source: str) -> None:
        """Counts seconds that were measured within a stage as ``other``."""
        self._seconds[source] -= seconds
        self._seconds["other"] += seconds

    def seconds(self) -> dict[str, float]:
        """Wall seconds by stage so far, to the millisecond."""
        self._change(self._stage)
        return {name: round(max(0.0, seconds), 3) for name, seconds in self._seconds.items()}

    def _change(self, name: str) -> str:
        now = time.perf_counter()
        self._seconds[self._stage] += now - self._since
        self._since, before, self._stage = now, self._stage, name
        return before
