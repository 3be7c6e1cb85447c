"""One method against another: differences with intervals and tests, target by target."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from todsum.errors import TodsumError, unknown_name
from todsum.report.json_csv import table_words
from todsum.report.markdown import escape, grid_lines
from todsum.report.page import SCORES, heading
from todsum.report.table import Row, Table
from todsum.report.training import is_one_model
from todsum.report.verdict import by_seed, interval_text, p_text, signed
from todsum.stats import Test, holm

#: What the test is, for readers.
ABOUT_TEST = (
    "The test asks whether the difference would hold after training both methods anew and on other dialogues: its "
    "standard error adds the spread over seeds to the spread over dialogues (meetings), for a t-test with "
    "Satterthwaite's degrees of freedom. p and the 95% interval come from this one test, so the interval excludes 0 "
    "exactly where p is below .05; p (Holm) is corrected for the targets of a score, so it alone can be above .05 "
    "beside an interval that excludes 0."
)


@dataclass(frozen=True)
class Comparison:
    """One score of two methods at one target, in 0…1.

    Attributes:
        system, baseline: means over seeds, as in the results table; difference: the first minus the second.
        test: of the difference, over trainings and groups.
        p_holm: its p, corrected for the targets of the same table, source and score by Holm's method.
        seeds: how many seeds each of the two has.
        by_seed: the difference of each seed that both have; of a single run, against each seed of the other.
    """

    table: Table
    source: str | None
    target: str
    score: str
    n: int
    system: float
    baseline: float
    test: Test
    p_holm: float
    seeds: tuple[int, int]
    by_seed: dict[int, float]

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
            "ci95": [None if math.isnan(end) else round(100 * end, 6) for end in self.test.interval],
            "p": _number(self.test.p),
            "p_holm": _number(self.p_holm),
            "df": _number(self.test.df),
            "seeds": list(self.seeds),
            "by_seed": {str(seed): 100 * difference for seed, difference in sorted(self.by_seed.items())},
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
            header = [
                "Target",
                "Score",
                "n",
                system,
                baseline,
                "Difference",
                "By seed",
                "95% interval",
                "p",
                "p (Holm)",
            ]
            header = ["Source", *header] if sources else header
            rows = [[escape(item.source or "–"), *_texts(item)] if sources else _texts(item) for item in own]
            lines += [*grid_lines(list(map(escape, header)), rows, labels=3 if sources else 2), ""]
            lines += _of_one_model(table, own, (system, baseline))
        else:
            lines += [f"Not compared: {escape(system)} and {escape(baseline)} do not both have results here.", ""]
    lines += [f"Scores × 100, means over seeds. {ABOUT_TEST}"]
    return "\n".join(lines) + "\n"


def _of_one_model(table: Table, own: Sequence[Comparison], names: Sequence[str]) -> Iterator[str]:
    """A line for each method that has figures of a single trained model."""
    for name in names:
        rows = [row for row in table.rows if row.name == name]
        single = dict.fromkeys(item.target for item in own for row in rows if is_one_model(row, item.target))
        if single:
            where = "" if len(single) == len({item.target for item in own}) else f" ({', '.join(single)})"
            yield escape(f"{name} has one seed{where}: its figures are those of this trained model, not of the method.")
            yield ""


def _pairs(table: Table, system: str, baseline: str) -> Iterator[tuple[Row, Row]]:
    others = {row.spec.source: row for row in table.rows if row.name == baseline}
    for row in table.rows:
        if row.name == system and row.spec.source in others:
            yield row, others[row.spec.source]


def _compared(table: Table, system: Row, baseline: Row) -> Iterable[Comparison]:
    targets = [target for target in table.columns if _is_comparable(system, baseline, target)]
    scores = [name for name in SCORES if any(name in system.entries[target].figures for target in targets)]
    found = {name: list(_tests(system, baseline, targets, name)) for name in scores}
    corrected = {
        name: dict(zip([t for t, _ in tests], holm([test.p for _, test in tests]), strict=True))
        for name, tests in found.items()
    }
    by_place = {(target, name): test for name, tests in found.items() for target, test in tests}
    for target in targets:
        mine, other = system.entries[target], baseline.entries[target]
        for name in scores:
            if (target, name) in by_place:
                yield Comparison(
                    table=table,
                    source=system.spec.source,
                    target=target,
                    score=name,
                    n=mine.n,
                    system=mine.figures[name].mean,
                    baseline=other.figures[name].mean,
                    test=by_place[target, name],
                    p_holm=corrected[name][target],
                    seeds=(len(mine.seeds), len(other.seeds)),
                    by_seed=mine.differences_by_seed(other, name),
                )


def _is_comparable(system: Row, baseline: Row, target: str) -> bool:
    mine, other = system.entries.get(target), baseline.entries.get(target)
    if mine is None or other is None or not mine.samples or not other.samples:
        return False
    ours, theirs = mine.signatures or {}, other.signatures or {}
    if any(ours[metric] != theirs[metric] for metric in ours.keys() & theirs.keys()):
        raise TodsumError(
            f"{system.cells[0].folder} and {baseline.cells[0].folder} were scored with different signatures: "
            "such scores can't be compared; score both with one version"
        )
    return True


def _tests(system: Row, baseline: Row, targets: Sequence[str], score: str) -> Iterator[tuple[str, Test]]:
    for target in targets:
        mine, other = system.entries[target], baseline.entries[target]
        if score in mine.figures and score in other.figures:
            yield target, mine.test_against(other, score)


def _texts(item: Comparison) -> list[str]:
    means = f"{100 * item.system:.2f}", f"{100 * item.baseline:.2f}", signed(item.difference)
    seeds = by_seed(item.by_seed) if max(item.seeds) > 1 and item.by_seed else "–"
    p = [p_text(value).removeprefix("p ").removeprefix("= ") for value in (item.test.p, item.p_holm)]
    return [
        escape(item.target),
        SCORES[item.score],
        str(item.n),
        *means,
        seeds,
        interval_text(item.test.interval),
        *map(escape, p),
    ]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
