"""The suite's own runs become submissions: one for each row of their tables."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from todsum.bench.batches import BatchFile
from todsum.bench.examples import TestExamples
from todsum.bench.result import PREDICTIONS as CELL_PREDICTIONS
from todsum.bench.result import STATES, CellRecord, Spec, read_runs
from todsum.bench.suite import DATASETS
from todsum.bench.task import how_shown
from todsum.data.builder import SIMULATED
from todsum.errors import TodsumError
from todsum.files.fill_once import same_files
from todsum.files.folders import filling
from todsum.files.validation import validated
from todsum.files.writing import write_atomic
from todsum.leaderboard.meta import Meta
from todsum.leaderboard.reading import read_yaml
from todsum.leaderboard.submission import META, PREDICTIONS, SUBMISSIONS
from todsum.methods.registry import method_class
from todsum.metrics.scoring import all_metrics
from todsum.report.site.of_runs import parameters
from todsum.report.site.slugs import free_slug, slug_of
from todsum.report.table import Row, build_tables

#: Methods whose summaries are the dialogues' own words.
EXTRACTIVE = ("lead-3", "longest-3", "textrank", "oracle")
_AUTHORS = "the TODSum benchmark suite"
_KEPT = ("git", "packages", "machine", "device", "processes", "batch_size")


def add_runs(
    runs: Sequence[Path], leaderboard: Path, examples: TestExamples, replace: bool = False
) -> tuple[list[Path], int]:
    """Writes a submission for each system of run directories.

    Args:
        runs: run directories; a cell that several have is taken once.
        leaderboard: the folder whose ``submissions`` they go into.
        examples: tells where simulated data comes from.
        replace: write over other submissions that are there.

    Returns:
        the folders of all systems, and how many of them were there already, as they would be written.

    Raises:
        TodsumError: nothing is finished, a cell is broken, or another submission is there already.
    """
    records = {record.spec.key(): record for folder in runs for record in read_runs(folder)}
    out = leaderboard / SUBMISSIONS
    systems = _systems(records.values(), out)
    if not systems:
        raise TodsumError(f"{', '.join(map(str, runs))}: no finished, failed or dropped cell")
    texts = {slug: _submission(name, rows, examples) for slug, (name, rows) in systems.items()}
    without = [f"{slug}/{PREDICTIONS}" for slug, (_, predictions) in texts.items() if not predictions]
    with filling(out, gone=without) as new:
        for slug, (meta, predictions) in texts.items():
            _write(new / slug, meta, predictions)
        there = [slug for slug in texts if os.path.lexists(out / slug)]
        same = [slug for slug in there if (out / slug).is_dir() and same_files(new / slug, out / slug)]
        if not replace and (other := [out / slug for slug in there if slug not in same]):
            more = f" (and {len(other) - 1} more)" if len(other) > 1 else ""
            raise TodsumError(f"{other[0]}: is there already{more}; --replace writes over it")
        for slug in same:
            shutil.rmtree(new / slug)
    return [out / slug for slug in systems], len(same)


def _systems(records: Iterable[CellRecord], out: Path) -> dict[str, tuple[str, list[Row]]]:
    """The rows of all tables by system: the same name, method and backbone.

    A system's slug is its own among them and among the submissions in ``out``.
    """
    told = [record for record in records if record.status.state != "running"]
    for record in told:
        if record.spec.dataset.removesuffix(SIMULATED) not in DATASETS:
            raise TodsumError(f"{record.folder}: {record.spec.dataset} is no data set of the leaderboard")
    found: dict[tuple[str, ...], list[Row]] = {}
    for table in build_tables(told, all_metrics()):
        names: dict[tuple[str, ...], set[str]] = {}
        for row in table.rows:
            names.setdefault(_labelled(row.spec), set()).add(row.name)
        for row in table.rows:
            label, *rest = key = _labelled(row.spec)
            found.setdefault((label if len(names[key]) == 1 else row.name, *rest), []).append(row)
    systems: dict[str, tuple[str, list[Row]]] = {}
    there = {path.name: _system_in(path) for path in out.iterdir()} if out.is_dir() else {}
    for (name, _, backbone, _), rows in sorted(found.items()):
        text = name if not backbone or backbone in name else f"{name} {backbone}"
        others = {slug for slug, system in there.items() if system not in (None, name)}
        systems[free_slug(text, {*systems, *others})] = name, rows
    return systems


def _system_in(folder: Path) -> object:
    """The name of the system whose submission a folder holds, or None where that is not known."""
    try:
        content = read_yaml(folder / META)
    except TodsumError:  # none, or a broken one
        return None
    return content.get("system") if isinstance(content, dict) else None


def _labelled(spec: Spec) -> tuple[str, ...]:
    return (spec.label, spec.method, spec.backbone or "", spec.backbone_revision or "")


def _submission(name: str, rows: Sequence[Row], examples: TestExamples) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Content of the two files."""
    spec = rows[0].spec
    runs: dict[str, dict[str, Any]] = {}
    lines: list[dict[str, Any]] = []
    for row in rows:
        run = _run(row, examples)
        if run["name"] in runs:  # transfer has a row for each source domain
            runs[run["name"]]["notes"] += run["notes"]
            runs[run["name"]]["missing"] += run["missing"]
        else:
            runs[run["name"]] = run
        if not run["regenerated"]:
            for cell in sorted(row.cells, key=lambda c: (c.spec.target, c.spec.seed)):
                lines += _lines(run["name"], cell)
    meta = {
        "system": name,
        "authors": _AUTHORS,
        "method": spec.method,
        "backbone": spec.backbone,
        "backbone_revision": spec.backbone_revision,
        "training_data": {"description": _training_data(rows), "test_examples": False},
        "runs": [runs[name] for name in sorted(runs)],
    }
    found = validated(meta, Meta, f"{rows[0].cells[0].folder}: makes no submission")
    return found.model_dump(mode="json", exclude_defaults=True), lines


