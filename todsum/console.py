"""The console on standard error: bars of progress, and the lines between them. Stdout stays clean for pipes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console as _Rich
from rich.progress import Progress

from todsum.terminal import one_line, silence

#: Columns of a console at least.
NARROWEST = 20


class Console(_Rich):
    """Shows lines as they are, but for control characters; goes on in silence where nobody reads them any more."""

    def __init__(self, quiet: bool = False) -> None:
        super().__init__(stderr=True, quiet=quiet)
        if self.width < NARROWEST:  # $COLUMNS is 0 under some job schedulers: nothing at all would be shown
            self.width = NARROWEST

    def print_line(self, line: str) -> None:
        """Prints a line, above the bars if there are any."""
        try:
            self.print(one_line(line), markup=False, highlight=False, emoji=False, soft_wrap=True)
        except OSError:  # such as a full disk, where its own file lies
            self.on_broken_pipe()

    def on_broken_pipe(self) -> None:
        """Called by rich where the stream's reader has gone."""
        self.quiet = True
        silence(sys.stderr)


@contextmanager
def progress_bar(title: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on stderr where that is a terminal; yields a function that advances it by so many units."""
    console = Console()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=total)
        yield lambda units: bar.update(task, advance=units)
