"""JSON as the standard has it, with each key of an object once."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(key for key, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"the key {twice[:40]!r} is there twice in one object")
    return found


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
"""Refuses repeated keys, of which Python's own decoder takes the last, and ``NaN`` and ``Infinity``."""


def parse_json(text: str | bytes) -> Any:
    """The value of a JSON text.

    Args:
        text: UTF-8 where it is bytes.

    Raises:
        ValueError: not UTF-8, not JSON, a repeated key, nested too deeply, or a number of too many digits.
    """
    try:
        return DECODER.decode(text if isinstance(text, str) else text.decode("utf-8"))
    except RecursionError:
        raise ValueError("nested too deeply") from None
