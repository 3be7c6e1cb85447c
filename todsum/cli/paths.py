"""Paths on the command line: never empty, and no output scattered over a folder that holds other things."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from todsum.data.evaluation_settings import SETTINGS
from todsum.errors import TodsumError

#: What a run directory has in it: data sets with their settings, parts that cells share.
RUN_DIRECTORY = (*(f"*/{setting}" for setting in SETTINGS), "parts")


class FilledPath(click.Path):
    """A path; an empty text, as of a variable that is not set, is none."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path that a text names."""
        if isinstance(value, str) and not value.strip():
            self.fail("an empty path; '.' is the current folder", param, ctx)
        return super().convert(value, param, ctx)


PATH = FilledPath(path_type=Path)


def check_out(out: Path, own: tuple[str, ...], what: str) -> None:
    """Refuses to write beside other things into the current folder, one above it, or the home folder.

    Args:
        out: where a command writes several files and folders.
        own: patterns of what is in it where the command has written there before.
        what: it would be then, for the message.

    Raises:
        TodsumError: it is such a folder, is not empty, and has nothing of the command's own.
    """
    try:
        place = out.resolve()
        wide = place == Path.home() or Path.cwd().is_relative_to(place)
        if not wide or any(next(place.glob(pattern), None) for pattern in own):
            return
        found = next((path.name for path in place.iterdir() if not path.name.startswith(".")), None)
    except (OSError, RuntimeError):  # what can't be read can't be written, and says so then; or there is no home
        return
    if found is not None:
        raise TodsumError(f"{out}: holds other things ({found}), and is no {what}: pass a folder of its own")
