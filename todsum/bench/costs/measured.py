"""What a finished cell took, as its result tells. Results may come from strangers: what makes no sense is left out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields

from pydantic import JsonValue

from todsum.bench.result import Result, Spec

_MOST = 1e12
_LONGEST = 80


@dataclass(frozen=True)
class Pieces:
    """Wall seconds of a cell's stages (:mod:`todsum.bench.stages`)."""

    prepare: float
    fit: float
    summarize: float
    score: float
    other: float

    @property
    def total(self) -> float:
        """All of them."""
        return math.fsum((self.prepare, self.fit, self.summarize, self.score, self.other))


@dataclass(frozen=True)
class Measured:
    """What one finished cell took; None where its result does not say.

    Attributes:
        spec: the cell.
        tests: how many examples it tested.
        trained: how many examples it trained on; None where it trained on none.
        wall: seconds from beginning to end.
        pieces: the seconds of its steps, in results that tell them.
        device_seconds: fit and summarize, times the processes that shared them.
        resumed: whether an earlier attempt was killed, whose time is not counted.
        memory: peak resident memory in MB; see ``own_memory``.
        own_memory: whether ``memory`` is of this cell alone; in older results it is of the process so far, so that the
            cell's own peak is at most this.
        device_memory: peak memory of the accelerator in MB.
        device, threads, processes, machine: what it ran on.
    """

    spec: Spec
    tests: int
    trained: int | None
    wall: float | None
    pieces: Pieces | None
    device_seconds: float | None
    resumed: bool
    memory: float | None
    own_memory: bool
    device_memory: float | None
    device: str | None
    threads: int | None
    processes: int | None
    machine: str | None

    @classmethod
    def of(cls, result: Result) -> Measured:
        """What a result tells of its cost."""
        told = result.provenance
        pieces = _pieces(told.get("seconds"))
        wall = number(told.get("wall_seconds"))
        return cls(
            spec=result.spec,
            tests=result.n,
            trained=_trained(result.leak),
            wall=pieces.total if wall is None and pieces else wall,
            pieces=pieces,
            device_seconds=number(told.get("device_seconds")),
            resumed=told.get("resumed") is True,
            memory=number(told.get("peak_memory_mb")) or None,
            own_memory=isinstance(told.get("seconds"), dict),
            device_memory=number(told.get("peak_device_memory_mb")),
            device=_words(told.get("device")),
            threads=whole(told.get("threads")),
            processes=whole(told.get("processes")),
            machine=machine_name(told.get("machine")),
        )

    @property
    def device_kind(self) -> str | None:
        """The device without its number: ``cuda`` for ``cuda:1``."""
        return self.device.partition(":")[0] if self.device else None


def number(value: object) -> float | None:
    """A number of at least 0, else None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST:
        return None
    return float(value)


def whole(value: object) -> int | None:
    """A whole number of at least 1, else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MOST else None


def machine_name(told: object) -> str | None:
    """System and processor in one line."""
    if not isinstance(told, Mapping):
        return None
    return " ".join(filter(None, (_words(told.get("system")), _words(told.get("processor"))))) or None


def _words(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())[:_LONGEST] or None


def _pieces(told: object) -> Pieces | None:
    if not isinstance(told, Mapping):
        return None
    found = {field.name: number(told.get(field.name)) for field in fields(Pieces)}
    known = {name: seconds for name, seconds in found.items() if seconds is not None}
    return Pieces(**known) if len(known) == len(found) else None


def _trained(leak: Mapping[str, JsonValue] | None) -> int | None:
    train, shots = (leak or {}).get("train"), (leak or {}).get("shots")
    kept = train.get("kept") if isinstance(train, dict) else None
    count = number(kept)
    return None if count is None else int(count) + (len(shots) if isinstance(shots, list) else 0)
