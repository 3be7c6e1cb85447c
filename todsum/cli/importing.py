"""Data sets from elsewhere on the command line: the options that read them, and what is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from todsum.errors import TodsumError, unknown_name

if TYPE_CHECKING:
    from todsum.data.builder import BuiltData
    from todsum.data.imported.opening import Import
    from todsum.data.schema import Example


@dataclass(frozen=True)
class ImportOptions:
    """Options that say how a data set from elsewhere is read."""

    config: str | None
    columns: str | None
    speakers: str | None

    @property
    def given(self) -> list[str]:
        """The options that have a value."""
        values = {"--config": self.config, "--columns": self.columns, "--speakers": self.speakers}
        return [name for name, value in values.items() if value]


_OPTIONS = (
    click.option("--config", help="Of hub:… data: which of its configs."),
    click.option("--columns", metavar="KEY=NAME,…", help="Of hub:… data: dialogue=…,summary=… and id, domains, query."),
    click.option(
        "--speakers",
        metavar="PATTERN",
        help="Of hub:… data: what begins a turn of a text: one group, the speaker. Usual layouts are recognised.",
    ),
)


def import_options(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the options to a command, which gets them in one object, ``how``."""

    @wraps(command)
    def called(config: str | None, columns: str | None, speakers: str | None, **others: Any) -> None:
        command(how=ImportOptions(config, columns, speakers), **others)

    for option in reversed(_OPTIONS):
        called = option(called)
    return called


def read_import(name: str, options: ImportOptions) -> Import | None:
    """The data set from elsewhere that the options name, None where the name is one of ours.

    Raises:
        TodsumError: an option is wrong, or not for this data set.
    """
    from todsum.data.imported.reference import is_reference, parse_reference

    if not is_reference(name):
        if given := options.given:
            raise TodsumError(f"{given[0]} is for data sets from elsewhere (hub:…), not for {name}")
        return None
    from todsum.data.imported.opening import Import

    check_speakers(options.speakers)
    return Import(parse_reference(name), options.config, _column_map(options.columns), options.speakers)


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
    from todsum.data.imported.opening import open_import

    opened = open_import(choice)
    return opened.build(opened.splits)


def imported_example(choice: Import, identity: str | None, split: str | None) -> Example:
    """One example of a data set from elsewhere: by its id, or the first.

    Raises:
        TodsumError: there is no such example, or the first row is broken.
    """
    from todsum.data.imported.opening import open_import

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


def _column_map(text: str | None) -> Any:
    from todsum.data.imported.rows import ColumnMap
    from todsum.files.validation import validated

    if text is None:
        return None
    pairs = [part.partition("=") for part in text.split(",")]
    if any(not equals or not key.strip() or not value.strip() for key, equals, value in pairs):
        raise TodsumError(f"--columns {text}: expected KEY=NAME,…, such as dialogue=dialogue,summary=summary")
    keys = [key.strip() for key, _, _ in pairs]
    if twice := [key for key in keys if keys.count(key) > 1]:
        raise TodsumError(f"--columns {text}: {twice[0]} is there twice")
    return validated({key.strip(): value.strip() for key, _, value in pairs}, ColumnMap, "--columns")
