"""The commands in the documentation: what stands in ``sh`` blocks, and in code inside of the text."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from tests.conftest import ROOT

PAGES = (ROOT / "README.md", ROOT / "leaderboard" / "SUBMITTING.md", *sorted((ROOT / "docs").glob("*.md")))
_BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(todsum-bench [^`\n]+)`")


@dataclass(frozen=True)
class Command:
    """One command of a page, as words; ``shown`` is what rules are matched with."""

    page: str
    line: int
    words: tuple[str, ...]

    @property
    def shown(self) -> str:
        return shlex.join(self.words)

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.shown}"


def commands() -> list[Command]:
    """All commands in ``sh`` blocks, page by page, in their order."""
    return [command for page in PAGES for command in _of(page)]


def inline(page: Path) -> Iterator[str]:
    """The command lines in code inside of the text; of alternatives (``build|show``) each."""
    for found in _INLINE.finditer(_BLOCK.sub("", page.read_text(encoding="utf-8"))):
        choices = [word.split("|") for word in shlex.split(found[1].replace("\\|", "|"))]
        yield from map(shlex.join, product(*choices))


def _of(page: Path) -> Iterator[Command]:
    text = page.read_text(encoding="utf-8")
    for block in _BLOCK.finditer(text):
        if block[1] != "sh":
            assert "todsum-bench" not in block[2] or block[1], f"{page}: a block of commands is a block of sh"
            continue
        first = text.count("\n", 0, block.start()) + 2
        for number, line in enumerate(block[2].splitlines(), first):
            for words in _split(line):
                yield Command(page.relative_to(ROOT).as_posix(), number, words)


def _split(line: str) -> Iterator[tuple[str, ...]]:
    """The commands that ``&&`` joins; the folder of a virtual environment is left out."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="&|;<>")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, "&&"]:
        if word == "&&":
            if words:
                yield (words[0].removeprefix(".venv/bin/"), *words[1:])
            words = []
        else:
            assert not set(word) <= set("&|;<>\\"), f"{line}: one command a line, or && between them"
            words.append(word)
