"""Who is best, and whether chance explains it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from todsum.report.table import Row, Table

LEVEL = 0.05


def competes(row: Row) -> bool:
    """Whether a row can be best: it has results and was not shown the references."""
    return row.reads is not None and not row.reads.reference


def winners(table: Table, column: str, score: str) -> set[int]:
    """The rows that are best at a target, as places in ``table.rows``; with several sources, one for each at most.

    The best is a winner only where the paired randomisation test against the next best competitor gives p < .05, and
    where both were scored with the same signature.
    """
    won = set()
    for _, rows in groupby(_by_source(table), key=lambda found: found[1].spec.source):
        field = [(place, row) for place, row in rows if competes(row) and _has(row, column, score)]
        field.sort(key=lambda found: (-found[1].entries[column].figures[score].mean, found[0]))
        if len(field) > 1 and _beats(field[0][1], field[1][1], column, score):
            won.add(field[0][0])
    return won


def _by_source(table: Table) -> Iterator[tuple[int, Row]]:
    return iter(sorted(enumerate(table.rows), key=lambda found: found[1].spec.source or ""))


def _has(row: Row, column: str, score: str) -> bool:
    return column in row.entries and score in row.entries[column].figures


def _beats(best: Row, other: Row, column: str, score: str) -> bool:
    mine, theirs = best.entries[column], other.entries[column]
    metric = mine.sample.scorer.metric_of(score).name
    if (mine.signatures or {}).get(metric) != (theirs.signatures or {}).get(metric):
        return False
    if mine.figures[score].mean <= theirs.figures[score].mean:
        return False
    return mine.p_against(theirs, score) < LEVEL
