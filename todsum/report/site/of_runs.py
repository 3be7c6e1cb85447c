"""The pages of one's own runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from todsum.bench.batches import BatchFile
from todsum.bench.examples import TestExamples
from todsum.bench.result import PREDICTIONS, CellRecord, Result, Spec
from todsum.data.schema import Example
from todsum.errors import TodsumError
from todsum.report.site.build import build_site
from todsum.report.site.content import Board, RunData, SystemData
from todsum.report.site.shown import show_cell, slot_counts
from todsum.report.site.shown_tests import ShownOutput, test_sets
from todsum.report.site.slugs import free_slug
from todsum.report.site.tables import in_reading_order, table_data
from todsum.report.table import Row, Table

_System = tuple[str, str, str, str]


def write_report(tables: Sequence[Table], examples: TestExamples, out: Path, title: str) -> str | None:
    """Writes the pages of the tables of a run directory.

    Args:
        tables: the tables.
        examples: gives the dialogues that were tested.
        out: the folder of the pages.
        title: of the pages.

    Returns:
        why the explorer shows no dialogues and no values, where the data can't be had any more, else None.

    Raises:
        TodsumError: the pages can't be written.
    """
    slugs = _slugs(tables)
    why: str | None = None
    tested: Callable[[Spec], Sequence[Example]] | None = examples.tested
    outputs: list[ShownOutput] = []
    try:
        outputs = [output for table in tables for row in table.rows for output in _outputs(row, slugs, examples)]
    except TodsumError as error:
        why, tested = f"The dialogues can't be shown: {error}", None
    board = Board(
        tables=[table_data(table, lambda row: slugs[_system(row)]) for table in in_reading_order(tables)],
        systems=[_system_data(slug, system, tables, outputs) for system, slug in slugs.items()],
    )
    build_site(board, test_sets(outputs, tested, why), out, title)
    return why


def _system(row: Row) -> _System:
    return (row.name, row.spec.method, row.spec.backbone or "", row.spec.backbone_revision or "")


def _slugs(tables: Sequence[Table]) -> dict[_System, str]:
    """A file name for each system."""
    slugs: dict[_System, str] = {}
    for system in sorted({_system(row) for table in tables for row in table.rows}):
        slugs[system] = free_slug(f"{system[0]} {system[2]}", slugs.values())
    return slugs


def _outputs(row: Row, slugs: dict[_System, str], examples: TestExamples) -> Iterator[ShownOutput]:
    """The first finished seed at each target."""
    first: dict[str, CellRecord] = {}
    for cell in sorted(row.cells, key=lambda cell: cell.spec.seed):
        if cell.result is not None:
            first.setdefault(cell.spec.target, cell)
    for cell in first.values():
        assert cell.result is not None
        by_id = {example.id: example for example in examples.tested(cell.spec)}
        if missing := [identity for identity in cell.result.ids if identity not in by_id]:
            raise TodsumError(f"{cell.folder}: {missing[0]} is not in the data: it is not what the cell was run on")
        summaries = BatchFile(cell.folder / PREDICTIONS, "summary").read_all(cell.result.ids)
        tested = [by_id[identity] for identity in cell.result.ids]
        shown = show_cell(cell.result, list(summaries.values()), tested)
        yield ShownOutput(cell.spec, slugs[_system(row)], row.name, shown, summaries)


def _system_data(slug: str, system: _System, tables: Sequence[Table], outputs: Sequence[ShownOutput]) -> SystemData:
    rows = [row for table in tables for row in table.rows if _system(row) == system]
    results = [[cell.result for cell in row.cells if cell.result is not None] for row in rows]
    total, trained = parameters([result for done in results for result in done])
    name, method, backbone, _ = system
    return SystemData(
        slug=slug,
        name=name,
        method=method,
        backbone=backbone or None,
        parameters=total,
        trainable=trained,
        reads=next((row.reads for row in rows if row.reads), None),
        runs=[_run_data(row, done) for row, done in zip(rows, results, strict=True)],
        slots=slot_counts((output.spec, output.shown) for output in outputs if output.system == slug),
    )


def _run_data(row: Row, results: Sequence[Result]) -> RunData:
    spec = row.spec
    signatures: dict[str, str] = {}
    for result in results:
        signatures |= result.signatures
    return RunData(
        dataset=spec.dataset,
        protocol=spec.protocol,
        setting=spec.setting,
        settings=dict(sorted(spec.settings.items())),
        seeds=sorted({result.spec.seed for result in results}),
        signatures=signatures,
        provenance=dict(sorted(results[0].provenance.items())) if results else {},
        notes=[f"{r.spec.target}, seed {r.spec.seed}: {note}" for r in results for note in r.notes],
    )


def parameters(results: Sequence[Result]) -> tuple[int | None, int | None]:
    """All parameters and the trained ones, as the results tell; None where they don't.

    Of several the most: domains differ in their words. A method that takes no step has trained nothing.
    """
    still = bool(results) and all(result.spec.settings.get("max_steps") == 0 for result in results)
    return _most(results, "parameters"), 0 if still else _most(results, "trainable_parameters")


def _most(results: Sequence[Result], name: str) -> int | None:
    found = [value for result in results if isinstance(value := result.facts.get(name), int)]
    return max(found, default=None)
