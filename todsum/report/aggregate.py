"""One row of a table at one target: the seeds' cells as one measurement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np

from todsum import stats
from todsum.bench.result import CellRecord
from todsum.errors import TodsumError
from todsum.report.sample import Part, Sample, Scorer
from todsum.report.test_sets import Tested, TestSets
from todsum.stats import Array, Interval, Test

SCORE_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Figure:
    """A score over seeds, in 0…1: the mean of the seeds' scores and, for two seeds or more, their sample deviation."""

    mean: float
    sd: float | None


@dataclass(frozen=True, eq=False)
class Entry:
    """What is known of a method at a target (or on average over targets).

    Attributes:
        samples: per-example figures of each finished seed, sorted by seed.
        missing: seeds that other targets of the row have and that have no result here.
        state: ``finished`` where any seed is, else what the cells say: ``failed``, ``dropped``, ``running``.
        reasons: why seeds are missing, a line each.
        signatures: of the metrics, by name.
    """

    samples: Mapping[int, Sample]
    missing: tuple[int, ...] = ()
    state: str = "finished"
    reasons: tuple[str, ...] = ()
    signatures: Mapping[str, str] | None = None

    @property
    def seeds(self) -> tuple[int, ...]:
        """The finished seeds."""
        return tuple(self.samples)

    @property
    def n(self) -> int:
        """How many examples were tested."""
        return next(iter(self.samples.values())).n if self.samples else 0

    @cached_property
    def figures(self) -> dict[str, Figure]:
        """The scores that are defined for every finished seed."""
        runs = [sample.scores for sample in self.samples.values()]
        names = [name for name in (runs[0] if runs else ()) if all(name in run for run in runs)]
        return {name: Figure(*stats.mean_and_deviation([run[name] for run in runs])) for name in names}

    @property
    def scorer(self) -> Scorer:
        """What makes the scores. Needs a finished seed."""
        return next(iter(self.samples.values())).scorer

    @cached_property
    def intervals(self) -> dict[str, Interval]:
        """95% intervals of the figures, over trainings and groups; of one seed, over groups alone."""
        first = next(iter(self.samples.values()))
        runs = [sample.columns() for sample in self.samples.values()]
        return stats.score_intervals(runs, first.groups, first.combine)

    @cached_property
    def _tests(self) -> WeakKeyDictionary[Entry, dict[str, Test]]:
        return WeakKeyDictionary()

    def test_against(self, other: Entry, score: str) -> Test:
        """Test of a score against another entry's on the same examples, over trainings and groups.

        One test serves all scores of a metric: it is made once.

        Raises:
            ValueError: the entries are not about the same examples.
        """
        known = self._tests.setdefault(other, {})
        if score not in known:
            first = next(iter(self.samples.values()))
            mine = [sample.columns(score) for sample in self.samples.values()]
            theirs = [sample.aligned(first).columns(score) for sample in other.samples.values()]
            known |= stats.compare_runs(mine, theirs, first.groups, first.combine)
        return known[score]

    def differences_by_seed(self, other: Entry, score: str) -> dict[int, float]:
        """Score minus the other's, by seed: of the seeds that both have; of a single run, against each seed."""
        mine = {seed: sample.scores[score] for seed, sample in self.samples.items()}
        theirs = {seed: sample.scores[score] for seed, sample in other.samples.items()}
        if len(mine) == 1 < len(theirs):
            mine = dict.fromkeys(theirs, *mine.values())
        elif len(theirs) == 1:
            theirs = dict.fromkeys(mine, *theirs.values())
        return {seed: mine[seed] - theirs[seed] for seed in mine if seed in theirs}


