"""What the leaderboard shows of tables: rows with their figures, gaps with their reasons, and what can be filtered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from todsum.bench.result import Reads
from todsum.report.page import MARK_MEANINGS, MARKS, SCORES, STATE_SCORES
from todsum.report.site.content import Board, EntryData, RowData, TableData

#: Protocols whose figures must not be taken for results on the published splits.
WARNINGS = {
    "low-resource": "low-resource protocol: trained on part of the official validation split",
    "simulated": "simulated dialogues, not real ones",
}
_NOTHING = EntryData(n=0, seeds=[], state="missing")


@dataclass(frozen=True)
class Gap:
    """Why something is not there: at which column of which row, and what is known of it."""

    name: str
    column: str
    state: str
    seeds: list[int]
    reasons: list[str]


@dataclass(frozen=True)
class Section:
    """A table with all that stands around it."""

    anchor: str
    table: TableData
    has_backbone: bool
    has_source: bool
    has_partial: bool
    by_target: list[str]
    warning: str | None
    gaps: list[Gap]


@dataclass(frozen=True)
class Filters:
    """What can be chosen above the tables."""

    settings: list[str]
    protocols: list[str]
    datasets: list[str]
    backbones: list[str]
    without_backbone: bool
    by_target: list[str]
    with_state: bool
    """Whether any system reads the gold state."""


@dataclass(frozen=True)
class Unranked:
    """A system that no table shows."""

    slug: str
    name: str
    status: str
    reason: str


def sections(tables: Sequence[TableData]) -> list[Section]:
    """The tables in their order."""
    return [
        Section(
            anchor=f"table-{number}",
            table=table,
            has_backbone=any(row.backbone for row in table.rows),
            has_source=any(row.source for row in table.rows),
            has_partial=any(row.covered < row.wanted for row in table.rows),
            by_target=_by_target(table) if len(table.columns) > 1 else [],
            warning=warning(table.protocol),
            gaps=gaps(table, table.rows),
        )
        for number, table in enumerate(tables, 1)
    ]


def filters(tables: Sequence[TableData]) -> Filters:
    """All values there are, sorted; scores in the order of the tables."""
    rows = [row for table in tables for row in table.rows]
    return Filters(
        settings=sorted({table.setting for table in tables}),
        protocols=sorted({table.protocol for table in tables}),
        datasets=sorted({table.dataset for table in tables}),
        backbones=sorted({row.backbone for row in rows if row.backbone}),
        without_backbone=any(not row.backbone for row in rows),
        by_target=list(
            dict.fromkeys(score for table in tables if len(table.columns) > 1 for score in _by_target(table))
        ),
        with_state=any(row.reads is not None and row.reads.state for row in rows),
    )


def _by_target(table: TableData) -> list[str]:
    """Scores that have a view by target: those that can be better or worse."""
    return [score for score in table.scores if score != "consistency_open"]


def unranked(board: Board) -> list[Unranked]:
    """Systems that were rejected or dropped, and accepted ones without a row, each with the reason."""
    ranked = {row.system for table in board.tables for row in table.rows}
    found = []
    for system in board.systems:
        if system.status != "accepted":
            found.append(Unranked(system.slug, system.name, system.status, system.reason or "no reason was given"))
        elif system.slug not in ranked:
            found.append(Unranked(system.slug, system.name, "no results", "no table has a row of it"))
    return found


def score_name(score: str) -> str:
    """A score as it is printed: ``R-1`` for ``rouge1``."""
    return {**SCORES, **STATE_SCORES}.get(score, score)


def warning(protocol: str) -> str | None:
    """What a badge says of a protocol, or None for the published splits."""
    return WARNINGS.get(protocol)


def entry(row: RowData, column: str) -> EntryData:
    """A row's entry at a column; an empty one where there is none."""
    return row.entries.get(column, _NOTHING)


def read_marks(reads: Reads | None) -> list[tuple[str, str]]:
    """The marks († ‡ §) of what a method reads, each with its meaning."""
    return [(mark, MARK_MEANINGS[name]) for name, mark in MARKS.items() if reads is not None and getattr(reads, name)]


def gaps(table: TableData, rows: Sequence[RowData]) -> list[Gap]:
    """Entries that are not finished or lack seeds. A column that a row does not have (its source) is no gap."""
    return [gap for row in rows for gap in _gaps(table, row)]


def _gaps(table: TableData, row: RowData) -> list[Gap]:
    name = f"{row.name}, source {row.source}" if row.source else row.name
    found = []
    for column in table.columns:
        here = row.entries.get(column)
        if here is not None and (here.state != "finished" or here.missing or here.reasons):
            found.append(Gap(name, column, here.state, here.missing, here.reasons))
    return found
