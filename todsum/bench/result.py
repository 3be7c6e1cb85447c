"""What a cell leaves on disk: the models of ``spec.json``, ``status.json`` and ``result.json``, and their reader.

The files may come from strangers: everything is checked against the models, sizes are bounded, and a result has to fit
its spec. Nothing of a file is believed that can be computed from the rest of it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from todsum.errors import TodsumError
from todsum.files.json_files import read_model
from todsum.garbage_collection import pause_gc

SPEC, STATUS, RESULT = "spec.json", "status.json", "result.json"
PREDICTIONS, STATES = "predictions.jsonl", "states.jsonl"

MAX_EXAMPLES = 1_000_000
_MAX_BYTES = {SPEC: 1 << 20, STATUS: 1 << 20, RESULT: 1 << 28}
_SLACK = 1e-9  # rounding of a perfect score
#: By the beginning of their names, figures that are no fractions: the authors' script counts some values twice, so
#: that its precision can exceed 1, and micro-averages are made of counts.
_MAX = {"consistency_official": 100.0, "state_slots_": 10_000.0}

Line = Annotated[str, Field(max_length=2000, pattern=r"^[^\r\n]*$")]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^./\\\s\x00-\x1f][^/\\\x00-\x1f]*$")]
Figure = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Seed = Annotated[int, Field(ge=0, lt=1 << 63)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class Spec(_Record):
    """What determines a cell's result, and the label that it goes by."""

    key_version: Annotated[int, Field(ge=1)]
    """Raised when the same settings no longer mean the same result."""
    dataset: Name
    """Name of the data set, such as ``todsum``."""
    protocol: Name
    """Which splits are used: ``full``, ``low-resource``, ``simulated`` …"""
    fingerprint: Line
    """Of the files that were read: those of the test split alone for a method that does not train."""
    input: Annotated[dict[Name, str | bool], Field(max_length=20)]
    """How the source is shown to every method: the view (dialogue, meeting, gold, located), markers kept or not."""
    setting: Name
    """``in-domain``, ``zero-shot``, ``transfer`` or ``few-shot``."""
    setting_options: Annotated[dict[Name, JsonValue], Field(max_length=20)]
    """What the setting was asked for beside the target: ``single_domain``, ``k`` …"""
    target: Name
    """The domain that is tested, or ``all``."""
    source: Name | None
    """The domain that was trained on (``transfer``), else null."""
    method: Name
    """The method's name in the registry."""
    label: Name
    """The method's name in the table; different in a suite for different settings. Not part of the key."""
    settings: Annotated[dict[Name, JsonValue], Field(max_length=200)]
    """The method's settings, defaults included."""
    backbone: Line | None
    """The pretrained checkpoint that the method starts from."""
    backbone_revision: Line | None
    """Its commit, or a fingerprint of its files."""
    seed: Seed
    """Seeds everything random."""

    def canonical(self) -> str:
        """The canonical JSON of all that determines the result: sorted keys, no blanks, ASCII."""
        content = self.model_dump(mode="json", exclude={"label"})
        return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)

    def key(self) -> str:
        """The cell's key: sha256 of :meth:`canonical`, in hexadecimal."""
        return self._key

    @cached_property
    def _key(self) -> str:
        return hashlib.sha256(self.canonical().encode()).hexdigest()

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other fields, and so with a key of its own."""
        copied = super().model_copy(update=update, deep=deep)
        copied.__dict__.pop("_key", None)
        return copied

    def folder(self) -> PurePosixPath:
        """Where the cell lies in its run directory: ``<dataset>/<setting>/<target>/<method>/<seed>-<key8>``."""
        return PurePosixPath(self.dataset, self.setting, self.target, self.method, f"{self.seed}-{self.key()[:8]}")


class Status(_Record):
    """How far a cell is."""

    state: Literal["running", "finished", "failed", "dropped"]
    """``dropped``: left out on purpose, with a reason."""
    reason: Line | None = None
    """Why it failed or was dropped, in one line."""


class Reads(_Record):
    """What a method was shown beside the source, and its author before it."""

    state: bool
    """The gold dialogue state."""
    reference: bool
    """The reference summary: an upper bound, never a competitor."""
    unlabelled: bool
    """Unlabelled dialogues of the target domain: transductive."""
    target_references: bool = False
    """Whoever wrote the system, or tuned it by hand, had reference summaries of the target domain before them, for
    example to word its templates. Such a system does not compete where the target is held out."""


class Result(_Record):
    """The scores of a finished cell."""

    key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """The key of ``spec``."""
    spec: Spec
    """What was run."""
    n: Annotated[int, Field(ge=1, le=MAX_EXAMPLES)]
    """How many examples were tested."""
    ids: Annotated[list[Line], Field(max_length=MAX_EXAMPLES)]
    """The examples, in the order of all lists below; each once."""
    groups: Annotated[list[Line], Field(max_length=MAX_EXAMPLES)]
    """The group of each example: what is resampled together."""
    domains: Annotated[list[Annotated[list[Name], Field(max_length=100)]], Field(max_length=MAX_EXAMPLES)]
    """The domains of each example."""
    columns: Annotated[dict[Name, list[Figure | None]], Field(max_length=200)]
    """Per-example figures, 0…1 but for counts, unrounded; null where a figure is undefined."""
    scores: Annotated[dict[Name, Figure | None], Field(max_length=200)]
    """Corpus scores, 0…1, unrounded; null where a score is undefined."""
    signatures: Annotated[dict[Name, Line], Field(max_length=50)]
    """By the name of the metric: all that decides its figures."""
    leak: dict[str, JsonValue] | None
    """What the setting's leak check found, or null where the setting has none."""
    notes: Annotated[list[Line], Field(max_length=100)]
    """What a reader has to know, such as ``8 of 281 pairs have no located span``."""
    reads: Reads
    """What the method was shown beside the source."""
    facts: dict[str, JsonValue]
    """Facts about the method, such as its trainable parameters."""
    provenance: dict[str, JsonValue]
    """Commit and dirty flag, package versions, device, dtype, batch size, seeds, wall time, peak memory."""

    @model_validator(mode="after")
    def _fits(self) -> Result:
        if self.key != self.spec.key():
            raise ValueError(f"key is not that of the spec, which is {self.spec.key()}")
        lists: dict[str, list[Any]] = {"ids": self.ids, "groups": self.groups, "domains": self.domains, **self.columns}
        for name, values in lists.items():
            if len(values) != self.n:
                raise ValueError(f"{name} has {len(values)} entries for n = {self.n} examples")
        if len(set(self.ids)) != self.n:
            raise ValueError("ids are repeated")
        for name, figures in [*self.columns.items(), *((name, [score]) for name, score in self.scores.items())]:
            limit = next((most for start, most in _MAX.items() if name.startswith(start)), 1 + _SLACK)
            if max((figure for figure in figures if figure is not None), default=0.0) > limit:
                raise ValueError(f"{name} is above {limit:g}: figures are fractions, not percentages")
        return self