def entries_of_cells(
    cells: Sequence[CellRecord], seeds: Sequence[int], scorer: Scorer, sets: TestSets, domains: Sequence[str] = ()
) -> dict[str | None, Entry]:
    """The entry of one row at one target, from its cells (one a seed); and of its examples of some domains alone.

    Args:
        cells: the cells, finished or not.
        seeds: the seeds of the whole row.
        scorer: makes scores of per-example figures.
        sets: the table's test sets.
        domains: whose examples to look at, beside all.

    Returns:
        The entry of all examples by None, and that of each domain by its name.

    Raises:
        TodsumError: the seeds' results are not about the same examples, metrics or signatures, or a recorded score does
            not follow from its per-example figures.
    """
    done = {cell.spec.seed: cell for cell in sorted(cells, key=lambda c: c.spec.seed) if cell.result is not None}
    states = [cell.status.state for cell in cells if cell.result is None]
    state = "finished" if done else next((s for s in ("failed", "dropped", "running") if s in states), "missing")
    reasons = tuple(_reason(cells, seed) for seed in seeds if seed not in done)
    missing = tuple(seed for seed in seeds if seed not in done)
    samples: dict[str | None, dict[int, Sample]] = {domain: {} for domain in (None, *domains)}
    first, order = next(iter(done.values()), None), None
    for seed, cell in done.items():
        assert cell.result is not None and first is not None
        _check_alike(first, cell)
        own = sets.of(cell.result)
        order = order or own
        columns = {name: np.array(figures, dtype=np.float64) for name, figures in cell.result.columns.items()}
        for domain, by_seed in samples.items():
            by_seed[seed] = Sample((_part(columns, own, order, domain),), scorer)
        _check_scores(cell, samples[None][seed].scores)
    signatures = first.result.signatures if first and first.result else None
    return {domain: Entry(by_seed, missing, state, reasons, signatures) for domain, by_seed in samples.items()}


def average_entry(entries: Sequence[Entry]) -> Entry:
    """The average over targets, for the seeds that are finished at every one of them."""
    seeds = [seed for seed in entries[0].seeds if all(seed in entry.samples for entry in entries)]
    everywhere = sorted({seed for entry in entries for seed in (*entry.seeds, *entry.missing)})
    samples = {}
    for seed in seeds:
        parts = [part for entry in entries for part in entry.samples[seed].parts]
        samples[seed] = Sample(tuple(parts), entries[0].samples[seed].scorer)
    missing = tuple(seed for seed in everywhere if seed not in seeds)
    same = all(entry.signatures == entries[0].signatures for entry in entries)
    return Entry(samples, missing, "finished" if seeds else "missing", (), entries[0].signatures if same else None)


def _part(columns: Mapping[str, Array], own: Tested, order: Tested, domain: str | None) -> Part:
    """Figures of all examples or of one domain's; ``columns`` and ``own`` are in the order of the result."""
    chosen = own.chosen(order, domain)
    if own is not order or domain is not None:
        columns = {name: column[chosen.rows] for name, column in columns.items()}
    return Part(chosen.ids, chosen.groups, columns)


def _check_alike(first: CellRecord, other: CellRecord) -> None:
    assert first.result is not None and other.result is not None
    for what in ("ids", "columns", "signatures"):
        mine, theirs = getattr(first.result, what), getattr(other.result, what)
        if mine != theirs and (what == "signatures" or set(mine) != set(theirs)):
            raise TodsumError(
                f"{first.folder} and {other.folder} differ in their {what}: only results on the same examples, "
                "with the same metrics, stand in one cell of a table"
            )


def _check_scores(cell: CellRecord, found: Mapping[str, float]) -> None:
    """A recorded score has to be the one that its per-example figures give."""
    assert cell.result is not None
    for name, score in cell.result.scores.items():
        if name not in found and score is not None:
            raise TodsumError(f"{cell.folder}: score {name!r} does not follow from any known metric's figures")
        if score is not None and abs(found[name] - score) > SCORE_TOLERANCE:
            raise TodsumError(
                f"{cell.folder}: score {name!r} is recorded as {score} but its figures give {found[name]}: "
                "the result was edited or is broken"
            )


def _reason(cells: Sequence[CellRecord], seed: int) -> str:
    for cell in cells:
        if cell.spec.seed == seed:
            why = f": {cell.status.reason}" if cell.status.reason else ""
            return f"seed {seed}: {cell.status.state}{why}"
    return f"seed {seed}: no cell"