def _training_data(rows: Sequence[Row]) -> str:
    if not method_class(rows[0].spec.method).needs_training_split:
        return "None: nothing is trained."
    backbone = rows[0].spec.backbone
    start = f"Starts from {backbone}. " if backbone else ""
    sets = sorted({f"{row.spec.dataset} ({row.spec.protocol}, {row.spec.setting})" for row in rows})
    return f"{start}Training splits of {', '.join(sets)}, after the suite's leak check."


def _run(row: Row, examples: TestExamples) -> dict[str, Any]:
    spec = row.spec
    done = [cell.result for cell in row.cells if cell.result is not None]
    reads = row.reads.model_dump() if row.reads else {"state": False, "reference": False, "unlabelled": False}
    simulate = examples.simulation(spec)
    total, trained = parameters(done)
    notes = {(r.spec.target, r.spec.source, note): None for r in done for note in r.notes}
    return {
        "name": _run_name(spec),
        "dataset": spec.dataset.removesuffix(SIMULATED),
        "protocol": "low-resource" if spec.protocol == "low-resource" else "full",
        "simulate": simulate.model_dump() if simulate else None,
        "setting": spec.setting,
        **{name: value for name, value in spec.setting_options.items() if value is not None},
        "view": spec.input.get("view"),
        "markers": spec.input.get("markers", False),
        "reads": reads,
        "target_domain": _target_domain(row),
        "regenerated": spec.method in EXTRACTIVE,
        "settings": spec.settings,
        "parameters": total,
        "trainable_parameters": trained,
        "provenance": {name: done[0].provenance[name] for name in _KEPT if done and name in done[0].provenance},
        "notes": [{"target": t, "source": s, "text": text} for t, s, text in sorted(notes, key=str)],
        "missing": [] if spec.method in EXTRACTIVE else list(_missing(row.cells)),
    }


def _run_name(spec: Spec) -> str:
    """Such as ``todsum-zero-shot``; with the protocol and the options where they are not the usual ones."""
    options = [f"{name}-{value}" for name, value in sorted(spec.setting_options.items()) if value]
    protocol = [spec.protocol] if spec.protocol == "low-resource" else []
    view = [how_shown(spec).view] if spec.dataset.startswith("qmsum") else []
    markers = ["markers"] if spec.input.get("markers") else []
    return slug_of("-".join([spec.dataset, spec.setting, *protocol, *view, *markers, *options]))


def _target_domain(row: Row) -> str:
    if not method_class(row.spec.method).needs_training_split:
        return "none"
    if row.spec.setting == "few-shot":
        return "few-shot"
    if row.spec.setting == "in-domain":
        return "full"
    return "unlabelled" if row.reads and row.reads.unlabelled else "none"


def _missing(cells: Iterable[CellRecord]) -> Iterator[dict[str, Any]]:
    for cell in sorted(cells, key=lambda c: (c.spec.target, c.spec.seed)):
        if cell.result is None:
            spec, status = cell.spec, cell.status
            about = {"target": spec.target, "source": spec.source, "seed": spec.seed}
            yield {**about, "state": status.state, "reason": status.reason or "no reason was recorded"}


def _lines(run: str, cell: CellRecord) -> Iterator[dict[str, Any]]:
    if cell.result is None:
        return
    ids = sorted(cell.result.ids)
    summaries = BatchFile(cell.folder / CELL_PREDICTIONS, "summary").read_all(ids)
    predicts = cell.spec.settings.get("states") == "predicted"
    states = BatchFile(cell.folder / STATES, "state").read_all(ids) if predicts else {}
    for identity in ids:
        line: dict[str, Any] = {"run": run, "target": cell.spec.target, "seed": cell.spec.seed, "id": identity}
        line |= {"source": cell.spec.source} if cell.spec.source else {}
        line |= {"summary": summaries[identity]}
        yield line | ({"state": states[identity]} if predicts else {})


def _write(folder: Path, meta: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> None:
    folder.mkdir()
    text = yaml.safe_dump(dict(meta), sort_keys=False, allow_unicode=True, width=120)
    write_atomic(folder / META, text, lasting=False)
    if lines:
        packed = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
        write_atomic(folder / PREDICTIONS, gzip.compress(packed, mtime=0), lasting=False)
