"""Pages as LaTeX tables; needs the package ``booktabs``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from todsum.report.markdown import in_one_line
from todsum.report.page import Grid, Page, Text

_SPECIAL = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "%": r"\%",
        "_": r"\_",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        "†": r"\textdagger{}",
        "‡": r"\textdaggerdbl{}",
        "§": r"\textsection{}",
        "¶": r"\textparagraph{}",
        "−": "$-$",
        "±": r"$\pm$",
        "×": r"$\times$",
        "·": r"\textperiodcentered{}",
        "–": "--",
    }
)


_COMMANDS = {"method": "textbf", "model": "textit"}


def latex(pages: Iterable[Page]) -> str:
    """The pages, one below the other, to be ``\\input`` into a document that uses booktabs."""
    return "\n".join(line for page in pages for line in _page(page))


def escape(text: str) -> str:
    """Text that LaTeX prints as it is; line breaks and control characters become blanks."""
    return in_one_line(text).translate(_SPECIAL)


def _page(page: Page) -> Iterator[str]:
    for place, grid in enumerate(page.grids):
        yield r"\begin{table}"
        yield r"\centering"
        yield rf"\caption{{{escape(page.heading)}: {escape(grid.title)}}}"
        yield from _grid(grid)
        if place == len(page.grids) - 1:
            yield r"\par\smallskip\raggedright\footnotesize"
            yield from (rf"{escape(line)}\par" for line in (*page.verdicts, *page.facts, *page.notes))
            yield from (rf"\texttt{{{escape(signature)}}}\par" for signature in page.signatures)
        yield r"\end{table}"
        yield ""


def _grid(grid: Grid) -> Iterator[str]:
    yield rf"\begin{{tabular}}{{{'l' * grid.labels}{'r' * (len(grid.header) - grid.labels)}}}"
    yield r"\toprule"
    yield " & ".join(escape(name) for name in grid.header) + r" \\"
    yield r"\midrule"
    for row in grid.rows:
        texts = (_marked(place) for place in row)
        yield " & ".join(texts) + r" \\"
    yield r"\bottomrule"
    yield r"\end{tabular}"


def _marked(place: Text) -> str:
    text = escape(place.text)
    return text if place.win is None else rf"\{_COMMANDS[place.win]}{{{text}}}"
