"""What the plots show of each table, with the figures as text beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from todsum.report.site.content import Board, FigureData, RowData, SystemData, TableData
from todsum.report.site.figures import Dots, Point, dot_plot, scatter
from todsum.report.site.leaderboard import entry, score_name, warning

_MOST = 60  # rows of a plot


@dataclass(frozen=True)
class Plot:
    """An SVG and its figures: a header, and rows of texts."""

    caption: str
    svg: str
    header: list[str]
    rows: list[list[str]]
    beside: list[str]
    """What the plot can't show, a line each."""


@dataclass(frozen=True)
class PlotSection:
    """The plots of a table."""

    anchor: str
    table: TableData
    warning: str | None
    plots: list[Plot]


def plot_sections(board: Board) -> list[PlotSection]:
    """Plots of all tables that have figures; transfer is shown by heat maps."""
    systems = {system.slug: system for system in board.systems}
    found = []
    for number, table in enumerate(board.tables, 1):
        rows = [row for row in table.rows if entry(row, table.headline).scores]
        if table.setting == "transfer" or not rows or not table.scores:
            continue
        score = "rouge1" if "rouge1" in table.scores else table.scores[0]
        rows = [row for row in rows if score in entry(row, table.headline).scores]
        plots = [_dot_plot(table, rows, score, f"dots-{number}")] if rows else []
        plots += _scatter(table, rows, score, systems, f"scatter-{number}")
        if plots:
            found.append(PlotSection(f"plots-{number}", table, warning(table.protocol), plots))
    return found


def _scatter(
    table: TableData, rows: list[RowData], score: str, systems: Mapping[str, SystemData], prefix: str
) -> list[Plot]:
    points, texts = [], []
    beside: dict[str, list[str]] = {"Trains nothing": [], "Trainable parameters not known": []}
    for row in rows:
        system, figure = systems.get(row.system), entry(row, table.headline).scores[score]
        trainable = system.trainable if system else None
        if trainable:
            points.append(Point(row.name, trainable, figure.mean, figure.low, figure.high))
            texts.append([row.name, f"{trainable:,}", _text(figure)])
        else:
            where = "Trains nothing" if trainable == 0 or row.backbone is None else "Trainable parameters not known"
            beside[where].append(f"{row.name} ({figure.mean:.2f})")
    if not points:
        return []
    name = score_name(score)
    caption = f"{name} ({table.headline}) against trainable parameters"
    svg = scatter(points[:_MOST], name, prefix, f"{caption}. {table.heading}. The figures are in the table below.")
    lines = [f"{what}: {', '.join(names)}." for what, names in beside.items() if names]
    return [Plot(caption, svg, ["System", "Trainable parameters", name], texts, [*lines, *_cut(len(points))])]


def _dot_plot(table: TableData, rows: list[RowData], score: str, prefix: str) -> Plot:
    name, dots, texts = score_name(score), [], []
    for row in rows:
        figures = [entry(row, column).scores.get(score) for column in table.columns]
        main = entry(row, table.headline).scores[score]
        dots.append(Dots(row.name, [figure.mean if figure else None for figure in figures], main.low, main.high))
        texts.append([row.name, *(_text(figure) if figure else "–" for figure in figures)])
    caption = f"{name} by target domain" if len(table.columns) > 1 else f"{name} ({table.headline})"
    title = f"{caption}. {table.heading}. The figures are in the table below."
    svg = dot_plot(dots[:_MOST], table.columns, table.columns.index(table.headline), name, prefix, title)
    bar = f"Bar: 95% interval of {table.headline}."
    return Plot(caption, svg, ["System", *table.columns], texts, [bar, *_cut(len(dots))])


def _text(figure: FigureData) -> str:
    text = f"{figure.mean:.2f}" + (f" ± {figure.sd:.2f}" if figure.sd is not None else "")
    return text + (f" ({figure.low:.2f} – {figure.high:.2f})" if None not in (figure.low, figure.high) else "")


def _cut(n: int) -> list[str]:
    return [f"Drawn: the first {_MOST} of {n} systems; the table below has all."] if n > _MOST else []
