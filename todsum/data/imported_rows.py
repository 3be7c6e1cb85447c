"""Rows of a data set from elsewhere as examples; what does not fit is refused with file, row and reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from todsum.data.imported_turns import split_turns
from todsum.data.records import Checker
from todsum.data.schema import Example, Slot, Turn
from todsum.errors import RecordError
from todsum.sentences import split_sentences

#: What a domain's name may be: it names a folder of the results.
_DOMAIN = re.compile(r"[^./\\\s\x00-\x1f][^/\\\x00-\x1f]{0,99}")


class ColumnMap(BaseModel):
    """Which columns of a data set hold what of an example."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    dialogue: str
    """One text with the speakers in it, or a list of such lines, or of objects with ``speaker`` and ``text``."""
    summary: str
    """One text, or a list of sentences."""
    id: str | None = None
    """Unique ids; without them, split and row."""
    domains: str | None = None
    """One domain, or a list of them. Without it only ``in-domain`` can be run."""
    query: str | None = None
    """What the summary answers."""
    group: str | None = None
    """What belongs together when resampling; without it, each example is a group of its own."""

    def names(self) -> list[str]:
        """The columns that are read."""
        return list(dict.fromkeys(name for name in self.model_dump().values() if name is not None))


class RowChecker(Checker):
    """Checks one row; its place, file and row, is only looked for where something is wrong."""

    def __init__(self, index: int, place: Callable[[int], tuple[str, int]]) -> None:
        super().__init__("", index)
        self.index = index
        self.place = place

    def fail(self, reason: str) -> RecordError:
        """The error to raise for this row."""
        file, row = self.place(self.index)
        return RecordError(file, row, reason)


@dataclass(frozen=True)
class Reader:
    """Makes examples of rows.

    Attributes:
        dataset: the data set's name for rows that have none.
        columns: which columns hold what; None for rows of our own schema.
        speakers: what begins a turn, see :func:`split_turns`.
    """

    dataset: str
    columns: ColumnMap | None
    speakers: re.Pattern[str] | None

    def read(self, row: Mapping[str, Any], split: str, number: int, check: Checker) -> Example:
        """The example of a row.

        Args:
            row: by columns.
            split: its split.
            number: the row's number in the split, from 1.
            check: says where the row stands when it is refused.

        Raises:
            RecordError: the row is broken.
        """
        example = self._mapped(row, split, number, check) if self.columns else self._own(row, check)
        if not example.id.strip():
            raise check.fail("id is empty")
        if not any(turn.text.strip() for turn in example.turns):
            raise check.fail("no turn has any text")
        if not example.summary or not all(sentence.strip() for sentence in example.summary):
            raise check.fail("summary is empty or has an empty sentence")
        if wrong := [domain for domain in example.domains if not _DOMAIN.fullmatch(domain) or domain == "all"]:
            raise check.fail(f"{wrong[0][:40]!r} can't be the name of a domain")
        if any(not 0 <= index < len(example.turns) for index in example.evidence):
            raise check.fail(f"evidence names a turn that is not there: there are {len(example.turns)}")
        return example

    def _own(self, row: Mapping[str, Any], check: Checker) -> Example:
        turns = [check.mapping(turn, "turns") for turn in check.items(row["turns"], "turns")]
        state = [check.mapping(slot, "state") for slot in check.items(row["state"], "state")]
        return Example(
            id=check.text(row["id"], "id"),
            dataset=check.text(row["dataset"], "dataset"),
            group=check.text(row["group"], "group"),
            domains=tuple(check.texts(row["domains"], "domains")),
            turns=tuple(
                Turn(*(check.text(turn[name], f"turns.{name}") for name in ("speaker", "text"))) for turn in turns
            ),
            query=None if row["query"] is None else check.text(row["query"], "query"),
            evidence=tuple(check.items(row["evidence"], "evidence")),
            state=tuple(
                Slot(*(check.text(slot[name], f"state.{name}") for name in ("domain", "intent", "slot", "value")))
                for slot in state
            ),
            summary=tuple(check.texts(row["summary"], "summary")),
        )

    def _mapped(self, row: Mapping[str, Any], split: str, number: int, check: Checker) -> Example:
        columns = self.columns
        assert columns is not None
        identity = str(row[columns.id]) if columns.id and row[columns.id] is not None else ""
        identity = identity if columns.id else f"{split}-{number}"
        domains = row[columns.domains] if columns.domains else []
        summary = row[columns.summary]
        query = row[columns.query] if columns.query else None
        return Example(
            id=identity,
            dataset=self.dataset,
            group=str(row[columns.group]) if columns.group else identity,
            domains=tuple(
                check.texts([domains] if isinstance(domains, str) else domains, columns.domains or "domains")
            ),
            turns=tuple(self._turns(row[columns.dialogue], columns.dialogue, check)),
            query=None if query is None else check.text(query, columns.query or "query"),
            summary=tuple(
                check.texts(summary, columns.summary)
                if isinstance(summary, list)
                else split_sentences(check.text(summary, columns.summary))
            ),
        )

    def _turns(self, dialogue: Any, column: str, check: Checker) -> list[Turn]:
        if isinstance(dialogue, list) and dialogue and all(isinstance(turn, dict) for turn in dialogue):
            named = ("speaker", "text")
            return [Turn(*(check.text(check.field(turn, n), f"{column}.{n}") for n in named)) for turn in dialogue]
        text = "\n".join(check.texts(dialogue, column)) if isinstance(dialogue, list) else check.text(dialogue, column)
        try:
            return split_turns(text, self.speakers)
        except ValueError as error:
            raise check.fail(f"{column}: {error}") from error
