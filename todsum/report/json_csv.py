"""Tables for programs: a list of entries as JSON, and one line for each score as CSV."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator
from typing import Any

from todsum.bench.result import Spec
from todsum.report.aggregate import Entry
from todsum.report.extra_columns import FIELD
from todsum.report.table import Row, Table

_WORDS = (
    "dataset",
    "protocol",
    "setting",
    "setting_options",
    "input",
    "source",
    "target",
    "label",
    "method",
    "backbone",
)
_FIGURES = ("seeds", "n", "score", "mean", "sd", "ci95_low", "ci95_high", "status", "reason")


def entries(tables: Iterable[Table]) -> list[dict[str, Any]]:
    """An entry for each row and column of the tables, in their order; scores × 100.

    ``ci95`` is the 95% interval of the mean over seeds, over trainings and groups (of one seed: over groups alone).
    Its ends are rounded to six digits after the point, so that the order of summation does not show. ``targets`` counts
    what a row covers of what it should.
    """
    found = []
    for table in tables:
        extra = table.extra.figures if table.extra else {}
        for place, row in enumerate(table.rows):
            for column in (column for column in table.columns if column in row.entries):
                more = {FIELD: extra[place, column]} if (place, column) in extra else {}
                found.append(_entry(table, row, column) | more)
    return found


def table_words(spec: Spec) -> dict[str, Any]:
    """What all entries of a spec's table have in common, as plain JSON."""
    return {
        "dataset": spec.dataset,
        "protocol": spec.protocol,
        "setting": spec.setting,
        "setting_options": dict(sorted(spec.setting_options.items())),
        "input": dict(sorted(spec.input.items())),
    }


def to_json(found: Iterable[dict[str, Any]]) -> str:
    """The entries as JSON, the same bytes for the same results."""
    return json.dumps(list(found), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def to_csv(found: Iterable[dict[str, Any]]) -> str:
    """The entries as CSV: one line for each score, one without a score for an entry that has none."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_WORDS, *_FIGURES])
    for entry in found:
        words = [_safe(entry[name]) for name in _WORDS]
        seeds = " ".join(map(str, entry["seeds"]))
        ends = [entry["status"], _safe(entry["reason"])]
        for name, score in (entry["scores"] or {"": {"mean": "", "sd": "", "ci95": ["", ""]}}).items():
            writer.writerow([*words, seeds, entry["n"], _safe(name), score["mean"], score["sd"], *score["ci95"], *ends])
        for name, rating in entry.get(FIELD, {}).items():
            figures = (rating["items"], f"{FIELD}_{name}", rating["mean"], "", *rating["ci95"])
            writer.writerow([*words, seeds, *figures, *ends])
    return text.getvalue()


def _entry(table: Table, row: Row, column: str) -> dict[str, Any]:
    spec, entry = row.spec, row.entries[column]
    return {
        **table_words(spec),
        "source": spec.source,
        "target": column,
        "method": spec.method,
        "label": row.name,
        "settings": dict(sorted(spec.settings.items())),
        "backbone": spec.backbone,
        "fingerprint": spec.fingerprint,
        "seeds": list(entry.seeds),
        "n": entry.n,
        "scores": dict(_scores(entry)),
        "signatures": dict(sorted((entry.signatures or {}).items())),
        "reads": row.reads.model_dump() if row.reads else None,
        "targets": {"covered": len(table.covered(row)), "wanted": len(table.wanted(row))},
        "status": "partial" if entry.samples and entry.missing else entry.state,
        "reason": "; ".join(entry.reasons) or None,
    }


def _scores(entry: Entry) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, figure in entry.figures.items():
        ends = [100 * end for end in entry.intervals[name]]
        sd = None if figure.sd is None else 100 * figure.sd
        yield (
            name,
            {"mean": 100 * figure.mean, "sd": sd, "ci95": [None if math.isnan(e) else round(e, 6) for e in ends]},
        )


def _safe(value: object) -> str:
    """Text that a spreadsheet does not take for a formula."""
    text = "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
