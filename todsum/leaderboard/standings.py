"""What is kept of all submissions' scores: ``leaderboard.json``, and ``scores/<system>.json.gz`` for the explorer.

Both are derived: they can be made anew from the submissions and the data, byte for byte. Checksums of what they were
made of tell, without the data, when they are out of date.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from todsum.bench.result import Line, Spec
from todsum.bench.store import check_writable, write_atomic
from todsum.errors import TodsumError
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
        found[folder.name] = {path.name: _sha256(path) for path in files if path.is_file()}
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
    return _parse(path, _bounded(path), Standings)


def read_shown(leaderboard: Path, slug: str) -> ShownScores:
    """``scores/<system>.json.gz``.

    Raises:
        TodsumError: it can't be read or is not what the model says.
    """
    path = leaderboard / SCORES / f"{slug}.json.gz"
    unpack = zlib.decompressobj(wbits=31)
    try:
        text = unpack.decompress(_bounded(path), _MAX_BYTES)
    except zlib.error as error:
        raise TodsumError(f"{path}: not a gzip file: {error}") from error
    if not unpack.eof:
        raise TodsumError(f"{path}: cut short, or unpacks to more than {_MAX_BYTES} bytes")
    return _parse(path, text, ShownScores)


def write(leaderboard: Path, standings: Standings, shown: Mapping[str, ShownScores]) -> list[Path]:
    """Writes the standings; files of what is gone are removed. Returns the files that changed.

    Raises:
        TodsumError: the folder can't be written.
    """
    folder = leaderboard / SCORES
    check_writable(folder)
    changed = []
    for path in sorted(folder.glob("*.json.gz")):
        if path.name.removesuffix(".json.gz") not in shown:
            path.unlink()
            changed.append(path)
    for slug, scores in sorted(shown.items()):
        path = folder / f"{slug}.json.gz"
        packed = gzip.compress(scores.model_dump_json().encode(), mtime=0)
        if not path.exists() or path.read_bytes() != packed:
            part = path.with_name(f".{path.name}.part")
            part.write_bytes(packed)
            part.replace(path)
            changed.append(path)
    text = as_text(standings)
    path = leaderboard / LEADERBOARD
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_atomic(path, text)
        changed.append(path)
    return changed


def as_text(standings: Standings) -> str:
    """The file of the standings, the same bytes for the same content."""
    return json.dumps(standings.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


Model = TypeVar("Model", bound=BaseModel)


def _parse(path: Path, text: bytes, model: type[Model]) -> Model:
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise TodsumError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _bounded(path: Path) -> bytes:
    try:
        if (size := path.stat().st_size) > _MAX_BYTES:
            raise TodsumError(f"{path}: {size} bytes are too many")
        return path.read_bytes()
    except OSError as error:
        raise TodsumError(f"{path}: can't be read: {error.strerror}") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
