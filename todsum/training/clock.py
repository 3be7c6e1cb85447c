"""When to log and when to write a checkpoint. Time has no influence on what is learnt."""

from __future__ import annotations

import time
from collections.abc import Callable

CHECKPOINT_SECONDS = 60.0
"""Time between checkpoints within an epoch."""
EPOCH_CHECKPOINT_SECONDS = 10.0
"""At the end of an epoch this is enough: a short epoch is sooner trained again than written to disk."""
CHECKPOINT_SHARE = 0.05
"""Writing checkpoints may take this share of the time: large models get them less often."""
LOG_SECONDS = 10.0


class Clock:
    """Keeps the time of one training run, from step ``step`` of ``total``."""

    def __init__(self, step: int, total: int, log: Callable[[str], None]) -> None:
        self.first, self.total, self.log = step, total, log
        self.started = self.logged = self.saved = self.asked = time.monotonic()
        self.cost = 0.0

    def tick(self, step: int, loss: float) -> None:
        """Logs a line of progress now and then; called after each step."""
        now = time.monotonic()
        if now - self.logged >= LOG_SECONDS:
            self.logged = now
            left = (now - self.started) / (step - self.first) * (self.total - step)
            self.log(f"step {step}/{self.total}, loss {loss:.3f}, at most {left / 60:.1f} min left")

    def checkpoint_due(self, epoch_ends: bool) -> bool:
        """Whether to write a checkpoint after this step."""
        self.asked = time.monotonic()
        wait = EPOCH_CHECKPOINT_SECONDS if epoch_ends else CHECKPOINT_SECONDS
        return self.asked - self.saved >= max(wait, self.cost / CHECKPOINT_SHARE)

    def checkpoint_written(self) -> None:
        """Notes that the checkpoint just asked for is on disk, and what it cost."""
        self.saved = time.monotonic()
        self.cost = self.saved - self.asked
