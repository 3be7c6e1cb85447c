"""Completion of the command line by the shell: the answer to its request, and names that arguments take."""

from __future__ import annotations

import os
from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem, get_completion_class, shell_complete

from todsum.errors import TodsumError

PROGRAM, VARIABLE = "todsum-bench", "_TODSUM_BENCH_COMPLETE"
COMPLETION = f"""\
Tab completion of commands, options, suites and methods: eval "$({VARIABLE}=bash_source {PROGRAM})" in ~/.bashrc, the
same with zsh_source in ~/.zshrc; in fish, {VARIABLE}=fish_source {PROGRAM} | source."""


def complete(command: click.Command) -> bool:
    """Answers the shell's request on standard output. Returns whether there was one.

    Raises:
        TodsumError: the request is none.
    """
    if not (request := os.environ.get(VARIABLE)):
        return False
    shell, _, wanted = request.partition("_")
    if get_completion_class(shell) is None or wanted not in ("source", "complete"):
        raise TodsumError(
            f"{VARIABLE} is {request[:40]!r}: expected bash_source, zsh_source or fish_source; or unset it"
        )
    try:
        shell_complete(command, {}, PROGRAM, VARIABLE, request)
    except (KeyError, ValueError) as error:
        raise TodsumError(f"{VARIABLE} is {request}, without the words that a shell sets: unset it") from error
    return True


def suites(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The suites that come with the project, and files."""
    from todsum.cli.shipped import shipped_suites

    return [*_beginning(shipped_suites(), incomplete), CompletionItem(incomplete, type="file")]


def methods(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of methods."""
    from todsum.methods.registry import entries

    return _beginning(entries(), incomplete)


def data_sets(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of published data sets."""
    from todsum.data.lock import benchmarks_folder

    found = (benchmarks_folder() / "data").glob("*.lock.json")
    return _beginning(sorted(path.name.removesuffix(".lock.json") for path in found), incomplete)


def _beginning(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]
