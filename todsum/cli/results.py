"""Results of a run: its table on standard output, and its pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from todsum.cli.bands import leaves_band
from todsum.terminal import say, tell

if TYPE_CHECKING:
    from todsum.bench.result import CellRecord
    from todsum.bench.runner import Outcome
    from todsum.bench.suite import Band, Simulate
    from todsum.report.table import Table

#: The folder of a run directory for its pages.
REPORT = "report"


def read_run(out: Path, outcomes: Sequence[Outcome]) -> list[Table]:
    """The tables of a run's cells, whatever else the run directory holds; none where there is nothing of them yet.

    What a cell could not leave on disk is in the tables all the same: why it failed on a disk that was full.

    Raises:
        TodsumError: a file is broken.
    """
    from todsum.metrics.scoring import all_metrics
    from todsum.report.table import build_tables

    records = [record for outcome in outcomes for record in _records(out, outcome)]
    return build_tables(records, all_metrics())


def _records(out: Path, outcome: Outcome) -> list[CellRecord]:
    from todsum.bench.result import SPEC, CellRecord, Status, read_runs

    folder = out / outcome.spec.folder()
    if outcome.record is not None:
        return [outcome.record]
    if outcome.state in ("failed", "dropped"):
        status = Status(state=outcome.state, reason=outcome.reason)
        return [CellRecord(folder, outcome.spec, status, None)]
    return read_runs(folder) if (folder / SPEC).exists() else []


def print_tables(tables: Sequence[Table], bands: Sequence[Band] = ()) -> bool:
    """Prints the cells' table; returns whether all scores are within their bands."""
    from todsum.report.formats import render
    from todsum.report.json_csv import entries

    say(render(tables, "md"), nl=False)
    outside = list(leaves_band(bands, entries(tables) if bands else []))
    for line in outside:
        tell(line)
    return not outside


def write_pages(tables: Sequence[Table], out: Path, data: Path | None, simulate: Simulate | None) -> None:
    """Writes the tables as pages into ``OUT/report`` and says where."""
    from todsum.bench.examples import TestExamples
    from todsum.report.site.of_runs import write_report

    examples = TestExamples(data, (simulate,) if simulate else ())
    if why := write_report(tables, examples, out / REPORT, f"Results of {out.resolve().name}"):
        tell(why)
    tell(f"pages: {out / REPORT / 'index.html'}")
