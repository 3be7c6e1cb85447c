"""Tables as the pages hold them: figures × 100, rounded far below the noise, with what is best of a column."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping

from todsum.report.aggregate import Entry
from todsum.report.page import SCORES, page
from todsum.report.significance import Win, winners
from todsum.report.site.content import EntryData, FigureData, RowData, TableData
from todsum.report.table import Row, Table

_SETTINGS = ("zero-shot", "in-domain", "transfer", "few-shot")
_DIGITS = 6  # so that the order of summation does not show


def in_reading_order(tables: Iterable[Table]) -> list[Table]:
    """Orders tables for readers: published before simulated, TODSum first, zero-shot first, the fullest first."""

    def place(table: Table) -> tuple[object, ...]:
        spec = table.spec
        setting = _SETTINGS.index(spec.setting) if spec.setting in _SETTINGS else len(_SETTINGS)
        return (
            spec.protocol == "simulated",
            not spec.dataset.startswith("todsum"),
            spec.dataset,
            setting,
            -len(table.rows),
        )

    return sorted(tables, key=place)


def table_data(table: Table, system: Callable[[Row], str]) -> TableData:
    """A table for the pages.

    Args:
        table: the table.
        system: the slug of a row's system.
    """
    laid_out = page(table)
    scores = [name for name in SCORES if any(name in e.figures for row in table.rows for e in row.entries.values())]
    won = {name: winners(table, name) for name in scores}
    rows = []
    for place, row in enumerate(table.rows):
        entries = {
            column: _entry(row.entries[column], {name: won[name][column].get(place) for name in scores})
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
                covered=len(table.covered(row)),
                wanted=len(table.wanted(row)),
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
        verdicts=list(laid_out.verdicts),
        notes=list(laid_out.notes),
        signatures=list(laid_out.signatures),
        columns=list(table.columns),
        headline=table.headline,
        scores=scores,
        rows=rows,
    )


def _entry(entry: Entry, wins: Mapping[str, Win | None]) -> EntryData:
    figures = {}
    for name, win in wins.items():
        if name in entry.figures:
            figure = entry.figures[name]
            low, high = (_percent(end) for end in entry.intervals[name])
            mean, sd = _percent(figure.mean), None if figure.sd is None else _percent(figure.sd)
            assert mean is not None
            figures[name] = FigureData(mean=mean, sd=sd, low=low, high=high, win=win)
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
