"""From submissions to standings: every accepted one is scored, and its cells stand in tables as the suite's own do."""

from __future__ import annotations

import gzip
import hashlib
import json
import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from pydantic import TypeAdapter

from todsum.bench.examples import TestExamples
from todsum.bench.result import CellRecord, Reads, Status
from todsum.counted import counted
from todsum.errors import TodsumError
from todsum.files.cache import cache_folder, made_once
from todsum.leaderboard import standings
from todsum.leaderboard.meta import Run
from todsum.leaderboard.scoring import ScoredCell, check, score, spec_of
from todsum.leaderboard.standings import ShownPlace, ShownScores, Standings
from todsum.leaderboard.submission import Place, Submission, read_submission, submission_folders
from todsum.metrics.scoring import all_metrics
from todsum.report.site.content import Board, RunData, SystemData
from todsum.report.site.shown import slot_counts
from todsum.report.site.tables import in_reading_order, table_data
from todsum.report.table import Row, build_tables, table_key

_CELLS = TypeAdapter(list[ScoredCell])
#: Raised when a cell that is scored again comes out otherwise, all metrics being the same.
_VERSION = 1


def read_all(leaderboard: Path) -> list[Submission]:
    """All submissions of a leaderboard.

    Raises:
        TodsumError: one is broken; `leaderboard validate` tells all that is wrong.
    """
    found, problems = [], []
    for folder in submission_folders(leaderboard):
        submission, own = read_submission(folder)
        problems += own
        found += [submission] if submission else []
    if problems:
        more = f" (and {len(problems) - 1} more: todsum-bench leaderboard validate)" if len(problems) > 1 else ""
        raise TodsumError(f"{problems[0]}{more}")
    return found


def score_all(
    leaderboard: Path, data: Path | None, workers: int, progress: Callable[[str], None] = lambda line: None
) -> tuple[Standings, dict[str, ShownScores]]:
    """Scores all submissions and makes the standings.

    Args:
        leaderboard: the folder with ``submissions`` in it.
        data: the data folder; None downloads the pinned sources.
        workers: submissions at a time, each in a process of its own.
        progress: called with a line for each submission that is done.

    Raises:
        TodsumError: a submission is broken or does not fit the data, or the data can't be had.
    """
    submissions = read_all(leaderboard)
    accepted = [submission for submission in submissions if submission.meta.status == "accepted"]
    scored: dict[str, list[ScoredCell]] = {}
    for submission, cells in zip(accepted, _scored([s.folder for s in accepted], data, workers), strict=True):
        scored[submission.slug] = cells
        progress(f"scored {submission.slug}: {counted(len(cells), 'cell')}")
    examples = TestExamples(data)
    records = [record for s in accepted for record in _records(s, scored[s.slug], examples)]
    tables = build_tables(records, all_metrics())
    board = Board(
        tables=[table_data(table, _system) for table in in_reading_order(tables)],
        systems=[_system_data(s, scored.get(s.slug, [])) for s in submissions],
    )
    names = {(_system(row), table_key(table.spec)): row.name for table in tables for row in table.rows}
    shown = {slug: ShownScores(places=list(_shown(slug, cells, names))) for slug, cells in scored.items()}
    inputs = standings.inputs_of(leaderboard)
    return Standings(version=standings.VERSION, signatures=standings.signatures(), inputs=inputs, board=board), shown


def _shown(
    slug: str, cells: Sequence[ScoredCell], names: Mapping[tuple[str, tuple[str, ...]], str]
) -> Iterator[ShownPlace]:
    for cell in cells:
        if cell.shown is not None:
            spec = cell.result.spec
            yield ShownPlace(run=cell.run, spec=spec, name=names[slug, table_key(spec)], shown=cell.shown)


def _scored(folders: Sequence[Path], data: Path | None, workers: int) -> Iterable[list[ScoredCell]]:
    """Cells of each submission, in order."""
    tasks = [(folder, data) for folder in folders]
    if workers == 1 or len(tasks) < 2:
        yield from (scored_folder(*task) for task in tasks)
        return
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(scored_folder, *zip(*tasks, strict=True))


