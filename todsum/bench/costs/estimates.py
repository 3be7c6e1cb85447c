"""What a cell will take, by the most alike of those that are finished."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

from todsum import provenance
from todsum.bench.cell import Cell
from todsum.bench.costs.likeness import Likeness, canonical, group, settings_apart
from todsum.bench.costs.measured import Measured, machine_name
from todsum.bench.costs.sizes import Sizes, training_work
from todsum.bench.result import RESULT, Result, read_record
from todsum.errors import TodsumError

T = TypeVar("T")


@dataclass(frozen=True)
class Estimate:
    """What a cell will take.

    Attributes:
        seconds: wall time.
        memory: peak resident memory in MB.
        memory_is_bound: whether ``memory`` is only known not to be exceeded, from results of older versions.
        device_memory: peak memory of the accelerator in MB.
        cells: how many past cells ``seconds`` (where there is none, ``memory``) goes by.
        likeness: how alike they are.
        device, threads: what they ran on; None where they differ or don't say.
    """

    seconds: float | None
    memory: float | None
    memory_is_bound: bool
    device_memory: float | None
    cells: int
    likeness: Likeness
    device: str | None
    threads: int | None


@dataclass(frozen=True)
class _Work:
    """A cell to be estimated, and its size, which is counted only where it is needed."""

    cell: Cell
    sizes: Sizes

    @property
    def training(self) -> float | None:
        return training_work(self.cell.spec.settings, self.sizes.trained(self.cell))

    @property
    def tests(self) -> int:
        return self.sizes.tests(self.cell)


class Estimates:
    """Estimates by past cells.

    The most alike cells decide (:class:`Likeness`); among them those on the same machine, with as many threads, in one
    process. Time is the median of what each would have taken at the new cell's size: training grows with the
    examples that are looked at, summarizing and scoring with the test examples. Where a result does not tell these
    apart, each is taken for half. Memory is the largest peak, not scaled; where results know only the peak of
    their process so far, the smallest of these, as no cell needed more.

    Args:
        past: finished cells, in any order.
        device: what the new cells will run on: cells of other kinds of device then say nothing of methods that train.
            None or ``auto`` where that is not known.
        threads: how many threads a new cell will have, if that is known.
    """

    def __init__(self, past: Iterable[Measured], device: str | None = None, threads: int | None = None) -> None:
        self._kind = device.partition(":")[0] if device not in (None, "auto") else None
        self._threads = threads
        self._machine = machine_name(provenance.machine())
        self._sizes = Sizes()
        self._groups: dict[tuple[Likeness, Hashable], list[Measured]] = {}
        for measured in past:
            for likeness in Likeness:
                if (key := group(measured.spec, likeness)) is not None:
                    self._groups.setdefault((likeness, key), []).append(measured)

    @classmethod
    def read(cls, folders: Iterable[Path], device: str | None = None, threads: int | None = None) -> Estimates:
        """By the finished cells of run directories; one that is not there has none."""
        found = read_results(folders).values()
        past = [Measured.of(result) for result in found if isinstance(result, Result)]
        return cls(past, device, threads)

    def of(self, cell: Cell) -> Estimate | None:
        """What a cell will take; None where no finished cell tells."""
        work = _Work(cell, self._sizes)
        timed, by_time = self._alike(work, lambda one: one.wall is not None and not one.resumed)
        sized, by_size = self._alike(work, lambda one: one.memory is not None)
        base, likeness = (timed, by_time) if timed else (sized, by_size)
        if not base:
            return None
        return Estimate(
            seconds=median(_scaled(one, work, by_time) for one in timed) if timed else None,
            memory=_largest(sized),
            memory_is_bound=not any(one.own_memory for one in sized),
            device_memory=max((one.device_memory for one in sized if one.device_memory), default=None),
            cells=len(base),
            likeness=likeness,
            device=_same([one.device for one in base]),
            threads=_same([one.threads for one in base]),
        )

    def memory(self, cell: Cell) -> float | None:
        """Peak resident memory that a cell will need, in MB; None where no finished cell tells."""
        estimate = self.of(cell)
        return estimate.memory if estimate else None

    def _alike(self, work: _Work, tells: Callable[[Measured], bool]) -> tuple[list[Measured], Likeness]:
        """The most alike past cells that tell what is asked for."""
        for likeness in Likeness:
            key = (likeness, group(work.cell.spec, likeness))
            if found := [one for one in self._groups.get(key, ()) if tells(one) and self._fits(one, work, likeness)]:
                return self._nearest(found, work, likeness), likeness
        return [], Likeness.DATA

    def _fits(self, one: Measured, work: _Work, likeness: Likeness) -> bool:
        """Whether a past cell ran on the right kind of device, and trained where the new one does."""
        if self._kind and work.cell.uses_device and one.device_kind != self._kind:
            return False
        if likeness is Likeness.SEED:
            return True
        return bool(training_work(one.spec.settings, one.trained)) or not work.training

    def _nearest(self, found: list[Measured], work: _Work, likeness: Likeness) -> list[Measured]:
        """Those with the fewest other settings, then on one kind of device, then under the most alike conditions."""
        if likeness > Likeness.SETTING:
            mine = canonical(work.cell.spec.settings)
            apart = [settings_apart(mine, canonical(one.spec.settings)) for one in found]
            found = [one for one, distance in zip(found, apart, strict=True) if distance == min(apart)]
        kinds = [one.device_kind or "" for one in found]
        usual = min(set(kinds), key=lambda kind: (-kinds.count(kind), kind))
        found = [one for one, kind in zip(found, kinds, strict=True) if kind == usual]
        best = max(map(self._conditions, found))
        return [one for one in found if self._conditions(one) == best]

    def _conditions(self, one: Measured) -> tuple[bool, bool, bool]:
        threads = self._threads is None or one.threads == self._threads
        return (one.machine == self._machine, threads, one.processes in (None, 1))


def read_results(folders: Iterable[Path]) -> dict[Path, Result | TodsumError]:
    """The results of run directories by their resolved folder, or why one can't be read; each is read once."""
    found: dict[Path, Result | TodsumError] = {}
    for folder in folders:
        for path in sorted(Path(os.path.realpath(folder)).rglob(RESULT)):
            if path.parent not in found:
                try:
                    found[path.parent] = read_record(path, Result)
                except TodsumError as error:
                    found[path.parent] = error
    return found


def _scaled(one: Measured, work: _Work, likeness: Likeness) -> float:
    """What a past cell would have taken at the size of the new one."""
    assert one.wall is not None
    if likeness is Likeness.SEED:
        return one.wall
    testing = work.tests / one.tests
    past, new = training_work(one.spec.settings, one.trained), work.training
    training = new / past if new is not None and past else 1.0
    if one.pieces:
        steps = one.pieces
        return steps.prepare + steps.other + steps.fit * training + (steps.summarize + steps.score) * testing
    return one.wall * ((training + testing) / 2 if past else testing)


def _largest(sized: list[Measured]) -> float | None:
    own = [one.memory for one in sized if one.own_memory and one.memory is not None]
    process = [one.memory for one in sized if one.memory is not None]
    return max(own) if own else min(process, default=None)


def _same(values: list[T | None]) -> T | None:
    return values[0] if len(set(values)) == 1 else None
