"""Draws the figures of the speed benchmark."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
from figures import TIMES, Judged, judge, shown
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

Parts = Mapping[str, Mapping[str, Any]]

BLUE, ORANGE, GREEN, INK, MUTED, LINE = "#2f6db3", "#c4570d", "#3d8a4e", "#1f2328", "#59636e", "#d5d9de"
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "todsum",
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "legend.frameon": False,
}
RATIOS, WORKERS, OVERHEAD, AGAIN, LENGTH = (
    "Ratios, and their limits",
    "Workers on one machine",
    "Overhead of a cell",
    "Running a finished suite again",
    "Length of the dialogue",
)


def draw(parts: Parts, machine: str, path: Path) -> None:
    """Writes the figure as the file's suffix says; what was not measured is said to be so.

    Args:
        parts: the records of the report, by their keys.
        machine: in words.
        path: of the file.
    """
    ratios = [one for one in judge(parts) if one.figure.unit == TIMES]
    with matplotlib.rc_context(STYLE):
        height = max(7.5, 1.6 + 0.36 * len(ratios))
        figure = Figure(figsize=(13, height), layout="constrained")
        FigureCanvasAgg(figure)
        grid = figure.add_gridspec(4, 2, width_ratios=(1.5, 1))
        bars(figure.add_subplot(grid[:, 0]), ratios)
        small: list[Callable[[Axes, Parts], None]] = [workers, overhead, again, length]
        for row, panel in enumerate(small):
            panel(figure.add_subplot(grid[row, 1]), parts)
        figure.suptitle(textwrap.fill(machine, 150), fontsize=8, color=MUTED)
        metadata = {"Date": None} if path.suffix == ".svg" else None
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata=metadata, dpi=100)


def bars(axes: Axes, ratios: Sequence[Judged]) -> None:
    """A bar a ratio, on a logarithmic axis, with the limit as a mark."""
    axes.set_title(RATIOS)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}{TIMES}")
    axes.xaxis.set_minor_formatter(lambda value, _: "")
    most = max((one.value or 1 for one in ratios), default=1)
    for place, one in enumerate(ratios):
        bound = one.figure.at_least if one.figure.at_least is not None else one.figure.at_most
        colour = {True: BLUE, False: ORANGE, None: MUTED}[one.met]
        if one.value:
            axes.barh(place, one.value - 1, left=1, height=0.6, color=colour)
        if bound is not None:
            axes.plot([bound, bound], [place - 0.42, place + 0.42], color=INK, linewidth=2)
        limit = f"  (limit {one.limit}: {one.verdict})" if one.limit else ""
        right = max(one.value or 1, bound or 1, 1)
        axes.annotate(
            f"{shown(one.value, TIMES)}{limit}", (right, place), (4, 0), textcoords="offset points", va="center"
        )
    axes.axvline(1, color=MUTED, linewidth=1)
    axes.set_yticks(range(len(ratios)), [one.figure.words for one in ratios])
    axes.set_ylim(len(ratios) - 0.4, -0.6)
    low = min([1, *(one.value for one in ratios if one.value)])
    axes.set_xlim(low * 0.8, most * 40)
    axes.grid(False, axis="y")
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("times as fast (or, with prefix, as much time); black: the limit; orange: not met; grey: no limit")


def workers(axes: Axes, parts: Parts) -> None:
    axes.set_title(WORKERS)
    result = _result(parts, "workers")
    if result is None:
        return _nothing(axes)
    counts = [one["workers"] for one in result["tried"]]
    found = [one["times_faster"] for one in result["tried"]]
    axes.plot(counts, counts, color=MUTED, linestyle=":")
    axes.plot(counts, found, "o-", color=BLUE)
    for x, y in zip(counts, found, strict=True):
        axes.annotate(shown(y, TIMES), (x, y), (0, 6), textcoords="offset points", ha="center")
    if 2 in counts:
        axes.plot([2], [1.7], "_", color=INK, markersize=16, markeredgewidth=2)
    axes.set_xticks(counts)
    axes.set_xlabel("workers (dotted: the ideal; black: the limit)")
    axes.set_ylabel("times as fast")
    axes.set_ylim(0, 1.3 * max(counts))


def overhead(axes: Axes, parts: Parts) -> None:
    axes.set_title(OVERHEAD)
    _sizes(axes, parts, "overhead_ms", "ms", (50, "limit: 50 ms a cell"))


def again(axes: Axes, parts: Parts) -> None:
    axes.set_title(AGAIN)
    found = _sizes(axes, parts, "again_seconds", "s", None)
    if found:
        axes.plot([1000], [3], "_", color=INK, markersize=16, markeredgewidth=2, label="limit for 1,000 cells: 3 s")
        axes.legend(loc="upper left")


def length(axes: Axes, parts: Parts) -> None:
    axes.set_title(LENGTH)
    found = [(key, where) for key, where in (("length", "CPU"), ("length-cuda", "GPU")) if _result(parts, key)]
    if not found:
        return _nothing(axes)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    ticks: set[int] = set()
    for key, where in found:
        lengths = parts[key]["result"]["lengths"]
        tokens = [one["source_tokens"] for one in lengths]
        ticks |= set(tokens)
        style = "-" if where == "CPU" else "--"
        for name, colour in (("generation", BLUE), ("training", GREEN)):
            times = [one[f"{name}_ms"] for one in lengths]
            axes.plot(tokens, times, f"o{style}", color=colour, markersize=4, label=f"{name}, {where}")
    axes.set_xticks(sorted(ticks), [f"{tick:,}" for tick in sorted(ticks)])
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.yaxis.set_minor_formatter(lambda value, _: f"{value:g}" if f"{value:g}"[0] in "25" else "")
    axes.set_xlabel("source tokens")
    axes.set_ylabel("ms a dialogue")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (high / low) ** 0.7)
    axes.legend(loc="upper left", ncols=2, fontsize=8)


def _sizes(axes: Axes, parts: Parts, name: str, unit: str, limit: tuple[float, str] | None) -> bool:
    """A line over the numbers of cells."""
    result = _result(parts, "cells")
    if result is None:
        _nothing(axes)
        return False
    counts = [one["cells"] for one in result["sizes"]]
    found = [one[name] for one in result["sizes"]]
    axes.set_xscale("log")
    axes.plot(counts, found, "o-", color=BLUE)
    for x, y in zip(counts, found, strict=True):
        axes.annotate(shown(y, unit), (x, y), (0, 6), textcoords="offset points", ha="center")
    if limit:
        axes.axhline(limit[0], color=INK, linewidth=1.5)
        axes.annotate(
            limit[1], (1, limit[0]), (-4, 3), xycoords=("axes fraction", "data"), textcoords="offset points", ha="right"
        )
    axes.set_xticks(counts, [f"{count:,}" for count in counts])
    axes.xaxis.set_minor_formatter(lambda value, _: "")
    axes.set_xlim(counts[0] / 2, counts[-1] * 2)
    axes.set_ylim(0, 1.3 * max([*found, *([limit[0]] if limit else [3])]))
    axes.set_xlabel("cells")
    axes.set_ylabel({"ms": "ms a cell", "s": "seconds"}[unit])
    return True


def _result(parts: Parts, key: str) -> Any:
    return parts.get(key, {}).get("result")


def _nothing(axes: Axes) -> None:
    axes.text(0.5, 0.5, "not measured", ha="center", va="center", transform=axes.transAxes, color=MUTED)
    axes.set_xticks([])
    axes.set_yticks([])
