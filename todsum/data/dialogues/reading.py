"""What was read of a dialogue, and the pattern that says what begins a turn."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from todsum.data.dialogues.marks import looks_like_speaker
from todsum.data.dialogues.unspoken import is_placeholder, is_rule
from todsum.data.schema import Turn

#: Seconds that a user's pattern may take on one dialogue, and characters that a doubtful line is shown with.
PATIENCE, SHOWN = 5.0, 80


@dataclass(frozen=True, slots=True)
class Reading:
    """The turns of a dialogue.

    Attributes:
        turns: in order.
        doubtful: lines that look like a new speaker and were read as part of the turn before, shortened.
        left_out: lines, messages and parts that nobody says: notices of a chat program, pictures, tools.
        places: of a list of turns, where each is in ``turns``, None for those that are left out; empty for a text.
    """

    turns: tuple[Turn, ...]
    doubtful: tuple[str, ...] = ()
    left_out: int = 0
    places: tuple[int | None, ...] = ()


class Turns:
    """Turns that are being read; lines are joined by one blank.

    Lines that stand for a picture and its like are left out and counted, and so are turns that have no others.

    Attributes:
        doubtful: as of :class:`Reading`.
        left_out: as of :class:`Reading`.
    """

    def __init__(self) -> None:
        self._begun: list[tuple[str, list[str]]] = []
        self._without: set[int] = set()
        self.doubtful: list[str] = []
        self.left_out = 0

    def __bool__(self) -> bool:
        return bool(self._begun)

    def begin(self, speaker: str, text: str = "") -> None:
        """Begins a turn."""
        self._begun.append((speaker, []))
        if is_placeholder(text):
            self.leave_out()
        else:
            self._begun[-1][1].append(text)

    def leave_out(self, parts: int = 1) -> None:
        """Counts what nobody says in the turn before; if there is nothing else in it, it is no turn."""
        self.left_out += parts
        self._without.add(len(self._begun) - 1)

    def go_on(self, line: str) -> None:
        """Adds a line to the turn before, which must be there; one that looks like a new speaker is counted."""
        if is_placeholder(line):
            self.leave_out()
            return
        if is_rule(line):
            self.left_out += 1
            return
        if looks_like_speaker(line):
            self.doubt(line)
        self._begun[-1][1].append(line)

    def doubt(self, line: str) -> None:
        """Counts a line, or the end of one, that looks like a new speaker."""
        self.doubtful.append(line if len(line) <= SHOWN else f"{line[:SHOWN]}…")

    def reading(self) -> Reading:
        """What was read."""
        turns = [Turn(speaker, " ".join(" ".join(lines).split())) for speaker, lines in self._begun]
        said = (turn for place, turn in enumerate(turns) if turn.text or place not in self._without)
        return Reading(tuple(said), tuple(self.doubtful), self.left_out)


def no_speaker(line: str) -> ValueError:
    """The error for a text that does not begin with a speaker."""
    return ValueError(
        f"no speaker at the beginning: {line[:40]!r}; expected 'Speaker: text', or a pattern for other layouts "
        "(--speakers, in suites speakers)"
    )


def speaker_pattern(text: str) -> regex.Pattern[str]:
    """A pattern for what begins each turn; its one group is the speaker.

    Raises:
        ValueError: not a regular expression with exactly one group, or one that matches nothing at all.
    """
    try:
        pattern = regex.compile(text, regex.MULTILINE)
    except (regex.error, RecursionError, OverflowError) as error:
        raise ValueError(f"speakers: not a regular expression: {error}") from error
    if pattern.groups != 1:
        raise ValueError(f"speakers: {text!r} needs one group, the speaker, such as '^(\\w+) - '")
    if pattern.match(""):
        raise ValueError(f"speakers: {text!r} matches a text without any sign: say what stands behind the speaker")
    return pattern


def find_marks(text: str, pattern: regex.Pattern[str]) -> list[tuple[str, int, int]]:
    """The speakers that a pattern finds in a text, and start and end of what it matches.

    Raises:
        ValueError: the pattern, which may be a user's, takes too long.
    """
    try:
        found = pattern.finditer(text, timeout=PATIENCE)
        return [((mark[1] or "").strip(), mark.start(), mark.end()) for mark in found]
    except TimeoutError:
        raise ValueError(f"speakers: {pattern.pattern!r} takes too long on this dialogue: simplify it") from None
