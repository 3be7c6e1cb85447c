"""What ``todsum-bench run --plan`` prints."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from todsum.bench.cell import Cell
from todsum.bench.costs.estimates import Estimate
from todsum.bench.costs.likeness import Likeness
from todsum.bench.costs.planned import Planned, State, look_ahead, makespan
from todsum.bench.executors.machine import Memory
from todsum.bench.threads import default_threads
from todsum.terminal import say

NOTHING = "–"
_BASIS = {
    Likeness.SEED: "seeds of it",
    Likeness.TARGET: "with other targets",
    Likeness.SETTING: "in another setting",
    Likeness.SETTINGS: "of its method",
    Likeness.METHOD: "of its backbone",
    Likeness.DATA: "on other data",
}


def print_plan(
    cells: Sequence[Cell],
    out: Path,
    past: Sequence[Path] = (),
    workers: int | Callable[[Sequence[Cell], Memory], int] = 1,
    as_json: bool = False,
    device: str = "auto",
    threads: int | None = None,
) -> None:
    """Prints a line for each cell (what a run would do, time, memory, what they are estimated by) and a summary.

    Args:
        cells: from :func:`todsum.bench.cell.plan`.
        out: the run directory; it need not exist, and nothing is written.
        past: other run directories to estimate by.
        workers: cells at a time, or what tells how many, given the cells that are not cached and what foretells the
            memory that each needs.
        as_json: prints one JSON object instead.
        device: as asked for; ``auto`` estimates by what most past cells ran on.
        threads: that a cell computes with; None takes the default.

    Raises:
        TodsumError: a run directory of ``past`` does not exist.
    """
    threads = default_threads() if threads is None else threads
    planned, estimates = look_ahead(cells, out, past, device, threads)
    if callable(workers):
        left = [one.cell for one in planned if one.works]
        workers = workers(left, estimates.memory) if left else 1
    if as_json:
        say(json.dumps(_as_json(planned, workers), indent=1, ensure_ascii=False))
        return
    for line in (*_lines(planned), "", *_summary(planned, workers)):
        say(line)


def duration(seconds: float) -> str:
    """A time as people say it: ``40 s``, ``3 min``, ``2.1 h``."""
    if seconds < 1:
        return "<1 s"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 99.5 * 60 else f"{seconds / 3600:.1f} h"


def size(megabytes: float) -> str:
    """An amount of memory: ``850 MB``, ``4.9 GB``."""
    return f"{megabytes:.0f} MB" if megabytes < 999.5 else f"{megabytes / 1000:.1f} GB"


def _lines(planned: Sequence[Planned]) -> Iterator[str]:
    rows = [
        (str(one.cell.spec.folder()), one.cell.spec.label, _time(one), _memory(one.estimate), _basis(one.estimate))
        for one in planned
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for one, row in zip(planned, rows, strict=True):
        folder, label, time, memory, basis = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        figures = f"{time.strip():>{len(time)}}  {memory.strip():>{len(memory)}}"
        yield f"{folder}  {label}  {figures}  {basis}  {_state(one)}"


def _state(one: Planned) -> str:
    if not one.reason:
        return one.state.value
    reason = " ".join("".join(c if c.isprintable() else " " for c in one.reason).split())
    return f"! {reason}" if one.state is State.PROBLEM else f"{one.state.value}: {reason}"


def _time(one: Planned) -> str:
    if one.seconds is None:
        return NOTHING
    return f"{'≤ ' if one.state is State.GO_ON else ''}{duration(one.seconds)}"


def _memory(estimate: Estimate | None) -> str:
    if estimate is None or estimate.memory is None:
        return NOTHING
    device = f", device {size(estimate.device_memory)}" if estimate.device_memory else ""
    return f"{'≤ ' if estimate.memory_is_bound else ''}{size(estimate.memory)}{device}"


def _basis(estimate: Estimate | None) -> str:
    if estimate is None:
        return NOTHING
    words = _BASIS[estimate.likeness]
    one = estimate.cells == 1 and estimate.likeness is Likeness.SEED
    return "1 seed of it" if one else f"{estimate.cells} {words}"


def _summary(planned: Sequence[Planned], workers: int) -> Iterator[str]:
    counts = Counter(one.state for one in planned)
    states = ", ".join(f"{counts[state]} {_SUMMED[state]}" for state in State if counts[state])
    yield f"{len(planned)} {'cell' if len(planned) == 1 else 'cells'}: {states}"
    totals = _totals(planned, workers)
    if totals["seconds"] is not None:
        yield (
            f"about {duration(totals['seconds'])} with {workers} {'worker' if workers == 1 else 'workers'}"
            + (f"; the largest cell needs up to {size(totals['memory_mb'])}" if totals["memory_mb"] else "")
        )
    if totals["without_estimate"]:
        yield f"not counted in: {totals['without_estimate']} without an estimate, as no finished cell is like them"
    if places := sorted({_place(one.estimate) for one in planned if one.estimate}):
        yield f"estimated by cells that ran on {'; '.join(places)}"


_SUMMED = {state: "with a problem" if state is State.PROBLEM else state.value for state in State}


def _place(estimate: Estimate) -> str:
    threads = "threads not known" if estimate.threads is None else f"threads: {estimate.threads}"
    return f"{estimate.device or 'several devices'}, {threads}"


def _totals(planned: Sequence[Planned], workers: int) -> dict[str, Any]:
    works = [one for one in planned if one.works]
    known = [one.seconds for one in works if one.seconds is not None]
    counts = Counter(one.state for one in planned)
    return {
        "cells": len(planned),
        "states": {state.value: counts[state] for state in State if counts[state]},
        "workers": workers,
        "seconds": makespan(known, workers) if known else None,
        "memory_mb": max((one.estimate.memory for one in works if one.estimate and one.estimate.memory), default=None),
        "without_estimate": len(works) - len(known),
    }


def _as_json(planned: Sequence[Planned], workers: int) -> dict[str, Any]:
    return {"cells": [_cell(one) for one in planned], "totals": _totals(planned, workers)}


def _cell(one: Planned) -> dict[str, Any]:
    estimate = one.estimate
    return {
        "folder": str(one.cell.spec.folder()),
        "label": one.cell.spec.label,
        "state": one.state.value,
        "reason": one.reason,
        "seconds": one.seconds,
        "memory_mb": estimate.memory if estimate else None,
        "memory_is_bound": estimate.memory_is_bound if estimate else None,
        "device_memory_mb": estimate.device_memory if estimate else None,
        "by": None
        if estimate is None
        else {
            "cells": estimate.cells,
            "likeness": estimate.likeness.name.lower(),
            "device": estimate.device,
            "threads": estimate.threads,
        },
    }
