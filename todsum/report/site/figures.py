"""Draws plots by matplotlib. Texts come from strangers: none is read as mathematics."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from todsum.report.site.svg import INK, LINE, MUTED, SERIES, themed

MARKERS = "osD^vPX*"
_LONGEST = 34  # characters of a label
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "todsum",
    "font.size": 10,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "text.color": INK,
    "grid.color": LINE,
    "path.simplify": False,
    "text.parse_math": False,
}


@dataclass(frozen=True)
class Point:
    """A system in the plot of scores against parameters."""

    name: str
    x: float
    y: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Dots:
    """A row in the plot of scores by domain; None where there is no figure."""

    name: str
    figures: Sequence[float | None]
    low: float | None
    high: float | None


def scatter(points: Sequence[Point], score: str, prefix: str, title: str) -> str:
    """Scores against trainable parameters, on a logarithmic axis; points are labelled by name."""

    def draw(axes: Axes) -> None:
        axes.set_xscale("log")
        for point in points:
            if point.low is not None and point.high is not None:
                axes.plot([point.x, point.x], [point.low, point.high], color=LINE, linewidth=3, solid_capstyle="butt")
            axes.plot([point.x], [point.y], "o", color=SERIES[0], markersize=7)
        axes.set_xlabel("Trainable parameters")
        axes.xaxis.set_major_formatter(lambda value, _: _amount(value))
        within = max(point.x for point in points) < 10 * min(point.x for point in points)  # no power of ten to be seen
        axes.xaxis.set_minor_formatter(lambda value, _: _amount(value) if within else "")
        axes.set_ylabel(score)
        axes.grid(True, linewidth=0.6)
        axes.margins(0.12, 0.12)
        _label(axes, points)

    return _draw(draw, (8.6, 4.6), (0.7, 0.55, 2.1, 0.15), prefix, title)


def dot_plot(rows: Sequence[Dots], columns: Sequence[str], headline: int, score: str, prefix: str, title: str) -> str:
    """A row a system, a dot a domain; the headline column is a bar with its interval."""
    names = [_short(row.name) for row in rows]

    def draw(axes: Axes) -> None:
        for place, row in enumerate(rows):
            if row.low is not None and row.high is not None:
                axes.plot([row.low, row.high], [place, place], color=LINE, linewidth=7, solid_capstyle="butt")
        series = 0
        for number, column in enumerate(columns):
            found = [(figure, place) for place, row in enumerate(rows) if (figure := row.figures[number]) is not None]
            style: dict[str, Any] = {"marker": "|", "color": INK, "markersize": 14, "markeredgewidth": 2.2}
            if number != headline:
                style = {"marker": MARKERS[series % 8], "color": SERIES[series % 8], "markersize": 6}
                series += 1
            axes.plot([x for x, _ in found], [y for _, y in found], linestyle="", label=_short(column), **style)
        axes.set_yticks(range(len(rows)), names)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0, labelcolor=INK)
        axes.set_xlabel(score)
        axes.grid(True, linewidth=0.6)
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False, borderaxespad=0)

    left = 0.35 + 0.082 * max(len(name) for name in names)
    return _draw(draw, (8.6, 0.8 + 0.27 * max(len(rows), 5)), (left, 0.55, 1.5, 0.15), prefix, title)


def _draw(
    draw: Callable[[Axes], None],
    size: tuple[float, float],
    margins: tuple[float, float, float, float],
    prefix: str,
    title: str,
) -> str:
    """One plot of ``size`` inches with margins (left, bottom, right, top): fixed, since laying out is slow."""
    left, bottom, right, top = margins
    width, height = size
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()  # a reader's own matplotlibrc must not change the site
        matplotlib.rcParams.update(_STYLE)
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure = Figure(figsize=size)
        FigureCanvasSVG(figure)
        axes = figure.add_axes((left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height))
        figure.patch.set_visible(False)
        axes.patch.set_visible(False)
        draw(axes)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return themed(stream.getvalue(), prefix, title)


def _label(axes: Axes, points: Sequence[Point]) -> None:
    """Names right of their points, from the top down, moved apart where they would lie on each other."""
    axes.autoscale_view()
    placed: list[tuple[float, float]] = []
    for point in sorted(points, key=lambda point: (-point.y, point.x, point.name)):
        x, y = axes.transData.transform((point.x, point.y))
        lower = y
        for other_x, other_y in placed:
            if abs(other_x - x) < 190 and abs(lower - other_y) < 12:
                lower = other_y - 12
        placed.append((x, lower))
        offset = (9, lower - y - 4)
        axes.annotate(_short(point.name), (point.x, point.y), offset, textcoords="offset pixels", fontsize=9)


def _amount(value: float) -> str:
    """An amount in a reader's words: ``100 k``."""
    for size, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:g}{unit}"
    return f"{value:g}"


def _short(text: str) -> str:
    """One line of what XML can hold."""
    text = "".join(character if character.isprintable() else " " for character in text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
