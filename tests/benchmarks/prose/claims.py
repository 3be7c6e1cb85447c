"""Figures that a README claims, each with the words around it that say what it is a figure of."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ClaimKind = Literal["plain", "signed", "interval", "p", "percent", "count"]

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+(?![\d,])|\d*\.\d+|\d+)"
_UNIT = r"(?:\s+points?(?:\s+of)?)?\s+(?:official |consistency |R-|F1\b|points?\b)"
_CLAIM = re.compile(
    rf"(?P<low>[+−-]{_NUMBER})\s+to\s+(?P<high>[+−-]{_NUMBER})(?!\w)"
    rf"|\bp\s*(?P<relation>[=<])\s*(?P<p>{_NUMBER})"
    rf"|(?<![\w.−+-])(?P<sign>[+−-])?(?P<number>{_NUMBER})(?![\w]|[.,]\d)"
    rf"(?:(?P<percent>\s?%)|(?P<millions>\s?M\b)|(?P<unit>(?={_UNIT}))?)"
)
_SENTENCE = re.compile(r"(?<=[.!?])[*\")]*\s+(?=[A-Z*`\"(])")
#: What a test or an interval promises; not a result.
_LEVEL = re.compile(r"\d+\s?%\s(?:interval|test|level|confidence)|(?:\b(?:above|below|at)|[>≥])\s0?\.0[15]\b")
_CODE = re.compile(r"`[^`]*`|\]\([^)]*\)")
_ITEM = re.compile(r"\s*(?:[*-]|\d+\.)\s+(?=\S)")


@dataclass(frozen=True)
class Claim:
    """A figure that a README gives.

    Attributes:
        readme: the file.
        line: its line.
        kind: ``signed`` has a sign, ``interval`` two ends with signs, ``count`` is in millions.
        numbers: the figure's digits as they are written, with the sign; two for an interval.
        relation: ``=`` or ``<``, of a p.
        measured: it has a unit of scores behind it, or a sign, so that it is no setting.
        sentence: the sentence that it stands in; in a table, row label, column header and cell.
        before, after: the parts of the sentence on both sides of it.
        context: the texts that tell what the sentence leaves open, the nearest first.
        block: the whole paragraph, list item or table row.
        place: row label and column header of a cell in a table.
    """

    readme: Path
    line: int
    kind: ClaimKind
    numbers: tuple[str, ...]
    relation: str
    measured: bool
    sentence: str
    before: str
    after: str
    context: tuple[str, ...]
    block: str
    place: tuple[str, str] | None = None

    @property
    def text(self) -> str:
        """The figure as a reader sees it."""
        if self.kind == "p":
            return f"p {self.relation} {self.numbers[0]}"
        return " to ".join(self.numbers) + {"percent": " %", "count": " M"}.get(self.kind, "")


@dataclass(frozen=True)
class _Block:
    line: int
    text: str


def claims(readme: Path) -> list[Claim]:
    """All figures that a README claims, in its order.

    A number with a decimal point is a claim, and so is a whole one before "%" or a unit of scores. Code, version
    numbers, counts, other whole numbers and levels of tests and intervals are none.
    """
    found: list[Claim] = []
    before: list[str] = []
    for block in _blocks(readme.read_text(encoding="utf-8")):
        rows = block.text.split("\n")
        if rows[0].startswith("|"):
            found += _in_table(readme, block, rows, tuple(reversed(before)))
            before.append(rows[0])
        else:
            found += _in_text(readme, block, tuple(reversed(before)))
            before.append(block.text)
    return found


def words_of(text: str) -> str:
    """Text without its code, at the same places."""
    return _CODE.sub(lambda code: " " * len(code[0]), text)


def _blocks(text: str) -> Iterator[_Block]:
    """Paragraphs, headings, list items and tables; no code blocks."""
    start, kept, fenced = 0, list[str](), False
    for number, line in enumerate([*text.split("\n"), ""], 1):
        fence = line.lstrip().startswith("```")
        code = fenced or fence or (line.startswith("    ") and not kept)
        fenced ^= fence
        apart = not line.strip() or code or _ITEM.match(line) or line.startswith("#")
        if kept and (apart or line.startswith("|") != kept[0].startswith("|")):
            yield _Block(start, "\n".join(kept))
            kept = []
        if line.strip() and not code:
            start = number if not kept else start
            kept.append(line)
            if line.startswith("#"):
                yield _Block(number, line)
                kept = []


def _in_text(readme: Path, block: _Block, context: Sequence[str]) -> Iterator[Claim]:
    ends = [found.start() for found in _SENTENCE.finditer(block.text)]
    for start, end in zip([0, *ends], [*ends, len(block.text)], strict=True):
        sentence = block.text[start:end]
        near = (block.text[:start], block.text, *context)
        for found in _found(sentence):
            kind, numbers, measured = _read(found)
            yield Claim(
                readme=readme,
                line=block.line + block.text.count("\n", 0, start + found.start()),
                kind=kind,
                numbers=numbers,
                relation=found["relation"] or "",
                measured=measured,
                sentence=sentence,
                before=sentence[: found.start()],
                after=sentence[found.end() :],
                context=near,
                block=block.text,
            )


def _in_table(readme: Path, block: _Block, rows: Sequence[str], context: Sequence[str]) -> Iterator[Claim]:
    header, _, *body = [[cell.strip() for cell in row.strip().strip("|").split("|")] for row in rows]
    for line, cells in enumerate(body, block.line + 2):
        for column, cell in zip(header[1:], cells[1:], strict=True):
            for found in _found(cell):
                kind, numbers, measured = _read(found)
                yield Claim(
                    readme=readme,
                    line=line,
                    kind=kind,
                    numbers=numbers,
                    relation=found["relation"] or "",
                    measured=measured,
                    sentence=f"{cells[0]} | {column} | {cell}",
                    before=cell[: found.start()],
                    after=cell[found.end() :],
                    context=(column, header[0], *context),
                    block=" | ".join((header[0], column, cells[0], cell)),
                    place=(cells[0], column),
                )


def _found(text: str) -> Iterator[re.Match[str]]:
    results = _LEVEL.sub(lambda level: " " * len(level[0]), words_of(text))
    for found in _CLAIM.finditer(results):
        whole = found["number"] and "." not in found["number"]
        if not whole or found["percent"] or found["millions"] or found["unit"] is not None:
            yield found


def _read(found: re.Match[str]) -> tuple[ClaimKind, tuple[str, ...], bool]:
    """Kind, numbers, and whether a unit or a sign tells it from a setting."""
    if found["low"]:
        return "interval", (found["low"], found["high"]), True
    if found["p"]:
        return "p", (found["p"],), True
    number = found["number"]
    if found["percent"]:
        return "percent", (number,), True
    if found["millions"]:
        return "count", (number,), True
    if found["sign"]:
        return "signed", (found["sign"] + number,), True
    return "plain", (number,), found["unit"] is not None
