"""A submission on disk: ``<system>/meta.yaml`` and ``predictions.jsonl.gz``; every problem of it is found at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from todsum.bench.result import MAX_EXAMPLES, Line, Name, Seed
from todsum.data.evaluation_settings import ALL
from todsum.errors import TodsumError
from todsum.files.validation import problems as explained
from todsum.leaderboard.meta import Meta, Run
from todsum.leaderboard.reading import read_json_lines, read_yaml
from todsum.report.site.slugs import PATTERN, Slug

META, PREDICTIONS = "meta.yaml", "predictions.jsonl.gz"
#: Where the submissions lie in a leaderboard folder.
SUBMISSIONS = "submissions"
MAX_PROBLEMS = 100  # a file; what is broken everywhere is not told a million times


class PredictionLine(BaseModel):
    """A line of ``predictions.jsonl.gz``."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)

    run: Slug
    """The name of one of the runs of ``meta.yaml``."""
    target: Name = ALL
    """The domain that was tested; ``all`` in-domain."""
    source: Name | None = None
    """The domain that was trained on (``transfer``)."""
    seed: Seed = 0
    """The seed of the training."""
    id: Line
    """The example."""
    summary: Annotated[str, Field(max_length=20_000)]
    """What the system wrote."""
    state: Annotated[str, Field(max_length=20_000)] | None = None
    """The dialogue state that it predicted, as text, where it predicts one."""


def schemas() -> dict[str, Any]:
    """The JSON schemas of the two files (of one line, for the predictions)."""
    return {META: Meta.model_json_schema(), PREDICTIONS: PredictionLine.model_json_schema()}


@dataclass(frozen=True, order=True)
class Place:
    """Where in a submission a set of predictions belongs."""

    run: str
    target: str
    source: str | None
    seed: int

    def __str__(self) -> str:
        source = f"{self.source} to " if self.source else ""
        return f"run {self.run}, {source}{self.target}, seed {self.seed}"


@dataclass(frozen=True)
class Predicted:
    """What a system wrote, by example id; ``states`` are None where it predicts none."""

    summaries: dict[str, str]
    states: dict[str, str] | None


@dataclass(frozen=True)
class Submission:
    """A submission as its files say it.

    Attributes:
        slug: the name of its folder.
        folder: where it lies.
        meta: what it says of itself.
        predictions: by place, in the order of the file.
    """

    slug: str
    folder: Path
    meta: Meta
    predictions: dict[Place, Predicted]

    def run(self, name: str) -> Run:
        """The run of a name."""
        return next(run for run in self.meta.runs if run.name == name)


def submission_folders(folder: Path) -> list[Path]:
    """The folders of all submissions below a leaderboard folder, a folder of submissions, or a submission itself.

    Raises:
        TodsumError: there is none.
    """
    if not folder.is_dir():
        raise TodsumError(f"{folder}: no such folder")
    if (folder / META).exists() or (folder / PREDICTIONS).exists():
        return [folder]
    inner = folder / SUBMISSIONS if (folder / SUBMISSIONS).is_dir() else folder
    found = sorted(path for path in inner.iterdir() if not path.name.startswith("."))
    if not found:
        raise TodsumError(f"{inner}: no submissions; each is a folder with {META} and {PREDICTIONS}")
    return found


def read_submission(folder: Path) -> tuple[Submission | None, list[str]]:
    """A submission, or None, and what is wrong with it, a line each."""
    problems = list(_folder_problems(folder))
    if problems:
        return None, problems
    meta = _meta(folder / META, problems)
    needed = meta is None or any(not run.regenerated and not run.missing for run in meta.runs)
    predictions: dict[Place, Predicted] = {}
    if needed or (folder / PREDICTIONS).exists():
        try:
            predictions = _predictions(folder / PREDICTIONS, meta, problems)
        except TodsumError as error:
            problems.append(str(error))
    if meta is None or problems:
        return None, problems
    return Submission(folder.name, folder, meta, predictions), []


