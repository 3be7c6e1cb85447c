"""Tables as the pages hold them: figures × 100, rounded far below the noise, with what is best of a column."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from todsum.report.contest import winners
from todsum.report.entry import Entry
from todsum.report.page import SCORES, page
from todsum.report.site.content import EntryData, FigureData, RowData, TableData
from todsum.report.table import Row, Table

_DIGITS = 6  # so that the order of summation does not show


def table_data(table: Table, system: Callable[[Row], str]) -> TableData:
    """A table for the pages.

    Args:
        table: the table.
        system: the slug of a row's system.
    """
    laid_out = page(table)
    scores = [name for name in SCORES if any(name in e.figures for row in table.rows for e in row.entries.values())]
    best = {(column, name): winners(table, column, name) for column in table.columns for name in scores}
    rows = []
    for place, row in _best_first(table.rows):
        entries = {
            column: _entry(row.entries[column], scores, {name for name in scores if place in best[column, name]})
            for column in table.columns
            if column in row.entries
        }
        rows.append(
            RowData(
                system=system(row),
                name=row.name,
                backbone=row.spec.backbone,
                source=row.spec.source,
                reads=row.reads,
                entries=entries,
            )
        )
    spec = table.spec
    return TableData(
        dataset=spec.dataset,
        protocol=spec.protocol,
        setting=spec.setting,
        options=dict(sorted(spec.setting_options.items())),
        input=dict(sorted(spec.input.items())),
        heading=laid_out.heading,
        facts=list(laid_out.facts),
        notes=list(laid_out.notes),
        signatures=list(laid_out.signatures),
        columns=list(table.columns),
        headline=table.headline,
        scores=scores,
        rows=rows,
    )


def _best_first(rows: Sequence[Row]) -> Iterator[tuple[int, Row]]:
    """The rows and their places in the table, turned round: systems with results from the best to the worst, then the
    others; the sources of a system stay in their order."""
    systems = [list(own) for _, own in groupby(enumerate(rows), key=lambda placed: placed[1].name)]
    systems.sort(key=lambda own: all(row.reads is None for _, row in own), reverse=True)
    for own in reversed(systems):
        yield from own


def _entry(entry: Entry, scores: list[str], best: set[str]) -> EntryData:
    figures = {}
    for name in scores:
        if name in entry.figures:
            figure = entry.figures[name]
            low, high = (_percent(end) for end in entry.sample.intervals[name])
            mean, sd = _percent(figure.mean), None if figure.sd is None else _percent(figure.sd)
            assert mean is not None
            figures[name] = FigureData(mean=mean, sd=sd, low=low, high=high, best=name in best)
    return EntryData(
        n=entry.n,
        seeds=list(entry.seeds),
        missing=list(entry.missing),
        state=entry.state,
        reasons=list(entry.reasons),
        scores=figures,
    )


def _percent(value: float) -> float | None:
    return None if math.isnan(value) else round(100 * value, _DIGITS)
