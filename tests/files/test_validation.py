"""Records of plain values, and the one line where they are none."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from todsum.errors import TodsumError
from todsum.files.validation import problems, validated


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")

    beams: int = 1


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    search: list[Inner] = []

    @field_validator("name")
    @classmethod
    def _check(cls, value: str) -> str:
        if value == "x":
            raise ValueError("no such\nname")
        return value


WRONG = [
    ({"name": "a", "serch": []}, "top level: unknown field 'serch': did you mean search?"),
    ({"name": "a", "search": [{}, {"beam": 2}]}, "search.1: unknown field 'beam': did you mean beams?"),
    ({"name": "x"}, "name: no such name"),
    ({}, "name: Field required"),
    ([], "Input should be a valid dictionary or instance of Outer"),
]


@pytest.mark.parametrize(("content", "reason"), WRONG)
def test_what_is_wrong_is_said_in_one_line(content: object, reason: str) -> None:
    with pytest.raises(TodsumError) as caught:
        validated(content, Outer, "file.yaml")
    assert str(caught.value) == f"file.yaml: {reason}"


def test_a_long_name_stays_short() -> None:
    with pytest.raises(TodsumError) as caught:
        validated({"name": "a", "y" * 10_000: 1}, Outer, "file.yaml")
    assert len(str(caught.value)) < 200


def test_every_problem_is_told() -> None:
    with pytest.raises(ValidationError) as caught:
        Outer.model_validate({"name": 1, "search": [{"beams": "many"}], "z": 0})
    assert [line.split(":")[0] for line in problems(caught.value, Outer)] == ["name", "search.0.beams", "top level"]


def test_a_record_is_returned() -> None:
    assert validated({"name": "a", "search": [{"beams": 4}]}, Outer, "file.yaml").search[0].beams == 4
