"""The part of a human evaluation that stands with a results table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from todsum.counted import counted
from todsum.human.criteria import CRITERIA, HIGHEST, LOWEST, NAMES
from todsum.human.evaluation import CriterionMean, HumanEvaluation, SystemMeans
from todsum.human.reading import read_human
from todsum.report.extra_columns import ExtraColumns
from todsum.report.table import Table

HEADER = (*(criterion.title for criterion in CRITERIA), "Ratings")
_MISSING = "–"


def with_ratings(tables: Sequence[Table], runs: Path) -> list[Table]:
    """Adds the ratings of a run directory, if it has any, to its tables.

    They go to the table that the rated cells belong to, or to the first if none has such cells any more. A note names
    rated cells that are in no table.

    Raises:
        TodsumError: the ratings can't be read or contradict themselves.
    """
    human = read_human(runs)
    if human is None:
        return list(tables)
    cells = {cell for system in human.systems for cell in system.cells}
    home = max(tables, key=lambda table: len(cells & _cells(table)))
    lost = [system for system in human.systems if not set(system.cells) <= _cells(home)]
    texts, figures = {}, {}
    for place, row in enumerate(home.rows):
        own = {cell.spec.key(): cell.spec.target for cell in row.cells}
        for system in human.systems:
            if targets := {own[cell] for cell in system.cells if cell in own}:
                whole = len(targets) > 1 and home.headline in row.entries
                texts[place] = system_texts(system)
                figures[place, home.headline if whole else min(targets)] = system_json(system)
    notes = (*evaluation_notes(human), *_lost(home, lost))
    extra = ExtraColumns("Human evaluation", HEADER, texts, figures, notes)
    return [replace(table, extra=extra) if table is home else table for table in tables]


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


def system_texts(system: SystemMeans) -> tuple[str, ...]:
    """A system's figures under :data:`HEADER`."""
    counts = {system.criteria[name].ratings for name in NAMES}
    ratings = f"{min(counts)}–{max(counts)}" if len(counts) > 1 else str(*counts)
    return (*(figure_text(system.criteria[name]) for name in NAMES), ratings)


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
