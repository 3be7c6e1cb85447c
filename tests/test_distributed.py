"""What processes tell each other, errors first of all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.launch import launch
from todsum import distributed
from todsum.errors import TodsumError


def exchanges() -> list[Any]:
    distributed.join("cpu")
    number = distributed.index()
    with distributed.alone():
        alone = distributed.gather(number), distributed.count(), distributed.is_main()
    first = distributed.main_first(lambda: number)
    return [distributed.gather(number), distributed.from_main(f"said by {number}"), distributed.is_main(), alone, first]


def fails(number: int, depth: int) -> list[str]:
    """One process fails in the innermost part; what each is told, and that they understand each other afterwards."""
    distributed.join("cpu")
    told = []
    try:
        _part(number, depth)
    except Exception as error:
        told.append(f"{type(error).__name__}: {error}")
    return [*told, *map(str, distributed.gather(distributed.index()))]


def _part(number: int, depth: int) -> None:
    with distributed.together():
        if depth:
            try:
                _part(number, depth - 1)
            except TodsumError as error:
                raise TodsumError(f"again {error}") from error
        elif distributed.index() == number:
            raise TodsumError("it broke")
        distributed.gather("never told")


def both_fail() -> str:
    distributed.join("cpu")
    with pytest.raises(ValueError) as caught, distributed.together():
        raise ValueError(f"in {distributed.index()}")
    return str(caught.value) + str(distributed.gather("done"))


def test_without_a_launcher_there_is_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not distributed.launched() and distributed.prints()
    assert exchanges() == [[0], "said by 0", True, ([0], 1, True), 0]
    monkeypatch.setenv("WORLD_SIZE", "4")
    monkeypatch.setenv("RANK", "3")
    assert distributed.launched() and not distributed.prints()
    assert distributed.count() == 1 and distributed.is_main(), "as long as it has not joined the others"


def test_values_are_exchanged_in_order() -> None:
    assert launch(3, exchanges) == [
        [[0, 1, 2], "said by 0", number == 0, ([number], 1, True), number] for number in range(3)
    ]


@pytest.mark.parametrize("number", [0, 1])
def test_an_error_is_told_to_all_once(number: int) -> None:
    ended = launch(2, fails, number, 0)
    assert ended[number] == ["TodsumError: it broke", "0", "1"]
    assert ended[1 - number] == [f"OtherProcessFailed: process {number}: it broke", "0", "1"]


def test_an_error_within_parts_of_parts_is_told_once() -> None:
    ended = launch(2, fails, 1, 2)
    assert ended[1] == ["TodsumError: again again it broke", "0", "1"]
    assert ended[0] == ["TodsumError: again again process 1: it broke", "0", "1"]


def test_each_process_keeps_its_own_error() -> None:
    assert launch(2, both_fail) == [f"in {number}['done', 'done']" for number in range(2)]