def _folder_problems(folder: Path) -> Iterator[str]:
    if folder.is_symlink():
        yield f"{folder}: is a link; only plain folders are read"
        return
    if not folder.is_dir():
        yield f"{folder}: not a folder; a submission is a folder with {META} and {PREDICTIONS}"
        return
    name = folder.resolve().name
    if not re.fullmatch(PATTERN, name):
        yield f"{folder}: the folder's name should be of small letters, digits and hyphens, 80 at most"
    for path in sorted(folder.iterdir()):
        if path.name not in (META, PREDICTIONS):
            yield f"{path}: does not belong here; a submission has {META} and {PREDICTIONS} only"


def _meta(path: Path, problems: list[str]) -> Meta | None:
    try:
        content = read_yaml(path)
    except TodsumError as error:
        problems.append(str(error))
        return None
    try:
        return Meta.model_validate(content)
    except ValidationError as error:
        problems += [f"{path}: {line}" for line in islice(explained(error, Meta), MAX_PROBLEMS)]
        return None


def _predictions(path: Path, meta: Meta | None, problems: list[str]) -> dict[Place, Predicted]:
    runs = {run.name: run for run in meta.runs} if meta else None
    found: dict[Place, Predicted] = {}
    told = 0
    for count, (number, row) in enumerate(read_json_lines(path)):
        if count == MAX_EXAMPLES:
            raise TodsumError(f"{path}: more than {MAX_EXAMPLES} predictions")
        for problem in _take(row, runs, found):
            told += 1
            problems.append(f"{path}: line {number}: {problem}")
        if told >= MAX_PROBLEMS:
            raise TodsumError(f"{path}: {told} problems up to line {number}; the rest of the file was not read")
    for run in runs.values() if runs else ():
        missing = {(cell.target, cell.source, cell.seed) for cell in run.missing}
        given = [place for place in found if place.run == run.name]
        if not given and not run.regenerated and not missing:
            problems.append(f"{path}: no predictions for run {run.name}")
        problems += [
            f"{path}: {place} has predictions, and is among the missing of {META}"
            for place in given
            if (place.target, place.source, place.seed) in missing
        ]
    return found


def _take(row: Any, runs: dict[str, Run] | None, found: dict[Place, Predicted]) -> Iterator[str]:
    """Adds a line to what was found; yields what is wrong with it."""
    if not isinstance(row, dict):
        yield 'expected an object {"run": …, "id": …, "summary": …}'
        return
    try:
        line = PredictionLine.model_validate(row)
    except ValidationError as error:
        yield from islice(explained(error, PredictionLine), MAX_PROBLEMS)
        return
    place = Place(line.run, line.target, line.source, line.seed)
    if place not in found:
        if runs is not None and (problem := _misplaced(place, runs)):
            yield problem
            return
        found[place] = Predicted({}, {} if line.state is not None else None)
    predicted = found[place]
    if line.id in predicted.summaries:
        yield f"a second prediction for {line.id} ({place})"
    elif (line.state is None) != (predicted.states is None):
        yield f"state is given for some examples of {place}, and not for all"
    else:
        predicted.summaries[line.id] = line.summary
        if predicted.states is not None and line.state is not None:
            predicted.states[line.id] = line.state


def _misplaced(place: Place, runs: dict[str, Run]) -> str | None:
    if place.run not in runs:
        return f"run {place.run!r} is not one of {META}: {', '.join(runs)}"
    run = runs[place.run]
    if run.regenerated:
        return f"run {run.name} is made anew by the suite: it has no predictions here"
    if (place.source is not None) != (run.setting == "transfer"):
        return f"source is for transfer, and needed there; run {run.name} is {run.setting}"
    if (place.target == ALL) != (run.setting == "in-domain"):
        return f"target should be {'all' if run.setting == 'in-domain' else 'a domain'} in {run.setting}"
    return None
