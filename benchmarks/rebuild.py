"""Makes a run directory of committed cells from the predictions that the leaderboard stores, scored again.

    python benchmarks/rebuild.py --cells benchmarks/results/low-resource/cells.jsonl --out RUNS

Reads a line of ``cells.jsonl`` (see ``cells.py``) for each cell: spec, leak report, notes, facts and provenance are its
own. Texts come from the submission with the same method, settings, backbone, data, setting and seed, or from the
suite's own untrained method. Figures are computed by the metrics of today. Where a metric's signature is still the
recorded one its figures must equal the recorded ones; else the cell is refused. ``todsum-bench table`` and ``compare``
read the result like any run directory. Killed at any moment, the same command goes on; again, it changes nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from todsum.bench.examples import TestExamples
from todsum.bench.outputs import Outputs
from todsum.bench.result import Result, Spec
from todsum.bench.runner import without_nan
from todsum.bench.store import CellStore
from todsum.data.evaluation_settings import LeakReport, SplitCheck
from todsum.data.schema import Example
from todsum.data.state import read
from todsum.errors import TodsumError
from todsum.files.writing import check_writable, write_atomic
from todsum.leaderboard.meta import Run
from todsum.leaderboard.scoring import places, spec_of
from todsum.leaderboard.submission import Place, Submission, read_submission, submission_folders
from todsum.methods.registry import method_class
from todsum.metrics.scoring import ExampleScores

LEADERBOARD = Path(__file__).resolve().parent.parent / "leaderboard"
CLOSE = 1e-9  # of scores × 100
MARK = "rebuilding"
"""A file that is in the run directory until all cells are."""
_UNPARSED = re.compile(r"\d+ of \d+ predicted states could not be parsed")


class Line(BaseModel):
    """A line of ``cells.jsonl``; scores are × 100."""

    key: str
    spec: Spec
    n: int
    scores: dict[str, float | None]
    signatures: dict[str, str]
    leak: dict[str, Any] | None
    notes: list[str]
    facts: dict[str, Any]
    provenance: dict[str, Any]

    @property
    def name(self) -> str:
        """The cell in words, for messages."""
        spec = self.spec
        source = f"{spec.source} to " if spec.source else ""
        return f"{spec.dataset} {spec.setting}, {source}{spec.target}, {spec.label}, seed {spec.seed} ({self.key[:8]})"


@dataclass(frozen=True)
class Rebuilding:
    """How cells are rebuilt.

    Attributes:
        out: the folder that they go into.
        data: the folder of data; None downloads pinned sources.
        complete: whether all cells have to be there already; nothing is written then.
    """

    out: Path
    data: Path | None
    complete: bool


class Found(NamedTuple):
    """A cell and the place of its predictions in its submission."""

    line: Line
    place: Place


def read_lines(path: Path) -> list[Line]:
    """The cells of a ``cells.jsonl``.

    Raises:
        TodsumError: a line is none of a cell, or its key is not that of its spec.
    """
    lines = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            line = Line.model_validate_json(text)
        except ValueError as error:
            raise TodsumError(f"{path}: line {number}: not a line of benchmarks/cells.py: {error}") from error
        if line.key != line.spec.key():
            raise TodsumError(f"{path}: line {number}: key is not that of the spec, which is {line.spec.key()}")
        lines.append(line)
    return lines


def rebuild(folder: Path, lines: Sequence[Line], how: Rebuilding) -> list[str]:
    """Writes those of the cells that a submission has predictions for; returns their keys.

    Raises:
        TodsumError: the submission is broken, the data can't be had, or a figure is not the recorded one.
    """
    submission, problems = read_submission(folder)
    if submission is None:
        raise TodsumError("; ".join(problems))
    examples = TestExamples(how.data)
    found = list(_find(submission, lines, examples))
    for line, place in found:
        _write(line, submission, place, examples, how)
    return [line.key for line, _ in found]


def _find(submission: Submission, lines: Iterable[Line], examples: TestExamples) -> Iterator[Found]:
    here = (submission.meta.method, submission.meta.backbone, submission.meta.backbone_revision)
    own = [line for line in lines if (line.spec.method, line.spec.backbone, line.spec.backbone_revision) == here]
    if not own:
        return
    known = {_identity(spec_of(submission, place, examples)): place for place in places(submission, examples)}
    for line in own:
        if (place := known.get(_identity(line.spec))) is not None:
            yield Found(line, place)


def _identity(spec: Spec) -> str:
    """What tells a cell from others, without what a submission does not record: the training data's fingerprint."""
    return json.dumps(spec.model_dump(exclude={"fingerprint", "key_version", "label"}), sort_keys=True)


def _write(line: Line, submission: Submission, place: Place, examples: TestExamples, how: Rebuilding) -> None:
    run = submission.run(place.run)
    tests = examples.tested(line.spec, run.simulate)
    if len(tests) != line.n:
        raise TodsumError(f"{line.name}: the data has {len(tests)} test examples, not {line.n}")
    outputs = _outputs(line.spec, submission, place, examples)
    scored = outputs.score(tests, workers=1)
    _check(line, scored)
    result = _result(line, run, tests, outputs, scored)
    store = CellStore(how.out, line.spec)
    if how.complete:
        if store.read_result() != result:
            raise TodsumError(f"{how.out}: is not empty, and has another {line.name}; rebuild into a new folder")
        return
    with store.locked():
        if store.finished() is not None:
            return
        for batches in (store.predictions, store.states):  # of a killed run
            batches.path.unlink(missing_ok=True)
        store.start()
        store.predictions.append({"id": identity, "summary": text} for identity, text in outputs.summaries.items())
        if outputs.states is not None:
            states = outputs.states.items()
            store.states.append({"id": key, "state": text, "parsed": read(text).parsed} for key, text in states)
        store.finish(result)