@dataclass(frozen=True)
class CellRecord:
    """A cell as found on disk. ``result`` is None unless it is finished."""

    folder: Path
    spec: Spec
    status: Status
    result: Result | None


def read_runs(folder: Path) -> list[CellRecord]:
    """All cells under a run directory, sorted by path.

    A result is put in place last: a cell that has one is finished, and one that has none is not, whatever its status
    says.

    Raises:
        TodsumError: the folder does not exist or has no cells; a file is missing, can't be read, or is not what the
            models say. The message names the files of all broken cells, in one line.
    """
    if not folder.is_dir():
        raise TodsumError(
            f"{folder}: no such run directory; make one with `todsum-bench run SUITE.yaml --out {folder}`"
        )
    records = read_cells(_cell_folders(folder))
    if not records:
        raise TodsumError(f"{folder}: no cells here: no {SPEC} in any folder below")
    return records


@pause_gc()
def read_cells(folders: Iterable[Path]) -> list[CellRecord]:
    """The cells in these folders, in their order.

    Raises:
        TodsumError: as of :func:`read_runs`, but for a folder without cells.
    """
    records = []
    broken: dict[Path, TodsumError] = {}
    for cell in folders:
        try:
            records.append(_read_cell(cell))
        except TodsumError as error:
            broken[cell] = error
    if broken:
        names, again = ", ".join(map(str, broken)), "it" if len(broken) == 1 else "them"
        raise TodsumError(f"{'; '.join(map(str, broken.values()))}; remove {names} to run {again} again")
    seen: dict[str, Path] = {}
    for record in records:
        if (other := seen.setdefault(record.spec.key(), record.folder)) != record.folder:
            raise TodsumError(f"{record.folder} and {other} hold the same cell: keep one of them")
    return records


def _cell_folders(folder: Path) -> list[Path]:
    files = {SPEC, STATUS, RESULT}
    return sorted(Path(place) for place, inner, names in os.walk(folder) if not files.isdisjoint((*inner, *names)))


def _read_cell(cell: Path) -> CellRecord:
    if not (cell / SPEC).is_file():
        raise TodsumError(f"{cell / SPEC}: missing beside the cell's other files")
    spec = read_record(cell / SPEC, Spec)
    name = spec.folder().name
    if cell.name != name:
        raise TodsumError(f"{cell / SPEC}: this spec belongs into a folder named {name}: files were mixed or edited")
    status = read_record(cell / STATUS, Status) if os.path.lexists(cell / STATUS) else Status(state="running")
    result = read_record(cell / RESULT, Result) if os.path.lexists(cell / RESULT) else None
    if result is not None:
        if result.key != spec.key():
            raise TodsumError(f"{cell / RESULT}: its spec is not the one of {SPEC} beside it")
        status = Status(state="finished")
    elif status.state == "finished":
        status = Status(state="running", reason=f"stopped before {RESULT} was written: run the suite again")
    return CellRecord(cell, spec, status, result)


Record = TypeVar("Record", Spec, Status, Result)


def read_record(path: Path, model: type[Record]) -> Record:
    """One of a cell's files.

    Raises:
        TodsumError: it can't be read, is too large, or is not what the model says.
    """
    return read_model(path, model, _MAX_BYTES[path.name])
