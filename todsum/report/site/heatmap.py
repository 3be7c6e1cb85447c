"""Transfer as source × target maps, one a system, coloured in steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from todsum.report.site.content import EntryData, RowData, TableData
from todsum.report.site.leaderboard import Gap, entry, gaps, warning

STEPS = 7
_SUMMARIES = {"average", "all"}


@dataclass(frozen=True)
class Cell:
    """One target of one source.

    Attributes:
        entry: what is known.
        step: 0 (lowest of the table) to ``STEPS`` - 1; None where there is no figure.
        kind: ``diagonal`` where source and target are the same, ``summary`` for the average, else ``transfer``.
    """

    column: str
    entry: EntryData
    step: int | None
    kind: str


@dataclass(frozen=True)
class HeatMap:
    """A system's figures of one score: a line of cells for each source."""

    system: str
    name: str
    lines: list[tuple[str, list[Cell]]]


@dataclass(frozen=True)
class ScoreMaps:
    """All systems' maps of a score, on one scale."""

    score: str
    low: float
    high: float
    maps: list[HeatMap]


@dataclass(frozen=True)
class TransferTable:
    """A transfer table's maps, a group for each score; ``sizes`` are test examples by column."""

    anchor: str
    table: TableData
    warning: str | None
    sizes: dict[str, int]
    scores: list[ScoreMaps]
    gaps: list[Gap]


def heat_maps(tables: Sequence[TableData]) -> list[TransferTable]:
    """The tables of the transfer setting."""
    found = []
    for number, table in enumerate(tables, 1):
        if table.setting == "transfer" and table.rows:
            sizes = {column: max(entry(row, column).n for row in table.rows) for column in table.columns}
            scores = [_score_maps(table, score) for score in table.scores]
            anchor, missing = f"transfer-{number}", gaps(table, table.rows)
            found.append(TransferTable(anchor, table, warning(table.protocol), sizes, scores, missing))
    return found


def _score_maps(table: TableData, score: str) -> ScoreMaps:
    figures = [here.scores[score].mean for row in table.rows for here in row.entries.values() if score in here.scores]
    low, high = (min(figures), max(figures)) if figures else (0.0, 0.0)
    systems: dict[tuple[str, str], list[RowData]] = {}
    for row in table.rows:
        systems.setdefault((row.system, row.name), []).append(row)
    maps = [
        HeatMap(system, name, [(row.source or "–", _line(table, row, score, low, high)) for row in rows])
        for (system, name), rows in systems.items()
    ]
    return ScoreMaps(score, low, high, maps)


def _line(table: TableData, row: RowData, score: str, low: float, high: float) -> list[Cell]:
    cells = []
    for column in table.columns:
        here = entry(row, column)
        kind = "summary" if column in _SUMMARIES else "diagonal" if column == row.source else "transfer"
        step = _step(here.scores[score].mean, low, high) if score in here.scores else None
        cells.append(Cell(column, here, step, kind))
    return cells


def _step(figure: float, low: float, high: float) -> int:
    if high <= low:
        return STEPS // 2
    return min(STEPS - 1, int(STEPS * (figure - low) / (high - low)))
