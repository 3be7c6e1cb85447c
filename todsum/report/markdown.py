"""Pages as Markdown (GitHub's)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from todsum.report.page import Grid, Page

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~#&])")
_SIGNS = {"method": "**", "model": "*", None: ""}
_BETWEEN_WORDS = re.compile(r"(?<=\w)\\_(?=\w)")  # never emphasis inside a word


def markdown(pages: Iterable[Page]) -> str:
    """The pages, one below the other."""
    return "\n\n".join("\n".join(_page(page)) for page in pages) + "\n"


def escape(text: str) -> str:
    """Text that Markdown shows as it is: markup, HTML and table bars lose their meaning, line breaks become blanks."""
    return _BETWEEN_WORDS.sub("_", _SPECIAL.sub(r"\\\1", in_one_line(text)))


def in_one_line(text: str) -> str:
    """Text with every run of blanks, line breaks and control characters as one blank."""
    printable = text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)
    return " ".join(printable.split())


def grid_lines(header: Sequence[str], rows: Sequence[Sequence[str]], labels: int) -> list[str]:
    """A table of escaped texts, padded so that it can be read as it is; figures to the right."""
    lines = [list(header), *map(list, rows)]
    widths = [max(3, *(len(line[place]) for line in lines)) for place in range(len(header))]
    ruler = ["-" * width if place < labels else "-" * (width - 1) + ":" for place, width in enumerate(widths)]
    padded = [
        [text.ljust(width) if place < labels else text.rjust(width) for place, (text, width) in enumerate(pairs)]
        for pairs in (zip(line, widths, strict=True) for line in lines)
    ]
    return [f"| {' | '.join(line)} |" for line in (padded[0], ruler, *padded[1:])]


def _page(page: Page) -> Iterator[str]:
    yield f"## {escape(page.heading)}"
    yield ""
    for verdict in page.verdicts:
        yield from (escape(verdict), "")
    yield from (escape(fact) for fact in page.facts)
    for grid in page.grids:
        yield from ("", f"**{escape(grid.title)}**", "")
        yield from _grid(grid)
    yield ""
    yield from (f"- {escape(note)}" for note in page.notes)
    yield ""
    yield from (f"- `{_code(signature)}`" for signature in page.signatures)


def _grid(grid: Grid) -> list[str]:
    rows = []
    for row in grid.rows:
        rows.append([f"{_SIGNS[place.win]}{escape(place.text)}{_SIGNS[place.win]}" for place in row])
    return grid_lines([escape(name) for name in grid.header], rows, grid.labels)


def _code(text: str) -> str:
    return in_one_line(text.replace("`", "'"))
