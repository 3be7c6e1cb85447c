"""Where a text that is generated ends."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Ending:
    """Limits of a text.

    Attributes:
        at_least: tokens before its end.
        at_most: tokens of it, the end included.
        tokens: any of which ends it.
        pad: what stands behind its end.
    """

    at_least: int
    at_most: int
    tokens: tuple[int, ...]
    pad: int
