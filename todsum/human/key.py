"""``key.json``: what unblinds a sample. It stays with those who made it until all ratings are in."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from todsum.bench.result import Line, Name, Seed
from todsum.files.json_files import read_model

KEY = "key.json"
WARNING = "This file tells which system wrote which summary: keep it from the raters until all ratings are in."
MAX_ITEMS = 100_000
_MAX_BYTES = 1 << 26

ItemId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
CellKey = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Record(BaseModel):
    """What the files of a human evaluation are made of."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class KeyItem(Record):
    """Where one rated summary comes from."""

    cell: CellKey
    """The key of the cell that wrote it."""
    label: Line
    """The system, as the results table names it."""
    backbone: Name | None
    """Its backbone."""
    source: Name | None
    """The domain that it was trained on (transfer)."""
    target: Name
    """The target of the cell."""
    domain: Name
    """The domain that the example was drawn for."""
    example: Line
    """The example's id."""
    group: Line
    """What the example is resampled with."""


class Key(Record):
    """A sample: its settings and all of its items."""

    version: Literal[1] = 1
    warning: Line = WARNING
    """What to do with this file."""
    table: Line
    """The results table that the systems stand in."""
    seed: Seed
    """Of the sample, the ids and the orders."""
    examples: Annotated[int, Field(ge=1, le=MAX_ITEMS)]
    """How many examples each system is rated on."""
    raters: Annotated[int, Field(ge=1, le=100)]
    """How many sheets were made."""
    items: Annotated[dict[ItemId, KeyItem], Field(min_length=1, max_length=MAX_ITEMS)]
    """By the id that raters see."""


def item_id(seed: int, cell: str, example: str) -> str:
    """The id of a summary on the sheets: it tells nothing, and is the same for the same sample."""
    return hashlib.sha256(f"{seed}\0{cell}\0{example}".encode()).hexdigest()[:16]


def read_key(path: Path) -> Key:
    """The key of a sample.

    Raises:
        TodsumError: it can't be read, is too large, or is no key.
    """
    return read_model(path, Key, _MAX_BYTES)
