"""Cells become tables: one for each data set, protocol, setting with its options, and input.

Order, the same whatever the order on disk: tables by name; targets as their data set lists them. Rows: the best first,
by average ROUGE-1; systems that do not read the gold state before those that do; then rows that do not cover every
target, rows without a result, and last methods that read the reference.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from todsum.bench.result import CellRecord, Reads, Spec
from todsum.errors import TodsumError
from todsum.garbage_collection import pause_gc
from todsum.metrics.base import Metric
from todsum.report.aggregate import Entry, average_entry, entries_of_cells
from todsum.report.extra_columns import ExtraColumns
from todsum.report.sample import Scorer
from todsum.report.test_sets import TestSets, part_order, parts_of

ALL, AVERAGE = "all", "average"
_ORDER_BY = "rouge1"


@dataclass(frozen=True)
class Row:
    """One method (and, in transfer, one source domain): what it is, and its entries by target."""

    spec: Spec  # of any of its cells: method, settings, backbone and source are the row's
    name: str  # the label, with the settings that tell it from rows of the same label
    reads: Reads | None  # None where no cell is finished
    entries: Mapping[str, Entry]
    cells: tuple[CellRecord, ...]


@dataclass(frozen=True)
class Table:
    """Results that can be compared: same data set, protocol, setting, options and input, and the same examples."""

    spec: Spec  # of any of its cells: data set, protocol, setting, options and input are the table's
    targets: tuple[str, ...]  # in the data set's order, without the summary
    summary: str | None  # ``all``, ``average``, or None where there is one target only
    rows: tuple[Row, ...]
    extra: ExtraColumns | None = None  # what others know of its rows

    @property
    def columns(self) -> tuple[str, ...]:
        """Targets and summary."""
        return (*self.targets, self.summary) if self.summary else self.targets

    @property
    def headline(self) -> str:
        """The column that sums a row up."""
        return self.columns[-1]

    def wanted(self, row: Row) -> tuple[str, ...]:
        """The targets that a row should cover: all but its source."""
        return tuple(target for target in self.targets if target != row.spec.source)

    def covered(self, row: Row) -> tuple[str, ...]:
        """Those of :meth:`wanted` that the row has a finished result for."""
        return tuple(target for target in self.wanted(row) if target in row.entries and row.entries[target].samples)

    def is_whole(self, row: Row) -> bool:
        """Whether a row covers all that it should."""
        return len(self.covered(row)) == len(self.wanted(row))


@pause_gc()
def build_tables(records: Iterable[CellRecord], metrics: Sequence[Metric]) -> list[Table]:
    """All tables of a run directory's cells.

    Args:
        records: the cells, in any order.
        metrics: those that made the results.

    Raises:
        TodsumError: results that have to be about the same examples are not, or contradict themselves.
    """
    scorer = Scorer(tuple(metrics))
    ordered = sorted(records, key=lambda record: (table_key(record.spec), record.spec.key()))
    return [_table(list(cells), scorer) for _, cells in groupby(ordered, key=lambda record: table_key(record.spec))]


def dump(value: object) -> str:
    """Canonical JSON, to sort and compare by."""
    return json.dumps(value, sort_keys=True)


def table_key(spec: Spec) -> tuple[str, ...]:
    """What tells one table from another."""
    options, source = dump(spec.setting_options), dump(spec.input)
    return (spec.dataset, spec.protocol, spec.setting, options, source, str(spec.key_version))


def _system_key(spec: Spec) -> tuple[str, ...]:
    """What tells one method from another in a table."""
    revision = (spec.backbone or "", spec.backbone_revision or "")
    return (spec.label, spec.method, *revision, dump(spec.settings), spec.fingerprint)


def _table(cells: list[CellRecord], scorer: Scorer) -> Table:
    named = {cell.spec.target for cell in cells}
    split = cells[0].spec.setting == "in-domain" and ALL in named
    parts = _parts_of(cells) if split else set()
    targets = tuple(sorted((named | parts) - {ALL}, key=part_order))
    if ALL in named:
        summary = ALL if targets else None
        targets = targets or (ALL,)
    else:
        summary = AVERAGE if len(targets) > 1 else None
    names = _names(cells)
    grouped: dict[tuple[str, ...], list[CellRecord]] = {}
    for cell in cells:
        grouped.setdefault((*_system_key(cell.spec), cell.spec.source or ""), []).append(cell)
    sets = TestSets()
    rows = [_row(own, names, targets, summary, scorer, sets) for own in grouped.values()]
    _check_examples(rows, targets)
    table = Table(cells[0].spec, targets, summary, tuple(rows))
    return replace(table, rows=tuple(_in_order(table)))


def _row(
    cells: list[CellRecord],
    names: Mapping[tuple[str, ...], str],
    targets: Sequence[str],
    summary: str | None,
    scorer: Scorer,
    sets: TestSets,
) -> Row:
    spec, seeds = cells[0].spec, sorted({cell.spec.seed for cell in cells})
    by_target: dict[str, list[CellRecord]] = {}
    for cell in cells:
        by_target.setdefault(cell.spec.target, []).append(cell)
    entries: dict[str, Entry] = {}
    split = spec.setting == "in-domain"
    for target, own in by_target.items():
        parts = [domain for domain in targets if split and target == ALL and domain not in by_target and domain != ALL]
        found = entries_of_cells(own, seeds, scorer, sets, parts)
        entries[target] = found.pop(None)
        entries |= {str(domain): entry for domain, entry in found.items() if not entry.samples or entry.n}
    averaged = [target for target in targets if target != spec.source]
    if summary == AVERAGE and averaged and all(target in entries for target in averaged):
        entries[AVERAGE] = average_entry([entries[target] for target in averaged])
    return Row(spec, names[_system_key(spec)], _reads(cells), entries, tuple(cells))


def _parts_of(cells: Iterable[CellRecord]) -> set[str]:
    results = [cell.result for cell in cells if cell.result is not None and cell.spec.target == ALL]
    return {part for result in results for parts in parts_of(result) for part in parts}


def _reads(cells: Iterable[CellRecord]) -> Reads | None:
    found = [cell.result.reads for cell in cells if cell.result is not None]
    if not found:
        return None
    return Reads(
        state=any(reads.state for reads in found),
        reference=any(reads.reference for reads in found),
        unlabelled=any(reads.unlabelled for reads in found),
        target_references=any(reads.target_references for reads in found),
    )


def _names(cells: Iterable[CellRecord]) -> dict[tuple[str, ...], str]:
    """A name for each method: its label; where several share it, with the backbone if that tells them apart, or else
    with the settings in which they differ."""
    by_label: dict[str, dict[tuple[str, ...], dict[str, object]]] = {}
    for cell in cells:
        spec = cell.spec
        told: dict[str, object] = {**spec.settings}
        told |= {"method": spec.method, "backbone": spec.backbone, "revision": (spec.backbone_revision or "none")[:8]}
        told["data"] = spec.fingerprint[:8]
        by_label.setdefault(spec.label, {})[_system_key(spec)] = told
    names = {}
    for label, systems in by_label.items():
        every = sorted({name for told in systems.values() for name in told})
        differ = [name for name in every if len({dump(told.get(name)) for told in systems.values()}) > 1]
        if len({dump(told["backbone"]) for told in systems.values()}) == len(systems) > 1:
            differ = ["backbone"]
        for key, own in systems.items():
            apart = ", ".join(f"{name}={_plain(own.get(name))}" for name in differ)
            names[key] = f"{label} ({apart})" if apart else label
    return names


def _plain(value: object) -> str:
    return value if isinstance(value, str) else dump(value)


def _check_examples(rows: Sequence[Row], targets: Sequence[str]) -> None:
    """All methods of a table have to be tested on the same examples."""
    for target in targets:
        found: tuple[Row, tuple[str, ...]] | None = None
        for row in rows:
            entry = row.entries.get(target)
            if entry is None or not entry.samples:
                continue
            ids = next(iter(entry.samples.values())).parts[0].ids
            if found is None:
                found = row, ids
            elif found[1] != ids and (apart := len(set(found[1]) ^ set(ids))):
                where = " and ".join(str(other.cells[0].folder) for other in (found[0], row))
                raise TodsumError(
                    f"{where}: {found[0].name} and {row.name} were tested on different examples of {target} "
                    f"({apart} differ): they can't stand in one table; keep them in run directories of their own"
                )


def competes(row: Row) -> bool:
    """Whether a row can be best: it has results, was not shown the references, and was not written from references of
    a target that is held out."""
    if row.reads is None or row.reads.reference:
        return False
    return not row.reads.target_references or row.spec.setting == "in-domain"


def _in_order(table: Table) -> list[Row]:
    totals: dict[tuple[str, ...], list[float]] = {}
    partial: set[tuple[str, ...]] = set()
    for row in table.rows:
        key, entry = _system_key(row.spec), row.entries.get(table.headline)
        if entry is not None and _ORDER_BY in entry.figures:
            totals.setdefault(key, []).append(entry.figures[_ORDER_BY].mean)
        if not table.is_whole(row):
            partial.add(key)

    def place(row: Row) -> tuple[object, ...]:
        key, reads = _system_key(row.spec), row.reads
        scores = totals.get(key)
        last = reads is not None and reads.reference
        mean = sum(scores) / len(scores) if scores else 0.0
        state = reads is not None and reads.state
        return (last, reads is None, key in partial, state, -mean, key, part_order(row.spec.source or ""))

    return sorted(table.rows, key=place)
