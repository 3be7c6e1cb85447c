"""What the cells of a table took, beside its scores, in each format."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from todsum.bench.result import CellRecord
from todsum.report.cost import Conditions, Cost, costs
from todsum.report.extra_columns import FIELD
from todsum.report.json_csv import to_csv
from todsum.report.page import MISSING, Page, Text, page
from todsum.report.table import AVERAGE, Row, Table


def page_with_cost(table: Table) -> Page:
    """The table's page, with the cost of each row beside its scores."""
    laid, by_row = page(table), [costs(row.cells) for row in table.rows]
    places = sorted({cost.conditions for found in by_row for cost in found})
    device = any(cost.device_memory for found in by_row for cost in found)
    header = ("Seconds a cell", "in all", "Peak MB", *(("Device MB",) if device else ()))
    overview = laid.grids[0]
    rows = [(*row, *map(Text, _texts(found, places, device))) for row, found in zip(overview.rows, by_row, strict=True)]
    overview = replace(overview, header=(*overview.header, *header), rows=tuple(rows))
    return replace(laid, grids=(overview, *laid.grids[1:]), notes=(*laid.notes, *_notes(by_row, places)))


def entries_with_cost(tables: Iterable[Table], found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tables' entries (:func:`todsum.report.json_csv.entries`), each with the ``cost`` of its cells."""
    cells = [
        _cells(row, column)
        for table in tables
        for row in table.rows
        for column in table.columns
        if column in row.entries
    ]
    return [entry | {"cost": [cost.to_json() for cost in costs(own)]} for entry, own in zip(found, cells, strict=True)]


def to_csv_with_cost(found: Iterable[dict[str, Any]]) -> str:
    """Entries with cost as CSV: after each entry's scores, lines with a figure in ``mean`` and a number of cells in
    ``n``; ``ran_on`` has the conditions, ``bound`` says ``at least`` or ``at most`` where a figure is only that."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    header = next(csv.reader(io.StringIO(to_csv([]))))
    writer.writerow([*header, "ran_on", "bound"])
    for entry in found:
        writer.writerows([*line, "", ""] for line in _csv_lines(entry))
        (words,) = _csv_lines({**entry, "scores": {}, FIELD: {}})
        for cost in entry["cost"]:
            for score, figure, bound in _csv_figures(cost):
                told = {"n": cost["cells"], "score": score, "mean": figure}
                line = [told.get(name, value) for name, value in zip(header, words, strict=True)]
                writer.writerow([*line, ", ".join(f"{k}: {v}" for k, v in cost["on"].items() if v), bound])
    return text.getvalue()


def latex_signs(text: str) -> str:
    """Text in LaTeX with the signs of bounds as LaTeX knows them."""
    return text.replace("≥", r"$\geq$").replace("≤", r"$\leq$")


def _cells(row: Row, column: str) -> list[CellRecord]:
    """The cells that an entry is made of; none for a domain's part of a cell that tests all of them."""
    return [cell for cell in row.cells if column in (AVERAGE, cell.spec.target)]


def _csv_lines(entry: dict[str, Any]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(to_csv([entry]))))[1:]


def _csv_figures(cost: dict[str, Any]) -> Iterator[tuple[str, float, str]]:
    kind, least = f"cost_{cost['seconds_are']}_seconds", "at least" if cost["at_least"] else ""
    most = "at most" if cost["peak_memory_is_bound"] else ""
    figures = (
        (f"{kind}_a_cell", cost["seconds_a_cell"], least),
        (f"{kind}_in_all", cost["seconds_in_all"], least),
        ("cost_peak_memory_mb", cost["peak_memory_mb"], most),
        ("cost_peak_device_memory_mb", cost["peak_device_memory_mb"], ""),
    )
    yield from ((name, figure, bound) for name, figure, bound in figures if figure is not None)


def _texts(found: Sequence[Cost], places: Sequence[Conditions], device: bool) -> Iterator[str]:
    yield "; ".join(_seconds(cost, cost.mean, places) for cost in found if cost.mean is not None) or MISSING
    yield "; ".join(_seconds(cost, cost.seconds, places) for cost in found if cost.seconds is not None) or MISSING
    largest = max((cost for cost in found if cost.memory), key=lambda cost: cost.memory or 0.0, default=None)
    if largest is None:
        yield MISSING
    else:
        yield f"{'≤' if largest.memory_is_bound else ''}{largest.memory:.0f}"
    if device:
        most = max((cost.device_memory for cost in found if cost.device_memory), default=None)
        yield MISSING if most is None else f"{most:.0f}"


def _seconds(cost: Cost, seconds: float, places: Sequence[Conditions]) -> str:
    shown = f"{'≥' if cost.at_least else ''}{seconds:.{1 if seconds < 1000 else 0}f}"
    shown += " w" if cost.conditions.wall else ""
    return f"{shown} [{places.index(cost.conditions) + 1}]" if len(places) > 1 else shown


def _notes(by_row: Sequence[Sequence[Cost]], places: Sequence[Conditions]) -> Iterator[str]:
    every = [cost for found in by_row for cost in found]
    if not every:
        return
    yield (
        "Cost: device-seconds, which are those of training and summarizing times the processes that share them: the "
        "mean and the sum over a row's finished cells. What several cells train alike counts in the one that trained "
        "it. Peak MB: resident memory of the largest cell."
    )
    if any(cost.conditions.wall and cost.seconds is not None for cost in every):
        yield "w: the whole wall time, scoring too: results of older versions tell no more."
    if any(cost.memory_is_bound for cost in every):
        yield "≤: the peak of the process so far, perhaps of another cell: results of older versions tell no more."
    if any(cost.at_least for cost in every):
        yield "≥: a cell was killed and went on; what it took before that is not known."
    if untimed := sum(cost.cells - cost.timed for cost in every):
        yield f"Finished cells that don't tell their seconds are left out of means and sums: {untimed}."
    if len(places) == 1:
        yield f"All cells ran on {places[0].words}."
    yield from (f"[{number}] {place.words}." for number, place in enumerate(places, 1) if len(places) > 1)