def scored_folder(folder: Path, data: Path | None) -> list[ScoredCell]:
    """The cells of one submission, from the cache where they were computed before."""
    submission, problems = read_submission(folder)
    if submission is None:
        raise TodsumError(problems[0])
    examples = TestExamples(data)
    prints = [examples.built(run.dataset, run.protocol, run.simulate).fingerprint for run in submission.meta.runs]
    inputs = standings.inputs_of(folder)
    about = json.dumps([_VERSION, standings.VERSION, standings.signatures(), inputs, prints], sort_keys=True)

    def make(kept: Path) -> None:
        if problems := list(check(submission, examples)):
            more = f" (and {len(problems) - 1} more: todsum-bench leaderboard validate)" if len(problems) > 1 else ""
            raise TodsumError(f"{problems[0]}{more}")
        text = _CELLS.dump_json(score(submission, examples))
        (kept / "cells.json.gz").write_bytes(gzip.compress(text, compresslevel=3, mtime=0))

    name = hashlib.sha256(about.encode()).hexdigest()
    kept = made_once(cache_folder() / "leaderboard" / name, make)
    return _CELLS.validate_json(gzip.decompress((kept / "cells.json.gz").read_bytes()))


def _records(submission: Submission, cells: Sequence[ScoredCell], examples: TestExamples) -> list[CellRecord]:
    """The submission's cells as the tables take them; the folder of each is the submission's."""
    found = [CellRecord(submission.folder, c.result.spec, Status(state="finished"), c.result) for c in cells]
    for run in submission.meta.runs:
        for cell in run.missing:
            spec = spec_of(submission, Place(run.name, cell.target, cell.source, cell.seed), examples)
            found.append(CellRecord(submission.folder, spec, Status(state=cell.state, reason=cell.reason), None))
    return found


def _system(row: Row) -> str:
    """The slug of the submission that a row is of."""
    folders = sorted({cell.folder.name for cell in row.cells})
    if len(folders) > 1:
        raise TodsumError(f"{' and '.join(folders)} are the same system: same name, method, backbone and settings")
    return folders[0]


def _system_data(submission: Submission, cells: Sequence[ScoredCell]) -> SystemData:
    meta = submission.meta
    reads = [run.reads for run in meta.runs]
    return SystemData(
        slug=submission.slug,
        name=meta.system,
        description=meta.description,
        authors=meta.authors,
        url=meta.url,
        method=meta.method,
        backbone=meta.backbone,
        parameters=next((run.parameters for run in meta.runs if run.parameters is not None), None),
        trainable=next((run.trainable_parameters for run in meta.runs if run.trainable_parameters is not None), None),
        reads=Reads(
            state=any(r.state for r in reads),
            reference=any(r.reference for r in reads),
            unlabelled=any(r.unlabelled for r in reads),
            target_references=any(r.target_references for r in reads),
        ),
        training_data=_training_data(submission),
        status=meta.status,
        reason=meta.reason,
        runs=[_run_data(run, [cell for cell in cells if cell.run == run.name]) for run in meta.runs],
        slots=slot_counts((cell.result.spec, cell.shown) for cell in cells if cell.shown is not None),
    )


def _training_data(submission: Submission) -> str:
    """The declaration in words: what is said, and of each run what it saw of the target domain."""
    data = submission.meta.training_data
    words = {"none": "nothing", "unlabelled": "unlabelled dialogues", "few-shot": "a few labelled examples"}
    seen = {run.name: words.get(run.target_domain, "all training examples") for run in submission.meta.runs}
    written = [run.name for run in submission.meta.runs if run.reads.target_references]
    runs = (
        f"{name}: {what}{', but its author saw references' if name in written else ''}" for name, what in seen.items()
    )
    tested = "Test examples were among it." if data.test_examples else "No test examples were among it."
    return f"{data.description} {tested} Of the target domain it saw, {'; '.join(runs)}."


def _run_data(run: Run, cells: Sequence[ScoredCell]) -> RunData:
    spec = cells[0].result.spec if cells else None
    signatures: dict[str, str] = {}
    for cell in cells:
        signatures |= cell.result.signatures
    return RunData(
        dataset=spec.dataset if spec else run.dataset,
        protocol=spec.protocol if spec else run.protocol,
        setting=run.setting,
        settings=dict(sorted(run.settings.items())),
        seeds=sorted({cell.result.spec.seed for cell in cells}),
        signatures=signatures,
        provenance=dict(sorted(run.provenance.items())),
        notes=[f"{f'{n.source} to ' if n.source else ''}{n.target}: {n.text}" for n in run.notes],
    )
