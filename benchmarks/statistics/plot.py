"""Draws error, cover and power by the size of the study."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from report import COVERS, ERROR
from simulate import GROUPS, SEEDS

Records = Sequence[Mapping[str, Any]]

BLUE, ORANGE, INK, MUTED, LINE = "#2f6db3", "#c4570d", "#1f2328", "#59636e", "#d5d9de"
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "todsum",
    "font.size": 9,
    "axes.titlesize": 10,
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


def draw(records: Records, path: Path) -> None:
    """Writes the figure as the file's suffix says: a column for each number of seeds, a line for each real world."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(11, 8.5), layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subplots(3, len(SEEDS), sharex=True, sharey="row")
        for column, seeds in enumerate(SEEDS):
            own = [record for record in records if record["seeds"] == seeds and record["real"]]
            error, cover, power = (panels[row][column] for row in range(3))
            error.set_title(f"{seeds} seeds", fontweight="bold")
            _lines(error, own, "error", "randomisation error", ERROR)
            _lines(cover, own, "covers", None, COVERS)
            _lines(power, own, "power", "randomisation power", None)
            error.set_yscale("log")
            error.set_yticks([2, 3, 5, 7, 10, 20, 50], ["2", "3", "5", "7", "10", "20", "50"])
            error.minorticks_off()
            cover.set_ylim(90, 100)
            power.set_ylim(0, 100)
            power.set_xlabel("groups (dialogues, meetings)")
        rows = (
            "error of the 5% test, %",
            "cover of the 95% interval\nof a mean, %",
            "power at three\nstandard errors",
        )
        for row, words in enumerate(rows):
            panels[row][0].set_ylabel(words)
        handles, labels = panels[0][0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper center", ncols=3)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None, dpi=100)


def _lines(axes: Axes, records: Records, chosen: str, former: str | None, bounds: tuple[float, float] | None) -> None:
    axes.set_xscale("log")
    axes.set_xticks(GROUPS, [str(groups) for groups in GROUPS])
    axes.minorticks_off()
    if bounds:
        axes.axhspan(*bounds, color=BLUE, alpha=0.1, label="bounds")
    for figure, colour, words in ((former, ORANGE, "former test: these trained models"), (chosen, BLUE, "chosen test")):
        if figure is None:
            continue
        label: str | None = f"{words}, a line for each world at real variances"
        for study in dict.fromkeys(record["study"] for record in records):
            found = [record[figure] for record in records if record["study"] == study]
            axes.plot(GROUPS, found, "o-", color=colour, linewidth=1.2, markersize=3, alpha=0.8, label=label)
            label = None
