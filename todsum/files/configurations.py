"""Configurations of checkpoints (``config.json`` and its like), as libraries write them, read within bounds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from todsum.errors import TodsumError
from todsum.files.plain import read_plain

MAX_BYTES = 1 << 24


def read_configuration(path: Path) -> Any:
    """The value in a JSON file; ``Infinity``, which some configurations hold, is read as such.

    Raises:
        TodsumError: no regular file, too large, or no JSON.
    """
    content = read_plain(path, MAX_BYTES)
    try:
        return json.loads(content)
    except RecursionError as error:
        raise TodsumError(f"{path}: not readable as JSON: nested too deeply") from error
    except ValueError as error:
        raise TodsumError(f"{path}: not readable as JSON: {error}") from error


def has_key(content: Any, key: str) -> bool:
    """Whether any object in a JSON value has a key."""
    left = [content]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            if key in item:
                return True
            left += item.values()
        elif isinstance(item, list):
            left += item
    return False
