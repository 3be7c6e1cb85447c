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
        """A line each for what there is, with an example and the mend: for the command line."""
        for name, said in self._said():
            if name == "doubtful_lines":
                yield f"{said} ({self.example}); --speakers says what begins a turn"
            else:
                yield f"{said}; --speakers says what names one" if name == "without_speaker" else said

    def remarks(self) -> Iterator[str]:
        """A line each for what there is, without any text of the data: for results."""
        return (f"data as it was read: {said}" for _, said in self._said())

    def _said(self) -> Iterator[tuple[str, str]]:
        """What is said of each count, by its name."""
        for name, count in self.counts().items():
            one, many = _SAID[name]
            yield name, (one if count == 1 else many.format(count))


_SAID = {
    "doubtful_lines": (
        "1 line looks like a new speaker and was read as part of the turn before",
        "{} lines look like a new speaker and were read as part of the turn before",
    ),
    "left_out": (
        "left out, since nobody says it (notices, pictures, tools, instructions): 1 line, message or part",
        "left out, since nobody says it (notices, pictures, tools, instructions): {} lines, messages or parts",
    ),
    "without_speaker": (
        "1 turn has no speaker, as the text names none there",
        "{} turns have no speaker, as the text names none there",
    ),
}
