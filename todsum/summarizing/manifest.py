"""``todsum.json`` of a model folder: the cell that it was, with its scores. What makes a folder one of the suite's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from todsum.bench.result import Figure, Line, Name, Spec
from todsum.files.json_files import parse_model, read_model

MANIFEST = "todsum.json"
_MAX_BYTES = 1 << 22

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Manifest(BaseModel):
    """The cell that a model folder was exported from."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    todsum: Literal[1] = 1
    """Version of this file's form."""
    spec: Spec
    """What was run."""
    n: Annotated[int, Field(ge=1)]
    """How many test examples the scores are over."""
    scores: dict[Name, Figure | None]
    """Corpus scores, 0…1, unrounded."""
    signatures: dict[Name, Line]
    """By the name of the metric: all that decides its figures."""
    leak: dict[str, JsonValue] | None
    """What the setting's leak check found."""
    notes: list[Line]
    """What a reader has to know."""
    facts: dict[str, JsonValue]
    """Of the training: steps, parameters, dev loss, domain words."""
    files: dict[Annotated[str, Field(min_length=1, max_length=400)], Digest]
    """The sha256 of every other file but the card, by its path within the folder."""


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a model folder.

    Raises:
        TodsumError: it can't be read, or is none.
    """
    return read_model(folder / MANIFEST, Manifest, _MAX_BYTES)


def parse(content: bytes, place: object) -> Manifest:
    """The manifest that is in a file.

    Args:
        content: of the file.
        place: where it lies, for the message.

    Raises:
        TodsumError: it is none.
    """
    return parse_model(content, Manifest, place)
