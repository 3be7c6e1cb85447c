"""What finished cells took.

Figures of different conditions (device, threads, processes, machine, what was measured) are never averaged: each
group has a mean of its own.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from todsum.bench.costs.measured import Measured
from todsum.bench.result import CellRecord


@dataclass(frozen=True, order=True)
class Conditions:
    """What has to be the same for times to be comparable."""

    device: str
    threads: int
    """0 where results don't tell."""
    processes: int
    machine: str
    wall: bool
    """Whether whole wall time was measured, as in results of older versions, and not device-seconds."""

    @classmethod
    def of(cls, one: Measured) -> Conditions:
        """Those of a finished cell."""
        wall = one.device_seconds is None
        return cls(one.device or "", one.threads or 0, one.processes or 0, one.machine or "", wall)

    @property
    def words(self) -> str:
        """As a person says it: ``cpu, 2 threads, Linux 6.1 x86_64``."""
        threads = f"{self.threads} {'thread' if self.threads == 1 else 'threads'}" if self.threads else ""
        several = f"{self.processes} processes" if self.processes > 1 else ""
        told = (self.device or "device not known", threads or "threads not known", several, self.machine)
        return ", ".join(filter(None, told)) + ("; whole wall time" if self.wall else "")

    def to_json(self) -> dict[str, Any]:
        """As plain JSON; null where results don't tell."""
        told = {"device": self.device, "threads": self.threads, "processes": self.processes, "machine": self.machine}
        return {name: value or None for name, value in told.items()}


@dataclass(frozen=True)
class Cost:
    """What cells took that ran under the same conditions.

    Attributes:
        conditions: theirs.
        cells: how many.
        seconds: device-seconds of all of them, or their wall seconds; None where no result tells.
        timed: how many tell.
        at_least: whether a cell had been killed before, whose earlier time is not known.
        memory: largest peak resident memory in MB.
        memory_is_bound: whether that may be another cell's peak in the same process (results of older versions).
        device_memory: largest peak memory of the accelerator in MB.
    """

    conditions: Conditions
    cells: int
    seconds: float | None
    timed: int
    at_least: bool
    memory: float | None
    memory_is_bound: bool
    device_memory: float | None

    @classmethod
    def of(cls, conditions: Conditions, cells: Sequence[Measured]) -> Cost:
        """Sums up cells that ran under these conditions."""
        told = [one.wall if conditions.wall else one.device_seconds for one in cells]
        seconds = [each for each in told if each is not None]
        largest = max(
            (one for one in cells if one.memory), key=lambda one: (one.memory or 0.0, one.own_memory), default=None
        )
        return cls(
            conditions=conditions,
            cells=len(cells),
            seconds=math.fsum(seconds) if seconds else None,
            timed=len(seconds),
            at_least=any(one.resumed for one in cells),
            memory=largest.memory if largest else None,
            memory_is_bound=largest is not None and not largest.own_memory,
            device_memory=max((one.device_memory for one in cells if one.device_memory), default=None),
        )

    @property
    def mean(self) -> float | None:
        """Seconds of a cell."""
        return None if self.seconds is None else self.seconds / self.timed

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "on": self.conditions.to_json(),
            "cells": self.cells,
            "timed": self.timed,
            "seconds_are": "wall" if self.conditions.wall else "device",
            "seconds_a_cell": self.mean,
            "seconds_in_all": self.seconds,
            "at_least": self.at_least,
            "peak_memory_mb": self.memory,
            "peak_memory_is_bound": self.memory_is_bound,
            "peak_device_memory_mb": self.device_memory,
        }


def costs(cells: Iterable[CellRecord]) -> list[Cost]:
    """What finished cells took, by the conditions that they ran under."""
    grouped: dict[Conditions, list[Measured]] = {}
    for cell in cells:
        if cell.result is not None:
            one = Measured.of(cell.result)
            grouped.setdefault(Conditions.of(one), []).append(one)
    return [Cost.of(conditions, grouped[conditions]) for conditions in sorted(grouped)]
