"""What raters read and fill in, as rows and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from todsum.data.schema import Example
from todsum.human.criteria import NAMES

COLUMNS = ("item", "dialogue", "context", "summary", *NAMES, "comment")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Summary:
    """One summary to rate, under an id that tells nothing."""

    item: str
    text: str


@dataclass(frozen=True)
class Page:
    """One dialogue and all summaries of it.

    Attributes:
        turns: speaker and text of each.
        query: what the summary answers, or None.
        state: lines such as ``taxi · inform · departure: the cow``.
        summaries: in the order in which they are shown.
    """

    turns: tuple[tuple[str, str], ...]
    query: str | None
    state: tuple[str, ...]
    summaries: tuple[Summary, ...]

    @property
    def dialogue(self) -> str:
        """A line a turn."""
        return "\n".join(f"{speaker}: {text}" if speaker else text for speaker, text in self.turns)

    @property
    def context(self) -> str:
        """The query, or else the state, a line an entry."""
        return self.query or "\n".join(self.state)


def page_of(example: Example, summaries: Iterable[Summary]) -> Page:
    """The page of an example: turns in one line each, slots without a value left out."""
    slots = (entry for entry in example.state if entry.value.strip())
    return Page(
        tuple((_one_line(turn.speaker), _one_line(turn.text)) for turn in example.turns),
        _one_line(example.query) if example.query else None,
        tuple(_one_line(f"{slot.domain} · {slot.intent} · {slot.slot}: {slot.value}") for slot in slots),
        tuple(Summary(summary.item, _writable(summary.text)) for summary in summaries),
    )


def to_csv(pages: Iterable[Page]) -> str:
    """An empty sheet. It begins with a byte order mark, without which spreadsheets misread UTF-8."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_rows(pages))
    return "\ufeff" + text.getvalue()


def _rows(pages: Iterable[Page]) -> Iterator[list[str]]:
    for page in pages:
        for summary in page.summaries:
            words = (summary.item, page.dialogue, page.context, summary.text)
            yield [*map(guarded, words), *("" for _ in (*NAMES, "comment"))]


def guarded(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _one_line(text: str) -> str:
    return " ".join(_writable(text).split())


def _writable(text: str) -> str:
    """The text without lone surrogates, which JSON can hold and UTF-8 can't."""
    return text.encode("utf-8", errors="replace").decode("utf-8")
