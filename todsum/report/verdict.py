"""Who leads a table, by how much, and how sure that is, in sentences made from its figures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from todsum.report.aggregate import Figure
from todsum.report.significance import LEVEL, Lead, contests, leads
from todsum.report.table import Row, Table
from todsum.report.training import is_one_model, is_trained
from todsum.stats import Interval

#: The score that rows are ordered by.
SCORE, SCORE_NAME = "rouge1", "R-1"


def verdicts(table: Table) -> Iterator[str]:
    """A line for each contest of a table with one row a system: systems without gold states first.

    Rows that do not cover every target are left out, as is transfer, whose contests are one a source.
    """
    found, fields = leads(table, SCORE), contests(table)
    for contest in sorted(fields, key=lambda contest: contest.reads_state):
        if contest.source is not None:
            continue
        who = "With gold states (§), " if contest.reads_state else "Without gold states, " if len(fields) > 1 else ""
        rows = [row for place in fields[contest] if SCORE in _figures(row := table.rows[place], table.headline)]
        if lead := found.get(contest, {}).get(table.headline):
            yield f"{who}{_sentence(table, lead)}"
        elif len(rows) == 1:
            mean = _figures(rows[0], table.headline)[SCORE].mean
            alone = f"{_name(table, rows[0])} has no competitor that covers every target"
            yield f"{who}{alone}: {100 * mean:.2f} {SCORE_NAME}."


def _figures(row: Row, column: str) -> Mapping[str, Figure]:
    return row.entries[column].figures if column in row.entries else {}


def _sentence(table: Table, lead: Lead) -> str:
    best, other = table.rows[lead.best], table.rows[lead.other]
    mine, theirs = best.entries[table.headline], other.entries[table.headline]
    verb = {"method": "leads", "model": "leads as one trained model", None: "is ahead"}[lead.win]
    figure = f"{100 * mine.figures[SCORE].mean:.2f} {SCORE_NAME}"
    gap = f"{100 * lead.test.difference:.2f} above {_name(table, other)}"
    ends = f"95% {interval_text(lead.test.interval)}"
    chance = "" if lead.win else " Chance may explain it."
    seeds = _seeds(best, other, table.headline, mine.differences_by_seed(theirs, SCORE))
    sure = f"({ends}; {p_text(lead.p)}, corrected for the columns)"
    return f"{_name(table, best)} {verb}: {figure}, {gap} {sure}.{chance}{seeds}"


def _name(table: Table, row: Row) -> str:
    alike = [other for other in table.rows if other.name == row.name]
    return f"{row.name} ({row.spec.backbone})" if len(alike) > 1 and row.spec.backbone else row.name


def _seeds(best: Row, other: Row, column: str, differences: dict[int, float]) -> str:
    """Whether every seed says the same."""
    single = [row.name for row in (best, other) if is_one_model(row, column)]
    if single:
        return f" One seed of {' and of '.join(single)}: this says nothing about another training."
    if len(differences) < 2:
        return ""
    agree = sum(difference > 0 for difference in differences.values())
    total = len(differences)
    few = [row.name for row in (best, other) if len(row.entries[column].seeds) == 2 and is_trained(row)]
    caution = f" Two seeds of {' and of '.join(few)} are few: the test errs in up to 10%." if few else ""
    count = f"{agree} of {total}" if agree < total else "Both" if total == 2 else f"All {total}"
    return f" {count} seeds agree ({by_seed(differences)}).{caution}"


def by_seed(differences: dict[int, float]) -> str:
    """Differences × 100 in the order of the seeds: ``+1.24, −0.43``."""
    return ", ".join(signed(difference) for _, difference in sorted(differences.items()))


def signed(value: float) -> str:
    """A difference × 100 with its sign: ``+1.24``, ``−0.43``."""
    return f"{100 * value:+.2f}".replace("-", "−")


def interval_text(interval: Interval) -> str:
    """``−0.12 to +1.30``; "not known" where there is too little to tell."""
    return "not known" if math.isnan(interval.low) else f"{signed(interval.low)} to {signed(interval.high)}"


def p_text(p: float) -> str:
    """``p = .016``, ``p < .001``; three digits, more where they would round to the level itself."""
    if math.isnan(p):
        return "p not known"
    if p < 0.001:
        return "p < .001"
    digits = 3 if round(p, 3) != LEVEL else 4
    return f"p = {p:.{digits}f}".replace("0.", ".", 1)
