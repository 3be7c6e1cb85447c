"""What ``data push`` and ``models push`` have in common: options, the list of files, the dry run."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from todsum.counted import counted
from todsum.errors import TodsumError
from todsum.terminal import say, tell

if TYPE_CHECKING:
    from todsum.hub import Target, Written

_OPTIONS = (
    click.argument("repository", metavar="ID"),
    click.option("--private", is_flag=True, help="Make the repository a private one."),
    click.option("--revision", default="main", show_default=True, help="Branch; made where it is not there."),
    click.option("--dry-run", is_flag=True, help="List what would be published and where; talk to nobody."),
)


def push_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options of a push: ``repository``, ``private``, ``revision``, ``dry_run``."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def check_repository(repository: str) -> None:
    """Refuses what is no id of a repository.

    Raises:
        TodsumError: it is not ``org/name``.
    """
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", repository, re.ASCII):
        raise TodsumError(f"{repository!r}: expected org/name")


def show(folder: Path, files: Sequence[Path], target: Target, dry_run: bool) -> None:
    """Lists the files of a push on standard output, and on standard error where they go, if they do."""
    for file in files:
        say(f"{file.stat().st_size:>12,}  {file.relative_to(folder)}")
    total = sum(file.stat().st_size for file in files)
    shown = f"{target.url}, branch {target.revision}{', private' if target.private else ''}"
    tell(f"{counted(len(files), 'file')}, {total:,} bytes, to {shown}")
    if dry_run:
        tell("dry run: nothing was sent")


def send(folder: Path, files: Sequence[Path], target: Target, written: Written) -> None:
    """Publishes the files and prints the commit's URL.

    Raises:
        TodsumError: nothing was published, and why.
    """
    from todsum.hub import push

    say(push(folder, files, target, written, log=tell))
