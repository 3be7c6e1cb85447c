"""JSON files that a user names: read within bounds, every fault in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from todsum.errors import TodsumError
from todsum.files.json_text import parse_json
from todsum.files.kinds import not_utf8
from todsum.files.plain import read_plain
from todsum.files.validation import Model, explain


def read_json(path: Path, most: int) -> Any:
    """The value in a JSON file.

    Args:
        path: of the file, in UTF-8.
        most: how many bytes it may have.

    Raises:
        TodsumError: no regular file, too large, not UTF-8, or not JSON as :func:`parse_json` has it.
    """
    return parse_content(read_plain(path, most), path)


def read_object(path: Path, most: int) -> dict[str, Any]:
    """The object in a JSON file. Raises as :func:`read_json`, and where it holds something else."""
    value = read_json(path, most)
    if not isinstance(value, dict):
        raise TodsumError(f"{path}: expected a JSON object")
    return value


def read_model(path: Path, model: type[Model], most: int) -> Model:
    """A record in a JSON file. Raises as :func:`read_json`, and where it is not what the model says."""
    return parse_model(read_plain(path, most), model, path)


def parse_model(content: bytes, model: type[Model], place: object) -> Model:
    """A record in JSON.

    Args:
        content: in UTF-8.
        model: what it has to be.
        place: where it lies, for messages.

    Raises:
        TodsumError: not JSON, or not what the model says.
    """
    parse_content(content, place)  # refuses what the model's own parser lets pass, such as repeated keys
    try:
        return model.model_validate_json(content)
    except ValidationError as error:
        raise TodsumError(f"{place}: {explain(error, model)}") from error


def parse_content(content: bytes, place: object) -> Any:
    """The value in JSON. Raises as :func:`parse_model`, where it is not JSON.

    Args:
        content: in UTF-8.
        place: where it lies, for messages.
    """
    try:
        return parse_json(content)
    except UnicodeDecodeError as error:
        raise TodsumError(f"{place}: {not_utf8(content[:64], error)}") from error
    except ValueError as error:
        raise TodsumError(f"{place}: broken JSON: {error}") from error
