"""Renders the pages. All texts are escaped by the templates; nothing here makes markup but the plots."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from todsum.report.site.content import Board, SystemData, TestSet
from todsum.report.site.explorer import output_keys
from todsum.report.site.heatmap import heat_maps
from todsum.report.site.leaderboard import entry, filters, read_marks, score_name, sections, unranked
from todsum.report.site.plots import plot_sections
from todsum.report.site.system import error_tables, settings_rows, system_rows

_TEMPLATES = Path(__file__).parent / "templates"


def safe_url(url: str | None) -> str | None:
    """The address if it may be linked to (https, with a host, no blanks or control characters), else None."""
    if url is None or not url.isprintable() or any(character.isspace() or character in "\"'<>\\`" for character in url):
        return None
    try:
        parts = urlsplit(url)
        return url if parts.scheme == "https" and parts.hostname and "@" not in parts.netloc else None
    except ValueError:
        return None


def pages(board: Board, test_sets: Sequence[TestSet], title: str) -> dict[str, bytes]:
    """All HTML pages, by path."""
    known = {system.slug for system in board.systems}
    maps = heat_maps(board.tables)
    shown = sections(board.tables)
    site = {"title": title, "has_transfer": bool(maps), "known": known}
    found = {
        "index.html": _render(
            "index.html", site, sections=shown, filters=filters(board.tables), unranked=unranked(board)
        ),
        "plots.html": _render("plots.html", site, sections=plot_sections(board)),
        "explorer.html": _render("explorer.html", site, test_sets=test_sets),
    }
    if maps:
        found["transfer.html"] = _render("transfer.html", site, maps=maps)
    for system in board.systems:
        found[f"systems/{system.slug}.html"] = _system_page(system, board, test_sets, site)
    return found


def _system_page(system: SystemData, board: Board, test_sets: Sequence[TestSet], site: dict[str, Any]) -> bytes:
    readable = []
    for test_set in test_sets:
        for key, output in zip(output_keys(test_set.outputs), test_set.outputs, strict=True):
            if output.system == system.slug:
                readable.append((f"#set={test_set.slug}&systems={key}", test_set.title, output.name))
    return _render(
        "system.html",
        site,
        system=system,
        url=safe_url(system.url),
        rows=system_rows(system, board.tables),
        errors=error_tables(system.slots),
        readable=readable,
        settings_rows=settings_rows,
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"score_name": score_name, "number": "{:,}".format, "two": "{:.2f}".format}
    environment.globals |= {"entry": entry, "read_marks": read_marks}
    return environment


def _render(template: str, site: dict[str, Any], **content: Any) -> bytes:
    text = _environment().get_template(template).render(site=site, **content)
    return text.encode(errors="replace")
