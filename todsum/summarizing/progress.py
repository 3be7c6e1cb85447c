"""What an output file of summaries is made of, so far as it is done."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from todsum.errors import TodsumError
from todsum.files.plain import check_plain
from todsum.summarizing.dialogue import Dialogue

_NOTHING = hashlib.sha256().hexdigest()
MAX_BYTES = 1 << 20
"""Of the file that keeps it."""


class Progress(BaseModel):
    """Of a file that grows (``FILE.part.json``, until it is complete), or of one that is complete."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    options: dict[str, str]
    """Model, device and options: what the summaries depend on."""
    done: int = 0
    """Dialogues whose summaries are written."""
    input_sha256: str = _NOTHING
    """Of these dialogues."""
    size: int = 0
    """Bytes of their summaries in the file; what follows is regenerated."""
    output_sha256: str = _NOTHING
    """Of these bytes."""
    losses: dict[str, int] = {}
    """How many of these summaries lost what."""


def part_of(path: Path) -> Path:
    """The file beside an output file that says how far that is, until it is complete."""
    return path.with_name(f"{path.name}.part.json")


def update_digest(digest: hashlib._Hash, dialogue: Dialogue) -> None:
    """Adds a dialogue to the checksum of an input."""
    digest.update(f"{dialogue.has_state} {dialogue.example!r}\n".encode())


def there_already(path: Path) -> TodsumError:
    """The error of an output file that is another command's, or no file."""
    try:
        check_plain(path)
    except TodsumError as error:
        return error
    return TodsumError(f"{path}: is there already; remove it, or pass another --out")
