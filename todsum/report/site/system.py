"""What a system's page shows beside its own record: its rows of all tables, and what became of each slot."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from todsum.report.site.content import RowData, SlotCount, SystemData, TableData
from todsum.report.site.leaderboard import Gap, gaps, warning


@dataclass(frozen=True)
class TableRows:
    """A system's rows of one table; ``number`` is the table's on the leaderboard."""

    number: int
    table: TableData
    warning: str | None
    rows: list[RowData]
    gaps: list[Gap]


@dataclass(frozen=True)
class SlotRow:
    """A slot's counts.

    Attributes:
        count: the counts.
        stated: how often the state has the slot.
        shares: of right, wrong and missing in ``stated``, in percent.
        bars: kind, start and width, in percent of all four counts.
    """

    count: SlotCount
    stated: int
    shares: list[tuple[str, float]]
    bars: list[tuple[str, float, float]]


@dataclass(frozen=True)
class ErrorTable:
    """The slots of one data set and setting."""

    title: str
    warning: str | None
    rows: list[SlotRow]


def system_rows(system: SystemData, tables: Sequence[TableData]) -> list[TableRows]:
    """The tables in which a system stands, with its rows."""
    found = []
    for number, table in enumerate(tables, 1):
        if rows := [row for row in table.rows if row.system == system.slug]:
            found.append(TableRows(number, table, warning(table.protocol), rows, gaps(table, rows)))
    return found


def error_tables(slots: Sequence[SlotCount]) -> list[ErrorTable]:
    """Slots by data set, setting and protocol, in the order in which they come."""
    groups: dict[tuple[str, str, str], list[SlotCount]] = {}
    for count in slots:
        groups.setdefault((count.dataset, count.setting, count.protocol), []).append(count)
    return [
        ErrorTable(f"{dataset} · {setting} · protocol {protocol}", warning(protocol), [_slot_row(c) for c in counts])
        for (dataset, setting, protocol), counts in groups.items()
    ]


def settings_rows(values: Mapping[str, JsonValue]) -> list[tuple[str, str]]:
    """Settings or provenance as lines of text, sorted; nested values as JSON."""
    return [
        (name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True))
        for name, value in sorted(values.items())
    ]


def _slot_row(count: SlotCount) -> SlotRow:
    stated = count.right + count.wrong + count.missing
    kinds = [(kind, getattr(count, kind)) for kind in ("right", "wrong", "missing", "invented")]
    shares = [(kind, 100 * number / stated if stated else 0.0) for kind, number in kinds[:3]]
    whole, start, bars = sum(number for _, number in kinds), 0, []
    for kind, number in kinds:
        if number:
            bars.append((kind, round(100 * start / whole, 2), round(100 * number / whole, 2)))
        start += number
    return SlotRow(count, stated, shares, bars)
