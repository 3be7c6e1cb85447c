"""Validation of what was read: a record of its model, or one line that names the field and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from todsum.errors import TodsumError, unknown_name

Model = TypeVar("Model", bound=BaseModel)

UNKNOWN = "extra_forbidden"
"""The type that pydantic gives to a problem with a field that the model does not have."""


def validated(content: object, model: type[Model], place: object) -> Model:
    """Returns the record that plain values are.

    Args:
        content: values as JSON or YAML have them.
        model: of the record.
        place: where they lie, for the message.

    Raises:
        TodsumError: they are not what the model says.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise TodsumError(f"{place}: {explain(error, model)}") from error


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """Returns one of :func:`problems`: an unknown field, which may be why others are missing, else the first."""
    found = _details(error)
    return _line(next((one for one in found if one["type"] == UNKNOWN), found[0]), model)


def problems(error: ValidationError, model: type[BaseModel]) -> Iterator[str]:
    """Yields each problem in one line: the place, what is wrong, and the near name of a wrong field."""
    return (_line(details, model) for details in _details(error))


def _details(error: ValidationError) -> list[ErrorDetails]:
    return error.errors(include_url=False, include_input=False)


def _line(details: ErrorDetails, model: type[BaseModel]) -> str:
    *outer, last = details["loc"] or ("",)
    if details["type"] == UNKNOWN:
        return f"{_joined(outer) or 'top level'}: {unknown_name('field', str(last), _fields_at(model, outer))}"
    place, message = _joined(details["loc"]), " ".join(details["msg"].removeprefix("Value error, ").split())
    return f"{place}: {message}" if place else message


def _joined(place: Any) -> str:
    return ".".join(str(part)[:60] for part in place)[:200]


def _fields_at(model: type[BaseModel], place: Any) -> Mapping[str, object]:
    """The fields of the model that a place in the input leads to."""
    current = model
    for part in place:
        if isinstance(part, str) and part in current.model_fields:
            current = _inner_model(current.model_fields[part].annotation) or current
    return current.model_fields


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in getattr(annotation, "__args__", ()) if (found := _inner_model(part))), None)
