"""``todsum-bench data check``, and how the other verbs read a data set from elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from todsum.counted import counted
from todsum.errors import TodsumError, unknown_name
from todsum.terminal import say, tell

if TYPE_CHECKING:
    from todsum.data.builder import BuiltData
    from todsum.data.imported import Import, Opened
    from todsum.data.schema import Example

#: How many broken rows are listed.
LISTED = 20


def import_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds ``--config``, ``--columns`` and ``--speakers``."""
    for option in (
        click.option(
            "--speakers",
            metavar="PATTERN",
            help="Of hub:… data: what begins a turn of a text: one group, the speaker. Usual layouts are recognised.",
        ),
        click.option(
            "--columns", metavar="KEY=NAME,…", help="Of hub:… data: dialogue=…,summary=… and id, domains, query."
        ),
        click.option("--config", help="Of hub:… data: which of its configs."),
    ):
        command = option(command)
    return command


def read_import(name: str, config: str | None, columns: str | None, speakers: str | None) -> Import | None:
    """The data set from elsewhere that the options name, None where the name is one of ours.

    Raises:
        TodsumError: an option is wrong, or not for this data set.
    """
    from todsum.data.imported_reference import is_reference, parse_reference

    if not is_reference(name):
        if given := [
            f"--{key}" for key, value in (("config", config), ("columns", columns), ("speakers", speakers)) if value
        ]:
            raise TodsumError(f"{given[0]} is for data sets from elsewhere (hub:…), not for {name}")
        return None
    from todsum.data.imported import Import

    check_speakers(speakers)
    return Import(parse_reference(name), config, _column_map(columns), speakers)


def check_speakers(speakers: str | None) -> Any:
    """The pattern that the option gives, or None.

    Raises:
        TodsumError: it is none with one group.
    """
    from todsum.data.dialogues import speaker_pattern

    try:
        return None if speakers is None else speaker_pattern(speakers)
    except ValueError as error:
        raise TodsumError(f"--{error}") from error


def imported_data(choice: Import) -> BuiltData:
    """All splits of a data set from elsewhere, every row checked."""
    from todsum.data.imported import open_import

    opened = open_import(choice)
    return opened.build(opened.splits)


def imported_example(choice: Import, identity: str | None, split: str | None) -> Example:
    """One example of a data set from elsewhere: by its id, or the first.

    Raises:
        TodsumError: there is no such example, or the first row is broken.
    """
    from todsum.data.imported import open_import

    opened = open_import(choice)
    splits = [split] if split else sorted(opened.splits, key=lambda name: name != "test")
    ids = []
    for name in splits:
        if name not in opened.splits:
            raise unknown_name("split", name, opened.splits)
        for item in opened.examples(name):
            if isinstance(item, TodsumError):
                if identity is None:
                    raise item
            elif identity in (None, item.id):
                return item
            else:
                ids.append(item.id)
    raise unknown_name("example", str(identity), ids)


@click.command()
@click.argument("name")
@import_options
def check(name: str, config: str | None, columns: str | None, speakers: str | None) -> None:
    """Check a data set from elsewhere before a run: hub:org/name[@revision], hub:/path/to/folder or hub:file:///….

    Prints its commit (which a suite needs), configs, counts, one example, and every row that is refused. Only Parquet,
    JSON and CSV files are read; loading scripts are never run.

    \b
    todsum-bench data check hub:org/name --columns id=id,dialogue=dialogue,summary=summary
    """
    from todsum.data.imported import open_import

    choice = read_import(name, config, columns, speakers)
    if choice is None:
        raise TodsumError(f"{name}: `data check` is for data sets from elsewhere (hub:…); `data build` checks ours")
    opened = open_import(choice)
    for line in _about(opened):
        say(line)
    problems = _report(opened)
    for problem in problems[:LISTED]:
        tell(f"refused: {problem}")
    if problems:
        raise TodsumError(f"{name}: {counted(len(problems), 'problem')}: a suite refuses this data set")


def _about(opened: Opened) -> list[str]:
    reference, fetched = opened.choice.reference, opened.fetched
    commit = f"hub:{reference.repository}@{fetched.commit}" if fetched.commit else str(reference)
    others = f" (of {', '.join(fetched.configs)})" if len(fetched.configs) > 1 else ""
    ignored = sorted(set(map(str, opened.files.files)) - set(opened.splits))
    return [
        f"dataset: {commit}",
        f"in results: {opened.choice.name}",
        f"config: {fetched.config or 'none'}{others}",
        f"licence: {fetched.header.get('license', 'none stated')}",
        *([f"splits that are not used: {', '.join(ignored)}"] if ignored else []),
        *([f"files that are not used: {_some(unused)}"] if (unused := opened.files.unused()) else []),
    ]


def _some(names: list[str]) -> str:
    """The first of some names."""
    return ", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")


def _report(opened: Opened) -> list[str]:
    """Prints counts and an example of a data set; returns what is wrong with it."""
    from todsum.cli.showing import readable
    from todsum.data.dialogues import Doubts
    from todsum.data.imported import MAX_DOMAINS

    problems: list[str] = [] if "test" in opened.splits else ["no test split, which is what cells are tested on"]
    domains: set[str] = set()
    doubts = Doubts()
    shown: Example | None = None
    where: dict[str, str] = {}
    for split in opened.splits:
        good = 0
        for item in opened.examples(split, doubts):
            if isinstance(item, TodsumError):
                problems.append(str(item))
                continue
            good += 1
            shown = shown or item
            domains.update(item.domains)
            if (other := where.setdefault(item.id, split)) != split:
                problems.append(f"{split}: the id {item.id!r} is in {other}, too")
        say(f"{split}: {counted(good, 'example')}")
    if len(domains) > MAX_DOMAINS:
        problems.append(f"{len(domains)} domains are too many (at most {MAX_DOMAINS}): map another column")
    named = ", ".join(repr(name) if "," in name else name for name in sorted(domains)[:MAX_DOMAINS])
    say(f"domains: {named or 'none, so that only the setting in-domain can be run'}")
    for note in doubts.notes():
        say(note)
    if shown is not None:
        say(f"\n{readable(shown)}")
    return problems


def _column_map(text: str | None) -> Any:
    from pydantic import ValidationError

    from todsum.bench.suite import explain
    from todsum.data.imported_rows import ColumnMap

    if text is None:
        return None
    pairs = [part.partition("=") for part in text.split(",")]
    if any(not equals or not key.strip() or not value.strip() for key, equals, value in pairs):
        raise TodsumError(f"--columns {text}: expected KEY=NAME,…, such as dialogue=dialogue,summary=summary")
    keys = [key.strip() for key, _, _ in pairs]
    if twice := [key for key in keys if keys.count(key) > 1]:
        raise TodsumError(f"--columns {text}: {twice[0]} is there twice")
    try:
        return ColumnMap.model_validate({key.strip(): value.strip() for key, _, value in pairs})
    except ValidationError as error:
        raise TodsumError(f"--columns: {explain(error, ColumnMap)}") from error
