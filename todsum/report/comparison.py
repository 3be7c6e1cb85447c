"""One method against another: differences with intervals and paired tests, target by target."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from todsum.errors import TodsumError, unknown_name
from todsum.report.entries import table_words
from todsum.report.markdown import escape, grid_lines
from todsum.report.page import SCORES, heading
from todsum.report.table import Row, Table
from todsum.stats import Interval


@dataclass(frozen=True)
class Comparison:
    """One score of two methods at one target, in 0…1.

    Attributes:
        system, baseline: means over seeds, as in the results table; difference: the first minus the second.
        interval: 95% bootstrap interval of the difference, groups resampled, seeds averaged per example.
        p: of the two-sided paired randomisation test by group.
    """

    table: Table
    source: str | None
    target: str
    score: str
    n: int
    system: float
    baseline: float
    interval: Interval
    p: float

    @property
    def difference(self) -> float:
        """How much better the system is."""
        return self.system - self.baseline

    def to_json(self) -> dict[str, Any]:
        """As plain JSON, scores × 100."""
        return {
            **table_words(self.table.spec),
            "source": self.source,
            "target": self.target,
            "score": self.score,
            "n": self.n,
            "system": 100 * self.system,
            "baseline": 100 * self.baseline,
            "difference": 100 * self.difference,
            "ci95": [None if math.isnan(end) else round(100 * end, 6) for end in self.interval],
            "p": None if math.isnan(self.p) else self.p,
        }


def compare(tables: Sequence[Table], system: str, baseline: str) -> list[Comparison]:
    """Compares two methods, named as in the tables, wherever both have results: for transfer, source by source.

    Raises:
        TodsumError: no method has such a name, both are the same, they share no finished result, or they were scored
            with different signatures.
    """
    names = sorted({row.name for table in tables for row in table.rows})
    for name in (system, baseline):
        if name not in names:
            raise unknown_name("method in these runs", name, names)
    if system == baseline:
        raise TodsumError(f"--system and --baseline are both {system!r}: name two different methods")
    found = [item for table in tables for pair in _pairs(table, system, baseline) for item in _compared(table, *pair)]
    if not found:
        raise TodsumError(f"{system} and {baseline} have no finished result in the same table: nothing to compare")
    return found


def comparison_markdown(tables: Sequence[Table], found: Sequence[Comparison], system: str, baseline: str) -> str:
    """The comparisons as Markdown, below each results table's heading."""
    lines = []
    for table in tables:
        lines += [f"## {escape(heading(table.spec))}", ""]
        own = [item for item in found if item.table is table]
        if own:
            sources = any(item.source for item in own)
            header = ["Target", "Score", "n", system, baseline, "Difference", "95% interval", "p"]
            header = ["Source", *header] if sources else header
            rows = [[escape(item.source or "–"), *_texts(item)] if sources else _texts(item) for item in own]
            lines += [*grid_lines(list(map(escape, header)), rows, labels=3 if sources else 2), ""]
        else:
            lines += [f"Not compared: {escape(system)} and {escape(baseline)} do not both have results here.", ""]
    lines += [
        f"Scores × 100, means over seeds. Intervals: bootstrap over groups. p: paired randomisation tests by group, "
        f"two-sided, not corrected for their number ({len(found)})."
    ]
    return "\n".join(lines) + "\n"


def _pairs(table: Table, system: str, baseline: str) -> Iterator[tuple[Row, Row]]:
    others = {row.spec.source: row for row in table.rows if row.name == baseline}
    for row in table.rows:
        if row.name == system and row.spec.source in others:
            yield row, others[row.spec.source]


def _compared(table: Table, system: Row, baseline: Row) -> Iterable[Comparison]:
    for target in table.columns:
        mine, other = system.entries.get(target), baseline.entries.get(target)
        if mine is None or other is None or not mine.samples or not other.samples:
            continue
        if mine.signatures != other.signatures:
            raise TodsumError(
                f"{system.cells[0].folder} and {baseline.cells[0].folder} were scored with different signatures: "
                "such scores can't be compared; score both with one version"
            )
        scores = [name for name in SCORES if name in mine.figures and name in other.figures]
        theirs = other.sample.aligned(mine.sample)
        p, intervals = mine.sample.test(theirs, scores), mine.sample.difference(theirs, scores)
        for name in scores:
            means = mine.figures[name].mean, other.figures[name].mean
            yield Comparison(table, system.spec.source, target, name, mine.n, *means, intervals[name], p[name])


def _texts(item: Comparison) -> list[str]:
    low, high = (f"{100 * end:+.2f}" for end in item.interval)
    p = "<0.001" if item.p < 0.001 else f"{item.p:.3f}"
    means = f"{100 * item.system:.2f}", f"{100 * item.baseline:.2f}", f"{100 * item.difference:+.2f}"
    return [escape(item.target), SCORES[item.score], str(item.n), *means, f"{low} to {high}", p]
