"""Counts of what was read otherwise than it may be meant, for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass
class Doubts:
    """Counts over many dialogues.

    Attributes:
        lines: that look like a new speaker and were read as part of the turn before.
        left_out: lines and parts that nobody says.
        example: the first of the lines, and where it stands.
    """

    lines: int = 0
    left_out: int = 0
    example: str = ""

    def add(self, where: str, doubtful: tuple[str, ...], left_out: int) -> None:
        """Counts those of one dialogue."""
        if doubtful and not self.lines:
            self.example = f"{where}: {doubtful[0]!r}"
        self.lines += len(doubtful)
        self.left_out += left_out

    def notes(self) -> Iterator[str]:
        """A line each for what there is."""
        if self.lines:
            what = "1 line looks" if self.lines == 1 else f"{self.lines} lines look"
            read = "was" if self.lines == 1 else "were"
            yield (
                f"{what} like a new speaker and {read} read as part of the turn before ({self.example}); "
                "--speakers says what begins a turn"
            )
        if self.left_out:
            yield f"left out, since nobody says it (notices, pictures): {self.left_out} lines or parts"
