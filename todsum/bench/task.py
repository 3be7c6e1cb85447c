"""What a cell trains on and is tested on, from its spec and its data; what cells have in common is made once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from todsum.bench.grid_data import DataChoice
from todsum.bench.result import Spec
from todsum.data.builder import BuiltData
from todsum.data.evaluation_settings import SETTINGS, Task, few_shot, in_domain, transfer, zero_shot
from todsum.data.located import located_text
from todsum.data.schema import Example, from_rows
from todsum.data.views import Input, input_of, show
from todsum.errors import TodsumError, unknown_name


class DroppedCell(TodsumError):
    """A cell that can't be run on this data; it is shown with its reason, not counted as failed."""


def make_task(spec: Spec, built: BuiltData) -> Task:
    """The task of a cell.

    Raises:
        DroppedCell: too few examples of the target for few-shot.
        TodsumError: the spec's setting is none, or its options are not what it needs.
    """
    single = bool(spec.setting_options.get("single_domain", False))
    if spec.setting == "in-domain":
        return in_domain(built.splits)
    if spec.setting == "zero-shot":
        return zero_shot(built.splits, spec.target, single)
    if spec.setting == "transfer":
        return transfer(built.splits, str(spec.source), spec.target, single)
    if spec.setting != "few-shot":
        raise unknown_name("setting", spec.setting, SETTINGS)
    k = spec.setting_options.get("k")
    if type(k) is not int or k < 1:
        raise TodsumError(f"few-shot needs k, a number from 1 on, in setting_options, not {str(k)[:40]!r}")
    try:
        return few_shot(built.splits, spec.target, k, spec.seed, single)
    except TodsumError as error:
        raise DroppedCell(str(error)) from error


def task_of(spec: Spec, choice: DataChoice) -> Task:
    """As :func:`make_task`, from how the data is come by; a task that was made lately is not made again.

    Raises:
        DroppedCell: too few examples of the target for few-shot.
    """
    place = (spec.setting, spec.source, spec.target, repr(sorted(spec.setting_options.items())))
    seed = spec.seed if spec.setting == "few-shot" else None
    make = _large if choice.training else _small
    return make(_Making(choice, (*place, seed), spec))


@dataclass(frozen=True)
class _Making:
    """What decides a task, and the first spec that asked for it."""

    choice: DataChoice
    place: tuple[object, ...]
    spec: Spec = field(compare=False)


def _make(making: _Making) -> Task:
    return make_task(making.spec, making.choice.build())


_small: Callable[[_Making], Task] = lru_cache(maxsize=64)(_make)  # test examples alone
_large: Callable[[_Making], Task] = lru_cache(maxsize=2)(_make)  # a suite's seeds stand beside each other


def how_shown(spec: Spec) -> Input:
    """How a cell's source is shown."""
    try:
        return input_of(spec.input)
    except TodsumError as error:
        raise TodsumError(f"{spec.folder()}: its spec: {error}") from error


def located(how: Input, split: str, built: BuiltData) -> dict[str, str] | None:
    """The located text of a split's examples where it is shown, else None."""
    return located_text(built.source, split, from_rows(built.splits[split])) if how.view == "located" else None


def shown_test(task: Task, spec: Spec, built: BuiltData) -> tuple[list[Example], list[str]]:
    """The test examples as methods see them, and notes on those that can't be shown."""
    how = how_shown(spec)
    shown, missing = show(from_rows(task.test), how, located(how, "test", built))
    return shown, _notes(len(missing), len(task.test))


def shown_test_of(task: Task, spec: Spec, choice: DataChoice) -> tuple[list[Example], list[str]]:
    """As :func:`shown_test`, with the examples of a test split made once."""
    split = _shown_split(choice, how_shown(spec))
    ids = list(task.test["id"])
    shown = [split[identity] for identity in ids if identity in split]
    return shown, _notes(len(ids) - len(shown), len(ids))


@lru_cache(maxsize=4)
def _shown_split(choice: DataChoice, how: Input) -> dict[str, Example]:
    built = choice.build()
    shown, _ = show(from_rows(built.splits["test"]), how, located(how, "test", built))
    return {example.id: example for example in shown}


def _notes(missing: int, count: int) -> list[str]:
    return [f"{missing} of {count} pairs have no located span and are not tested"] if missing else []
