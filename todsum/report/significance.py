"""Who is best, and whether chance explains it.

There are two contests: systems that read the gold state, which nobody has in use, and systems that do not. In transfer
each source domain has its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from todsum.report.table import Table, competes
from todsum.report.training import is_one_model
from todsum.stats import Test, holm

LEVEL = 0.05
#: Scores with a better and a worse end; others are shown, never best.
RANKED = ("rouge1", "rouge2", "rougeL", "rougeLsum", "consistency_f1", "consistency_official_f1")

Win = Literal["method", "model"]
"""``method``: holds for the method. ``model``: one of the two has one seed, so it holds for this trained model."""


class Contest(NamedTuple):
    """What competes with what: rows of the same source that all read the gold state, or all do not."""

    source: str | None
    reads_state: bool


@dataclass(frozen=True)
class Lead:
    """The best of a contest at one column, beside the next best.

    Attributes:
        best, other: the rows, as places in ``table.rows``.
        test: the best against the next best.
        p: ``test.p`` corrected for the table's columns by Holm's method.
        win: what the lead holds for; None where chance explains it.
    """

    best: int
    other: int
    test: Test
    p: float
    win: Win | None


def contests(table: Table) -> dict[Contest, list[int]]:
    """The competing rows of each contest, as places in ``table.rows``."""
    found: dict[Contest, list[int]] = {}
    for place, row in enumerate(table.rows):
        if competes(row):
            assert row.reads is not None
            found.setdefault(Contest(row.spec.source, row.reads.state), []).append(place)
    return found


def leads(table: Table, score: str) -> dict[Contest, dict[str, Lead]]:
    """Who leads each contest, by column; columns without two comparable competitors are left out.

    The best wins where the test against the next best gives a corrected p below .05. The correction is Holm's, over the
    columns of the score in the contest. Scores of different signatures are not compared.
    """
    found = {}
    for contest, places in contests(table).items() if score in RANKED else ():
        pairs = {column: pair for column in table.columns if (pair := _first_two(table, places, column, score))}
        tests = {column: _test(table, pair, column, score) for column, pair in pairs.items()}
        corrected = dict(zip(tests, holm([test.p for test in tests.values()]), strict=True))
        found[contest] = {
            column: Lead(
                *pairs[column], test, corrected[column], _win(table, pairs[column], column, test, corrected[column])
            )
            for column, test in tests.items()
        }
    return found


def winners(table: Table, score: str) -> dict[str, dict[int, Win]]:
    """By column: the rows that win a contest, as places in ``table.rows``, and what the win holds for."""
    found: dict[str, dict[int, Win]] = {column: {} for column in table.columns}
    for by_column in leads(table, score).values():
        for column, lead in by_column.items():
            if lead.win:
                found[column][lead.best] = lead.win
    return found


def _first_two(table: Table, places: list[int], column: str, score: str) -> tuple[int, int] | None:
    field = sorted(_with_figure(table, places, column, score))
    if len(field) < 2 or not _same_signature(table, field[0][1], field[1][1], column, score):
        return None
    return field[0][1], field[1][1]


def _with_figure(table: Table, places: list[int], column: str, score: str) -> Iterator[tuple[float, int]]:
    for place in places:
        entry = table.rows[place].entries.get(column)
        if entry is not None and score in entry.figures:
            yield -entry.figures[score].mean, place


def _same_signature(table: Table, best: int, other: int, column: str, score: str) -> bool:
    mine, theirs = table.rows[best].entries[column], table.rows[other].entries[column]
    metric = mine.scorer.metric_of(score).name
    return (mine.signatures or {}).get(metric) == (theirs.signatures or {}).get(metric)


def _test(table: Table, pair: tuple[int, int], column: str, score: str) -> Test:
    best, other = (table.rows[place].entries[column] for place in pair)
    return best.test_against(other, score)


def _win(table: Table, pair: tuple[int, int], column: str, test: Test, p: float) -> Win | None:
    if math.isnan(p) or p >= LEVEL or test.difference <= 0:
        return None
    return "model" if any(is_one_model(table.rows[place], column) for place in pair) else "method"
