"""Rows of a data set from elsewhere as examples; what does not fit is refused with file, row and reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import regex
from pydantic import BaseModel, ConfigDict

from todsum.data.dialogues import Doubts, read_dialogue
from todsum.data.records import Checker
from todsum.data.schema import Example, Slot, Turn
from todsum.sentences import split_sentences

#: What a domain's name may be: it names a folder of the results.
_DOMAIN = re.compile(r"[^./\\\s\x00-\x1f][^/\\\x00-\x1f]{0,99}")


class ColumnMap(BaseModel):
    """Which columns of a data set hold what of an example."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    dialogue: str
    """One text with the speakers in it, or a list of such lines, or of turns: objects with ``speaker`` and ``text``, or
    ``role`` and ``content``."""
    summary: str
    """One text, or a list of sentences."""
    id: str | None = None
    """Unique ids, text or whole numbers; without them, split and row."""
    domains: str | None = None
    """One domain, or a list of them. Without it only ``in-domain`` can be run."""
    query: str | None = None
    """What the summary answers."""
    group: str | None = None
    """What belongs together when resampling; without it, each example is a group of its own."""

    def names(self) -> list[str]:
        """The columns that are read."""
        return list(dict.fromkeys(name for name in self.model_dump().values() if name is not None))


@dataclass(frozen=True)
class Reader:
    """Makes examples of rows.

    Attributes:
        dataset: the data set's name for rows that have none.
        columns: which columns hold what; None for rows of our own schema.
        speakers: what begins a turn of a text; None recognises the layout.
        doubts: counts of what was read otherwise than it may be meant.
    """

    dataset: str
    columns: ColumnMap | None
    speakers: regex.Pattern[str] | None
    doubts: Doubts = field(default_factory=Doubts)

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
        if any(type(index) is not int or not 0 <= index < len(example.turns) for index in example.evidence):
            raise check.fail(f"evidence names a turn that is not there: there are {len(example.turns)}")
        return example

    def identity(self, row: Mapping[str, Any], split: str, number: int, check: Checker) -> str:
        """The id of a row, whatever else is wrong with it. Arguments and errors are those of :meth:`read`."""
        if self.columns is None:
            return check.text(row["id"], "id")
        column = self.columns.id
        return _name(row[column], column, check) if column else f"{split}-{number}"

    def _own(self, row: Mapping[str, Any], check: Checker) -> Example:
        turns = [check.mapping(turn, "turns") for turn in check.items(row["turns"], "turns")]
        state = [check.mapping(slot, "state") for slot in check.items(row["state"], "state")]
        return Example(
            id=check.text(row["id"], "id"),
            dataset=check.text(row["dataset"], "dataset"),
            group=check.text(row["group"], "group"),
            domains=tuple(check.texts(row["domains"], "domains")),
            turns=tuple(
                Turn(*(check.text(check.field(turn, name), f"turns.{name}") for name in ("speaker", "text")))
                for turn in turns
            ),
            query=None if row["query"] is None else check.text(row["query"], "query"),
            evidence=tuple(check.items(row["evidence"], "evidence")),
            state=tuple(
                Slot(
                    *(
                        check.text(check.field(slot, name), f"state.{name}")
                        for name in ("domain", "intent", "slot", "value")
                    )
                )
                for slot in state
            ),
            summary=tuple(check.texts(row["summary"], "summary")),
        )

    def _mapped(self, row: Mapping[str, Any], split: str, number: int, check: Checker) -> Example:
        columns = self.columns
        assert columns is not None
        identity = self.identity(row, split, number, check)
        domains = (row[columns.domains] or []) if columns.domains else []
        summary = row[columns.summary]
        query = (row[columns.query] or None) if columns.query else None
        return Example(
            id=identity,
            dataset=self.dataset,
            group=_name(row[columns.group], columns.group, check) if columns.group else identity,
            domains=tuple(
                check.texts([domains] if isinstance(domains, str) else domains, columns.domains or "domains")
            ),
            turns=self._turns(row[columns.dialogue], columns.dialogue, check),
            query=None if query is None else check.text(query, columns.query or "query"),
            summary=tuple(
                check.texts(summary, columns.summary)
                if isinstance(summary, list)
                else split_sentences(check.text(summary, columns.summary))
            ),
        )

    def _turns(self, dialogue: Any, column: str, check: Checker) -> tuple[Turn, ...]:
        try:
            read = read_dialogue(
                dialogue if isinstance(dialogue, list) else check.text(dialogue, column), self.speakers
            )
        except ValueError as error:
            raise check.fail(f"{column}: {error}") from error
        self.doubts.add(f"{check.file}: record {check.record}", read.doubtful, read.left_out, read.turns)
        return read.turns


def _name(value: Any, what: str, check: Checker) -> str:
    """An id or the name of a group, as it stands in the file."""
    name = check.name("" if value is None else value, what)
    if not name.strip():
        raise check.fail(f"{what} is empty")
    return name
