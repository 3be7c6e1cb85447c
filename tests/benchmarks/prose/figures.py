"""Figures that a results folder has committed: of its tables, comparisons, cells and recall."""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

Kind = Literal["mean", "difference", "seed", "interval", "p", "spread", "share", "count"]

SIGNED = re.compile(r"[+−-]\d+\.\d+")
INTERVAL = re.compile(rf"({SIGNED.pattern}) to ({SIGNED.pattern})")
_P = re.compile(r"(?P<below><)?\s*(?P<p>[01]?\.\d+)")
_PLACE = re.compile(r"## (?P<dataset>\S+) · (?P<setting>[\w-]+)")
#: What tables and comparisons call the scores.
LABELS = {
    "rouge1": "R-1",
    "rouge2": "R-2",
    "rougeLsum": "R-Lsum",
    "rougeL": "R-L",
    "consistency_f1": "Consistency F1",
    "consistency_open": "Open",
    "consistency_official_f1": "Official consistency F1",
}
_SUMMARIES = ("average", "all")


@dataclass(frozen=True)
class Figure:
    """A committed figure; scores are × 100.

    Attributes:
        kind: ``seed`` is the difference of one seed, ``spread`` a standard deviation over seeds, ``count`` a number
            of parameters.
        value: the figure; the lower end of an interval.
        high: the upper end of an interval.
        below: of a p that is printed as "< value".
        score: its name in the tables.
        rows: labels of the one or two rows that it is of.
        target, source: domains; None where it is of none.
        dataset, setting: of the table; None where it is of none.
        file: where it stands.
    """

    kind: Kind
    value: float
    score: str
    rows: tuple[str, ...]
    target: str | None
    file: str
    dataset: str | None = None
    setting: str | None = None
    source: str | None = None
    high: float | None = None
    below: bool = False

    def __str__(self) -> str:
        value = f"{self.value:.3f}" if self.high is None else f"{self.value:+.2f} to {self.high:+.2f}"
        about = (self.score, self.kind, " − ".join(self.rows), self.dataset, self.setting, self.source, self.target)
        return f"{'<' if self.below else ''}{value} ({', '.join(part for part in about if part)}; {self.file})"


@dataclass(frozen=True)
class Committed:
    """All that a folder has committed.

    Attributes:
        figures: of its files.
        settings: every number among the settings of its cells.
        labels: the rows of its tables.
    """

    figures: tuple[Figure, ...]
    settings: frozenset[float]
    labels: frozenset[str]


@cache
def committed(folder: Path) -> Committed:
    """The figures of a folder, derived ones included; of the files that it has."""
    figures = list(_of_files(folder))
    lines = [json.loads(line) for line in _text(folder / "cells.jsonl").splitlines()]
    settings = {float(v) for line in lines for v in line["spec"]["settings"].values() if isinstance(v, (int, float))}
    labels = frozenset(row for figure in figures if figure.kind != "share" for row in figure.rows)
    return Committed(tuple(figures), frozenset(settings), labels)


def _of_files(folder: Path) -> Iterator[Figure]:
    means = list(_of_table(folder / "table.json"))
    yield from means
    yield from _diagonals([figure for figure in means if figure.kind == "mean" and figure.setting == "transfer"])
    yield from _of_verdicts(folder / "table.md")
    for path in sorted(folder.glob("compare*.md")):
        yield from _of_comparison(path)
    yield from _of_cells(folder / "cells.jsonl")
    yield from _of_recall(folder / "recall.json")


def differences(figures: Iterable[Figure], rows: Iterable[str]) -> Iterator[Figure]:
    """Differences of the means of two of the rows, of one score at one target of one table."""
    wanted = set(rows)
    places: dict[tuple[str | None, ...], list[Figure]] = defaultdict(list)
    for one in figures:
        if one.kind == "mean" and wanted.issuperset(one.rows):
            places[one.score, one.dataset, one.setting, one.source, one.target, one.file].append(one)
    for same in places.values():
        for one in same:
            for other in same:
                if one.value > other.value and one.rows != other.rows:
                    rows_of_both = (*one.rows, *other.rows)
                    yield replace(one, kind="difference", value=one.value - other.value, rows=rows_of_both)


