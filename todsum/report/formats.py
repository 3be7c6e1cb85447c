"""The results table in the formats it can be written in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from todsum.bench.result import read_runs
from todsum.errors import TodsumError, unknown_name
from todsum.files.folders import write_files
from todsum.garbage_collection import pause_gc
from todsum.metrics.base import Metric
from todsum.report.cost_formats import entries_with_cost, latex_signs, page_with_cost, to_csv_with_cost
from todsum.report.json_csv import entries, to_csv, to_json
from todsum.report.latex import latex
from todsum.report.markdown import markdown
from todsum.report.page import page
from todsum.report.table import Table, build_tables

FILES = {"md": "table.md", "csv": "table.csv", "latex": "table.tex", "json": "table.json"}


def read_tables(runs: Path, metrics: Sequence[Metric] | None = None) -> list[Table]:
    """The tables of a run directory.

    Args:
        runs: the run directory.
        metrics: those that made the results; by default all of the suite's.

    Raises:
        TodsumError: broken or contradictory results; the message names the file.
    """
    if metrics is None:
        from todsum.metrics.scoring import all_metrics

        metrics = all_metrics()
    return build_tables(read_runs(runs), metrics)


@pause_gc()
def render(tables: Sequence[Table], name: str, cost: bool = False) -> str:
    """The tables as text in one format: ``md``, ``csv``, ``latex`` or ``json``.

    Args:
        tables: from :func:`read_tables`.
        name: of the format.
        cost: whether to show what the cells took, too.

    Raises:
        TodsumError: no format has this name.
    """
    if name == "md":
        return markdown(map(page_with_cost if cost else page, tables))
    if name == "latex":
        return latex_signs(latex(map(page_with_cost, tables))) if cost else latex(map(page, tables))
    if name == "csv":
        return to_csv_with_cost(entries_with_cost(tables, entries(tables))) if cost else to_csv(entries(tables))
    if name == "json":
        return to_json(entries_with_cost(tables, entries(tables)) if cost else entries(tables))
    raise unknown_name("format", name, FILES)


def write_tables(tables: Sequence[Table], names: Sequence[str], folder: Path, cost: bool = False) -> list[Path]:
    """Writes ``table.md``, ``table.csv``, ``table.tex``, ``table.json``, as asked for, into a folder: all or none.

    Arguments as of :func:`render`.

    Raises:
        TodsumError: no format has such a name, or the folder can't be written.
    """
    return write_files(folder, {FILES[name]: render(tables, name, cost) for name in check_formats(names)})


def check_formats(names: Sequence[str]) -> tuple[str, ...]:
    """The names, each once.

    Raises:
        TodsumError: no format has such a name, or there is none.
    """
    for name in names:
        if name not in FILES:
            raise unknown_name("format", name, FILES)
    if not names:
        raise TodsumError(f"no format given: choose from {', '.join(FILES)}")
    return tuple(dict.fromkeys(names))
