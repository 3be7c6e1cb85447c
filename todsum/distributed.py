"""The processes that a launcher, such as ``accelerate launch``, started for one run; without one there is only this.

They run the same program. What only one of them may do (write, print, decide) the main one does and tells the others.
All that they exchange goes through one call, and it tells of errors too: what fails in one process is an error in
all, at the next exchange, and none waits for what never comes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TypeVar

from todsum.errors import TodsumError

T = TypeVar("T")

TOLD = "told_to_all_processes"

WAIT = timedelta(days=7)
"""How long a process waits for the others, which may have much to do. A launcher ends all when one has died."""


class OtherProcessFailed(TodsumError):
    """Another process of this run met an error; all processes know of it by now."""


_UNSET = "start several processes with `accelerate launch`, or unset RANK, LOCAL_RANK and WORLD_SIZE"
_joined = False
_alone = False


#: What launchers set, and the lowest number that each may be; -1 is how some say that there is no launch.
_NUMBERS = {"RANK": 0, "WORLD_SIZE": 1, "LOCAL_RANK": -1, "LOCAL_WORLD_SIZE": 1, "MASTER_PORT": 0}


def launched() -> bool:
    """Whether a launcher started several processes.

    Raises:
        TodsumError: ``WORLD_SIZE`` is no number of processes.
    """
    return "RANK" in os.environ and _variable("WORLD_SIZE", 1) > 1


def prints() -> bool:
    """Whether this process may print, which is asked also before it has joined the others, if there are any."""
    try:
        check_launch()
    except TodsumError:  # which has to be told
        return True
    return not launched() or _variable("RANK", 0) == 0


def check_launch() -> None:
    """Checks what a launcher tells this process, whether it started several or not.

    Raises:
        TodsumError: a variable that launchers set is no such number.
    """
    for name in _NUMBERS:
        _variable(name, 1)
    for rank, size in (("RANK", "WORLD_SIZE"), ("LOCAL_RANK", "LOCAL_WORLD_SIZE")):
        if size in os.environ and (number := _variable(rank, 0)) >= (count := _variable(size, 1)):
            raise TodsumError(f"{rank} is {number} of {size} {count}: ranks are numbered from 0; {_UNSET}")


def _variable(name: str, default: int) -> int:
    text = os.environ.get(name, str(default))
    if not re.fullmatch(r"-?\d{1,9}", text, re.ASCII) or int(text) < _NUMBERS[name]:
        raise TodsumError(f"{name} is {text[:40]!r}, not a whole number from {_NUMBERS[name]} on: {_UNSET}")
    return int(text)


def join(device: str) -> None:
    """Connects this process with the others of its launch, if there are any; again, it does nothing.

    Args:
        device: the type of the device to compute on: ``cpu`` connects by gloo, ``cuda`` by NCCL, each process with a
            GPU of its own as torch's current device.
    """
    global _joined
    if _joined or not launched():
        return
    from accelerate import PartialState

    on_cpu = device == "cpu"
    try:
        PartialState(cpu=on_cpu, backend="gloo" if on_cpu else f"{device}:nccl,cpu:gloo", timeout=WAIT)
    except Exception as error:  # whatever the library makes of variables that a launcher would have set
        raise TodsumError(f"can't join the other processes of the launch: {error}; {_UNSET}") from error
    _joined = True


def leave() -> None:
    """Takes leave of the other processes, at the end."""
    global _joined
    if _joined:
        from accelerate import PartialState

        PartialState().destroy_process_group()
        _joined = False


@contextmanager
def alone() -> Iterator[None]:
    """A part of the work that this process does as if there were no others, which are not asked to take part."""
    global _alone
    before, _alone = _alone, True
    try:
        yield
    finally:
        _alone = before


def count() -> int:
    """How many processes work together."""
    return int(os.environ["WORLD_SIZE"]) if _joined and not _alone else 1


def index() -> int:
    """The number of this process, from 0."""
    return int(os.environ["RANK"]) if _joined and not _alone else 0


def is_main() -> bool:
    """Whether this is the process that writes and decides."""
    return index() == 0


def gather(value: T) -> list[T]:
    """The values of all processes, in the order of their numbers. Called by all.

    Raises:
        OtherProcessFailed: another process called :func:`agree` with an error instead.
    """
    return _exchange(value, None)


def from_main(value: T) -> T:
    """The main process's value; what others pass is ignored. Called by all, raises as :func:`gather` does."""
    return gather(value)[0]


def agree(error: Exception | None = None) -> None:
    """Waits for all processes; called by all, by one that met an error with it. Raises as :func:`gather` does."""
    _exchange(None, error)


@contextmanager
def together() -> Iterator[None]:
    """A part of the work that all processes take part in: it ends well in all or, with an error, in none.

    Parts may lie within parts: an error is told to the others once.

    Raises:
        OtherProcessFailed: another process met an error.
    """
    try:
        yield
    except Exception as error:
        if not _is_known(error):
            with suppress(OtherProcessFailed):
                agree(error)
            error.__dict__[TOLD] = True
        raise
    agree()


def _is_known(error: BaseException | None) -> bool:
    """Whether all processes know of an error already, or of the one that it was raised from."""
    while error is not None:
        if isinstance(error, OtherProcessFailed) or TOLD in error.__dict__:
            return True
        error = error.__cause__
    return False


def main_first(make: Callable[[], T]) -> T:
    """Makes something in the main process, then in the others, which find in caches what it left there."""
    if is_main():
        made = make()
        agree()
        return made
    agree()
    return make()


def _exchange(value: T, error: Exception | None) -> list[T]:
    """The values of all processes, or an error where any of them met one: the only thing that is ever exchanged."""
    if count() == 1:
        return [value]
    from accelerate.utils import gather_object

    reason = None if error is None else (str(error) if isinstance(error, TodsumError) else repr(error))
    told = gather_object([(value, reason)])
    for number, (_, failed) in enumerate(told):
        if failed is not None:
            raise OtherProcessFailed(f"process {number}: {failed}")
    return [made for made, _ in told]