def _outputs(spec: Spec, submission: Submission, place: Place, examples: TestExamples) -> Outputs:
    """The texts of a cell, in the order of its test examples."""
    run = submission.run(place.run)
    tests = examples.tested(spec, run.simulate)
    if run.regenerated:
        chosen = method_class(spec.method)
        method = chosen(chosen.Settings.model_validate(spec.settings))
        texts = method.summarize(examples.shown(spec, run.simulate))
        return Outputs({test.id: text for test, text in zip(tests, texts, strict=True)}, None)
    given = submission.predictions[place]
    if missing := [test.id for test in tests if test.id not in given.summaries]:
        raise TodsumError(f"{submission.folder}: {place}: no prediction for {missing[0]} ({len(missing)} in all)")
    states = None if given.states is None else {test.id: given.states[test.id] for test in tests}
    return Outputs({test.id: given.summaries[test.id] for test in tests}, states)


def _check(line: Line, scored: ExampleScores) -> None:
    """Refuses figures that differ from the recorded ones, of metrics that have not changed since."""
    figures, signatures = scored.scores(), scored.signatures()
    for metric in scored.metrics:
        if line.signatures.get(metric.name) != signatures[metric.name]:
            continue
        for name in metric.scores:
            recorded, now = line.scores.get(name), 100 * figures[name]
            now_or_none = None if now != now else now
            if recorded is None or now_or_none is None:
                same = recorded is now_or_none
            else:
                same = abs(recorded - now_or_none) <= CLOSE
            if not same:
                raise TodsumError(f"{line.name}: {name} is {now_or_none}, but {recorded} was recorded")


def _result(line: Line, run: Run, tests: Sequence[Example], outputs: Outputs, scored: ExampleScores) -> Result:
    odd = outputs.odd_texts(tests)
    kept = [note for note in line.notes if not _UNPARSED.match(note)]
    return Result(
        key=line.key,
        spec=line.spec,
        n=len(tests),
        ids=[test.id for test in tests],
        groups=[test.group for test in tests],
        domains=[list(test.domains) for test in tests],
        columns=without_nan(scored.columns),
        scores={name: None if value != value else value for name, value in scored.scores().items()},
        signatures=scored.signatures(),
        leak=_in_order(line.leak),
        notes=list(dict.fromkeys([*odd.lines(), *kept, *outputs.notes()])),
        reads=run.reads,
        facts=line.facts | {"texts": odd.counts()},
        provenance=line.provenance,
    )


def _in_order(leak: dict[str, Any] | None) -> dict[str, Any] | None:
    """A leak report as the setting wrote it; ``cells.jsonl`` sorts its fields, and tables print them in order."""
    if leak is None:
        return None
    splits = {name: SplitCheck(**leak[name]) for name in ("train", "dev")}
    return LeakReport(leak["held_out"], **splits, duplicate_ids=leak["duplicate_ids"], shots=leak["shots"]).to_json()


def main() -> int:
    """Returns the exit code: 1 if predictions of some cells are not stored."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=Path, required=True, help="cells.jsonl of a table")
    parser.add_argument("--out", type=Path, required=True, help="run directory to make")
    parser.add_argument("--data", type=Path, default=os.environ.get("TODSUM_DATA"), help="data folder")
    parser.add_argument("--leaderboard", type=Path, default=LEADERBOARD, help="folder of the submissions")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    chosen = parser.parse_args()
    try:
        with _begun(chosen.out, chosen.cells) as complete:
            how = Rebuilding(chosen.out, chosen.data, complete)
            missing = _rebuild_all(chosen.cells, chosen.leaderboard, how, chosen.workers)
    except (OSError, TodsumError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    for line in missing:
        print(f"no predictions: {line.name}", file=sys.stderr)
    return 1 if missing else 0


@contextmanager
def _begun(out: Path, cells: Path) -> Iterator[bool]:
    """Marks a new folder while it is filled, so that a rebuilding that was killed goes on; yields whether it is none.

    What is in place without the mark has to be complete.
    """
    mark, checksum = out / MARK, hashlib.sha256(cells.read_bytes()).hexdigest()
    begun = mark.is_file() and mark.read_text(encoding="utf-8", errors="replace") == checksum
    if not begun and out.is_dir() and any(path.name != f".{MARK}.part" for path in out.iterdir()):
        yield True
        return
    check_writable(out)
    write_atomic(mark, checksum)
    yield False
    mark.unlink()


def _rebuild_all(cells: Path, leaderboard: Path, how: Rebuilding, workers: int) -> list[Line]:
    """Rebuilds all cells; returns those without predictions."""
    lines = read_lines(cells)
    done: set[str] = set()
    folders = submission_folders(leaderboard)
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
        waiting = [pool.submit(rebuild, folder, lines, how) for folder in folders]
        for count, (folder, future) in enumerate(zip(folders, waiting, strict=True), 1):
            keys = future.result()
            done.update(keys)
            print(f"{count}/{len(folders)} {folder.name}: {len(keys)} cells", file=sys.stderr)
    return [line for line in lines if line.key not in done]


if __name__ == "__main__":
    sys.exit(main())
