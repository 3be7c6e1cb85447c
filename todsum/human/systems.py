"""Which systems are rated: rows of one results table, each by the cells of its lowest seed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from todsum.bench.only import values_of
from todsum.bench.result import CellRecord, Spec
from todsum.errors import TodsumError, unknown_name
from todsum.report.footnotes import title
from todsum.report.page import heading
from todsum.report.table import Row, Table
from todsum.report.test_sets import part_order

_MOST = 5  # tables that a message names


@dataclass(frozen=True)
class System:
    """A row of the table and its finished cells of one seed, by target."""

    row: Row
    cells: Mapping[str, CellRecord]


def one_table(tables: Sequence[Table], labels: Sequence[str]) -> Table:
    """The table to sample from.

    Raises:
        TodsumError: there are several; the message says what to pass.
    """
    if len(tables) == 1:
        return tables[0]
    holders = {label: [heading(t.spec) for t in tables if _rows(t, label)] for label in labels}
    for label, found in holders.items():
        if not found:
            raise _unknown(label, (row for table in tables for row in table.rows))
    if labels and not any(all(_rows(table, label) for label in labels) for table in tables):
        where = "; ".join(f"{label} in {' and '.join(found)}" for label, found in holders.items())
        raise TodsumError(f"--systems {', '.join(labels)}: they stand in different tables ({where}): can't be compared")
    ways = [_telling(table.spec, [other.spec for other in tables]) for table in tables[:_MOST]]
    more = f" (and {len(tables) - _MOST} more)" if len(tables) > _MOST else ""
    if len(set(ways)) == len(ways) and all(ways):
        raise TodsumError(f"{len(tables)} tables are here, pass one of: {' | '.join(ways)}{more}")
    names = "; ".join(heading(table.spec) for table in tables[:_MOST])
    raise TodsumError(
        f"{len(tables)} tables are here ({names}{more}): choose one with --only, or keep those that --only can't tell "
        "apart in run directories of their own"
    )


def choose(table: Table, labels: Sequence[str]) -> tuple[list[System], list[str]]:
    """The systems with a finished cell at each target that any row is finished at, and a line for each left out.

    Args:
        table: the table.
        labels: names of rows, as the table shows them; none means all.

    Raises:
        TodsumError: an unknown name, a named system that is not finished, or nothing is.
    """
    for label in labels:
        if not _rows(table, label):
            raise _unknown(label, table.rows)
    rows = [row for row in table.rows if not labels or any(row in _rows(table, label) for label in labels)]
    targets = {cell.spec.target for row in table.rows for cell in row.cells if cell.result is not None}
    systems, left_out = [], []
    for row in rows:
        finished: dict[str, dict[int, CellRecord]] = {target: {} for target in sorted(targets, key=part_order)}
        for cell in row.cells:
            if cell.result is not None:
                finished[cell.spec.target][cell.spec.seed] = cell
        if seeds := set.intersection(*(set(cells) for cells in finished.values())) if finished else set():
            systems.append(System(row, {target: cells[min(seeds)] for target, cells in finished.items()}))
        else:
            lacking = [target for target, cells in finished.items() if not cells] or ["every target with one seed"]
            left_out.append(f"{title(row)}: no finished cell at {', '.join(lacking)}")
    if left_out and (labels or not systems):
        raise TodsumError(f"{'; '.join(left_out)}: run it, or choose targets with --only target=NAME")
    return systems, left_out


def _rows(table: Table, label: str) -> list[Row]:
    return [row for row in table.rows if label in (row.name, title(row))]


def _unknown(label: str, rows: Iterable[Row]) -> TodsumError:
    return unknown_name("system in these runs", label, sorted({title(row) for row in rows}))


def _telling(spec: Spec, others: Sequence[Spec]) -> str:
    """The ``--only`` options that tell a table from others, as far as there are some."""
    told = {name: [values_of(other)[name] for other in others] for name in ("dataset", "setting", "view")}
    return " ".join(f"--only {name}={values_of(spec)[name]}" for name, all_ in told.items() if len(set(all_)) > 1)
