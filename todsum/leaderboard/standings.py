"""What is kept of all submissions' scores: ``leaderboard.json``, and ``scores/<system>.json.gz`` for the explorer.

Both are derived: they can be made anew from the submissions and the data, byte for byte. Checksums of what they were
made of tell, without the data, when they are out of date.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from todsum.bench.result import Line, Spec
from todsum.files.checksums import sha256
from todsum.files.folders import write_files
from todsum.files.json_files import parse_model, read_model
from todsum.files.packed import unpacked
from todsum.leaderboard.submission import META, PREDICTIONS, SUBMISSIONS, submission_folders
from todsum.metrics.scoring import default_metrics
from todsum.report.site.content import Board
from todsum.report.site.shown import ShownCell

LEADERBOARD, SCORES = "leaderboard.json", "scores"
#: Raised when what is kept of the same scores changes.
VERSION = 2
_MAX_BYTES = 1 << 28


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Standings(_Record):
    """``leaderboard.json``."""

    version: Annotated[int, Field(ge=1)]
    """Of this format."""
    signatures: dict[str, Line]
    """Of the metrics, by name."""
    inputs: dict[str, dict[str, str]]
    """sha256 of each submission's files."""
    board: Board
    """What the pages show."""


class ShownPlace(_Record):
    """One cell of a submission, as the explorer shows it."""

    run: str
    """The run of the submission."""
    spec: Spec
    """Of the cell."""
    name: str
    """As its table shows it."""
    shown: ShownCell
    """Figures and values."""


class ShownScores(_Record):
    """``scores/<system>.json.gz``."""

    places: list[ShownPlace]
    """Of the first seed of each target."""


def inputs_of(leaderboard: Path) -> dict[str, dict[str, str]]:
    """The checksums of all submissions' files, by the name of the submission.

    Raises:
        TodsumError: there are no submissions.
    """
    found = {}
    for folder in submission_folders(leaderboard):
        files = [folder / META, folder / PREDICTIONS]
        found[folder.name] = {path.name: sha256(path) for path in files if path.is_file()}
    return found


def signatures() -> dict[str, str]:
    """Of the metrics as they are now."""
    return {metric.name: metric.signature() for metric in default_metrics()}


def out_of_date(leaderboard: Path) -> list[str]:
    """Why the standings are not those of the submissions, a line each; needs no data."""
    path = leaderboard / LEADERBOARD
    if not path.exists():
        return [f"{path}: missing"]
    standings = read_standings(leaderboard)
    return list(_differences(path, standings, inputs_of(leaderboard), leaderboard))


def _differences(
    path: Path, standings: Standings, now: Mapping[str, Mapping[str, str]], leaderboard: Path
) -> Iterator[str]:
    if standings.version != VERSION:
        yield f"{path}: has version {standings.version}, this is version {VERSION}"
    for name, signature in signatures().items():
        if standings.signatures.get(name) != signature:
            yield f"{path}: was scored with {standings.signatures.get(name)}, now it is {signature}"
    for slug in sorted({*now, *standings.inputs}):
        if standings.inputs.get(slug) != now.get(slug):
            what = "is new" if slug not in standings.inputs else "is gone" if slug not in now else "has changed"
            yield f"{leaderboard / SUBMISSIONS / slug}: {what} since {path} was made"
    accepted = {system.slug for system in standings.board.systems if system.status == "accepted"}
    kept = {file.name.removesuffix(".json.gz") for file in (leaderboard / SCORES).glob("*.json.gz")}
    for slug in sorted(accepted ^ kept):
        yield f"{leaderboard / SCORES / slug}.json.gz: {'missing' if slug in accepted else 'of no accepted submission'}"


def read_standings(leaderboard: Path) -> Standings:
    """``leaderboard.json``.

    Raises:
        TodsumError: it can't be read or is not what the model says.
    """
    path = leaderboard / LEADERBOARD
    return read_model(path, Standings, _MAX_BYTES)


def read_shown(leaderboard: Path, slug: str) -> ShownScores:
    """``scores/<system>.json.gz``.

    Raises:
        TodsumError: it can't be read or is not what the model says.
    """
    path = leaderboard / SCORES / f"{slug}.json.gz"
    return parse_model(b"".join(unpacked(path, _MAX_BYTES, _MAX_BYTES)), ShownScores, path)


def write(leaderboard: Path, standings: Standings, shown: Mapping[str, ShownScores]) -> list[Path]:
    """Writes the standings; files of what is gone are removed. Returns the files that changed.

    Raises:
        TodsumError: the folder can't be written.
    """
    gone = [
        f"{SCORES}/{path.name}"
        for path in sorted((leaderboard / SCORES).glob("*.json.gz"))
        if path.name.removesuffix(".json.gz") not in shown
    ]
    contents = {
        f"{SCORES}/{slug}.json.gz": gzip.compress(scores.model_dump_json().encode(), mtime=0)
        for slug, scores in sorted(shown.items())
    }
    contents[LEADERBOARD] = as_text(standings).encode()
    changed = {name: content for name, content in contents.items() if not _holds(leaderboard / name, content)}
    write_files(leaderboard, changed, gone)
    return [leaderboard / name for name in (*gone, *changed)]


def _holds(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def as_text(standings: Standings) -> str:
    """The file of the standings, the same bytes for the same content."""
    return json.dumps(standings.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
