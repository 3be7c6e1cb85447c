"""What processes tell each other, errors first of all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.launch import launch
from todsum import processes
from todsum.errors import TodsumError


def exchanges() -> list[Any]:
    processes.join("cpu")
    number = processes.index()
    with processes.alone():
        alone = processes.gather(number), processes.count(), processes.is_main()
    first = processes.main_first(lambda: number)
    return [processes.gather(number), processes.from_main(f"said by {number}"), processes.is_main(), alone, first]


def fails(number: int, depth: int) -> list[str]:
    """One process fails in the innermost part; what each is told, and that they understand each other afterwards."""
    processes.join("cpu")
    told = []
    try:
        _part(number, depth)
    except Exception as error:
        told.append(f"{type(error).__name__}: {error}")
    return [*told, *map(str, processes.gather(processes.index()))]


def _part(number: int, depth: int) -> None:
    with processes.together():
        if depth:
            try:
                _part(number, depth - 1)
            except TodsumError as error:
                raise TodsumError(f"again {error}") from error
        elif processes.index() == number:
            raise TodsumError("it broke")
        processes.gather("never told")


def both_fail() -> str:
    processes.join("cpu")
    with pytest.raises(ValueError) as caught, processes.together():
        raise ValueError(f"in {processes.index()}")
    return str(caught.value) + str(processes.gather("done"))


def test_without_a_launcher_there_is_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not processes.launched() and processes.prints()
    assert exchanges() == [[0], "said by 0", True, ([0], 1, True), 0]
    monkeypatch.setenv("WORLD_SIZE", "4")
    monkeypatch.setenv("RANK", "3")
    assert processes.launched() and not processes.prints()
    assert processes.count() == 1 and processes.is_main(), "as long as it has not joined the others"


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
