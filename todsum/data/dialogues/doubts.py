"""Counts of what was read otherwise than it may be meant, for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from todsum.data.schema import Turn


@dataclass
class Doubts:
    """Counts over many dialogues.

    Attributes:
        lines: that look like a new speaker and were read as part of the turn before.
        left_out: lines, messages and parts that nobody says.
        unnamed: turns without a speaker, as of captions that name none.
        example: the first of the lines, and where it stands.
    """

    lines: int = 0
    left_out: int = 0
    unnamed: int = 0
    example: str = ""

    def add(self, where: str, doubtful: tuple[str, ...], left_out: int, turns: Iterable[Turn]) -> None:
        """Counts those of one dialogue."""
        if doubtful and not self.lines:
            self.example = f"{where}: {doubtful[0]!r}"
        self.lines += len(doubtful)
        self.left_out += left_out
        self.unnamed += sum(not turn.speaker.strip() for turn in turns)

    def counts(self) -> dict[str, int]:
        """The counts that are not 0, by name."""
        found = {"doubtful_lines": self.lines, "left_out": self.left_out, "without_speaker": self.unnamed}
        return {name: count for name, count in found.items() if count}

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
            what = "1 line, message or part" if self.left_out == 1 else f"{self.left_out} lines, messages or parts"
            yield f"left out, since nobody says it (notices, pictures, tools, instructions): {what}"
        if self.unnamed:
            what = "1 turn has" if self.unnamed == 1 else f"{self.unnamed} turns have"
            yield f"{what} no speaker, as the text names none there; --speakers says what names one"
