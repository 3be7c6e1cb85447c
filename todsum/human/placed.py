"""The part of a human evaluation that stands with a results table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from todsum.counted import counted
from todsum.human.criteria import CRITERIA, HIGHEST, LOWEST, NAMES
from todsum.human.evaluation import CriterionMean, HumanEvaluation, SystemMeans
from todsum.report.table import Table

HEADER = (*(criterion.title for criterion in CRITERIA), "Ratings")
_MISSING = "–"


@dataclass(frozen=True)
class TableRatings:
    """Ratings of a table's rows.

    Attributes:
        rows: by the row's place in the table; rows that were not rated are left out.
        columns: of each of these rows, the column that the rated examples belong to.
        notes: what a reader has to know.
    """

    rows: Mapping[int, SystemMeans]
    columns: Mapping[int, str]
    notes: tuple[str, ...]

    @property
    def header(self) -> tuple[str, ...]:
        """Names of the columns of :meth:`texts`."""
        return HEADER

    def texts(self) -> list[tuple[int, list[str]]]:
        """For people: a row's place, and its figures."""
        return [(place, system_texts(system)) for place, system in self.rows.items()]

    def figures(self) -> dict[tuple[int, str], dict[str, dict[str, Any]]]:
        """For programs: figures by criterion, at a row's place and a column."""
        return {(place, self.columns[place]): system_json(system) for place, system in self.rows.items()}


def placed(tables: Sequence[Table], human: HumanEvaluation) -> list[Table]:
    """The tables, with the ratings at the one that the rated cells belong to (where none is there any more: the first).

    Rated cells that are in no table are told in a note.
    """
    cells = {cell for system in human.systems for cell in system.cells}
    home = max(tables, key=lambda table: len(cells & _cells(table)))
    lost = [system for system in human.systems if not set(system.cells) <= _cells(home)]
    rows, columns = {}, {}
    for place, row in enumerate(home.rows):
        own = {cell.spec.key(): cell.spec.target for cell in row.cells}
        for system in human.systems:
            if targets := {own[cell] for cell in system.cells if cell in own}:
                rows[place] = system
                whole = len(targets) > 1 and home.headline in row.entries
                columns[place] = home.headline if whole else min(targets)
    part = TableRatings(rows, columns, (*evaluation_notes(human), *_lost(home, lost)))
    return [replace(table, human=part) if table is home else table for table in tables]


def _cells(table: Table) -> set[str]:
    return {cell.spec.key() for row in table.rows for cell in row.cells}


def _lost(home: Table, lost: Sequence[SystemMeans]) -> Iterator[str]:
    for system in lost:
        gone = sorted(set(system.cells) - _cells(home))
        keys = ", ".join(cell[:8] for cell in gone)
        yield f"Human evaluation: rated cells of {system_title(system)} are not in this run directory: {keys}."


def system_title(system: SystemMeans) -> str:
    """The system, with its source where it has one."""
    return f"{system.label} from {system.source}" if system.source else system.label


def evaluation_notes(human: HumanEvaluation) -> Iterator[str]:
    """What the figures are, and how far raters agree."""
    items, examples = len(human.key.items), human.key.examples
    missing = sum(count.missing for count in human.raters.values())
    raters = counted(len(human.raters), "rater")
    given = sum(count.given for count in human.raters.values())
    yield (
        f"Human evaluation: mean ratings from {LOWEST} to {HIGHEST}, higher is better on all four criteria "
        f"(not redundant: {HIGHEST} = nothing is said twice); brackets: 95% intervals, bootstrapped by group. "
        f"{raters}, {items} summaries of {examples} examples, one seed of each method; {given} ratings, "
        f"{missing} missing."
    )
    told = []
    for criterion in CRITERIA:
        found = human.agreement[criterion.name]
        figure = f"{found.alpha:.2f}" if found.alpha is not None else f"undefined ({found.reason})"
        told.append(f"{criterion.title.lower()} {figure}")
    yield f"Agreement of raters, Krippendorff's alpha (ordinal): {', '.join(told)}."


def system_texts(system: SystemMeans) -> list[str]:
    """A system's figures under :data:`HEADER`."""
    counts = {system.criteria[name].ratings for name in NAMES}
    ratings = f"{min(counts)}–{max(counts)}" if len(counts) > 1 else str(*counts)
    return [*(figure_text(system.criteria[name]) for name in NAMES), ratings]


def figure_text(figure: CriterionMean) -> str:
    """``4.20 [3.91, 4.47]``."""
    if figure.mean is None:
        return _MISSING
    interval = "" if figure.low is None else f" [{figure.low:.2f}, {figure.high:.2f}]"
    return f"{figure.mean:.2f}{interval}"


def system_json(system: SystemMeans) -> dict[str, dict[str, Any]]:
    """A system's figures for programs, by criterion."""
    return {
        name: {
            "mean": figure.mean,
            "ci95": [figure.low, figure.high],
            "ratings": figure.ratings,
            "items": figure.items,
        }
        for name, figure in system.criteria.items()
    }