def _diagonals(means: Iterable[Figure]) -> Iterator[Figure]:
    """The mean of a transfer matrix's diagonal, and of the rest."""
    matrices: dict[tuple[str, ...], list[Figure]] = defaultdict(list)
    for figure in means:
        if figure.target not in _SUMMARIES:
            matrices[figure.score, str(figure.dataset), *figure.rows].append(figure)
    for matrix in matrices.values():
        for target, same in (("diagonal", True), ("rest", False)):
            values = [figure.value for figure in matrix if (figure.source == figure.target) == same]
            if values:
                yield replace(matrix[0], value=math.fsum(values) / len(values), target=target, source=None)


def _of_table(path: Path) -> Iterator[Figure]:
    for entry in json.loads(_text(path) or "[]"):
        for score, figure in entry["scores"].items():
            about = {"score": score, "rows": (entry["label"],), "target": entry["target"], "file": path.name}
            about |= {name: entry[name] for name in ("dataset", "setting", "source")}
            if figure["mean"] is not None:
                yield Figure("mean", figure["mean"], **about)
            if figure["sd"] is not None:
                yield Figure("spread", figure["sd"], **about)


def _of_comparison(path: Path) -> Iterator[Figure]:
    place: dict[str, str] = {}
    header: list[str] = []
    for line in _text(path).splitlines():
        if found := _PLACE.match(line):
            place, header = found.groupdict(), []
        elif line.startswith("| ") and not line.startswith("| -"):
            cells = [cell.strip().replace("\\", "") for cell in line.strip("|").split(" | ")]
            if not header:
                header = cells
            elif "Target" in header:
                yield from _of_row(dict(zip(header, cells, strict=True)), header, place, path.name)


def _of_row(row: dict[str, str], header: list[str], place: dict[str, str], file: str) -> Iterator[Figure]:
    systems = tuple(header[header.index("n") + 1 : header.index("Difference")])
    score = next((name for name, label in LABELS.items() if label == row["Score"]), row["Score"])
    about: dict[str, Any] = {"score": score, "rows": systems, "target": row["Target"], "file": file, **place}
    about["source"] = row.get("Source") if row.get("Source") != "–" else None
    yield Figure("difference", _number(row["Difference"]), **about)
    yield from (Figure("seed", _number(text), **about) for text in SIGNED.findall(row.get("By seed", "")))
    yield from _tests(" ".join(row[name] for name in ("95% interval", "p", "p (Holm)") if name in row), about)


def _tests(text: str, about: dict[str, Any]) -> Iterator[Figure]:
    for low, high in INTERVAL.findall(text):
        yield Figure("interval", _number(low), high=_number(high), **about)
    for found in _P.finditer(INTERVAL.sub("", text)):
        yield Figure("p", float(found["p"]), below=bool(found["below"]), **about)


def _of_verdicts(path: Path) -> Iterator[Figure]:
    """Differences, intervals and p in the lines of a table that say who leads."""
    place: dict[str, str] = {}
    for line in _text(path).replace("\\", "").splitlines():
        if found := _PLACE.match(line):
            place = found.groupdict()
        elif found := re.search(r"(\d+\.\d+) above .*? \(95% (.*?)\)(.*)", line):
            about: dict[str, Any] = {"score": "rouge1", "rows": (), "target": "average", "file": path.name, **place}
            yield Figure("difference", float(found[1]), **about)
            yield from _tests(found[2], about)
            yield from (Figure("seed", _number(text), **about) for text in SIGNED.findall(found[3]))


def _of_cells(path: Path) -> Iterator[Figure]:
    for text in _text(path).splitlines():
        line = json.loads(text)
        spec, facts = line["spec"], line["facts"]
        about = {"rows": (spec["label"],), "target": spec["target"], "file": path.name}
        about |= {name: spec[name] for name in ("dataset", "setting", "source")}
        if facts.get("best_dev_loss") is not None:
            yield Figure("mean", facts["best_dev_loss"], score="best_dev_loss", **about)
        for name in ("parameters", "trainable_parameters"):
            if name in facts:
                yield Figure("count", facts[name], score=name, **about)


def _of_recall(path: Path) -> Iterator[Figure]:
    recall = json.loads(_text(path) or "{}")
    rows = {"before": recall.get("before", {}) | {"all": recall.get("before_all")}} | recall.get("after", {})
    for row, targets in rows.items():
        for target, share in targets.items():
            if share:
                yield Figure("share", 100 * share["share"], "values stated", (row,), target, path.name)


def _number(text: str) -> float:
    return float(text.replace("−", "-"))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
