"""``todsum-bench data check``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from todsum.cli.importing import ImportOptions, import_options, read_import
from todsum.counted import counted
from todsum.errors import TodsumError
from todsum.terminal import say, tell

if TYPE_CHECKING:
    from todsum.data.imported.opening import Opened
    from todsum.data.schema import Example

#: How many broken rows are listed.
LISTED = 20


@click.command()
@click.argument("name")
@import_options
def check(name: str, how: ImportOptions) -> None:
    """Check a data set from elsewhere before a run: hub:org/name[@revision], hub:/path/to/folder or hub:file:///….

    Prints its commit (which a suite needs), configs, counts, one example, and every row that is refused. Only Parquet,
    JSON and CSV files are read; loading scripts are never run.

    \b
    todsum-bench data check hub:org/name --columns id=id,dialogue=dialogue,summary=summary
    """
    from todsum.data.imported.opening import open_import

    choice = read_import(name, how)
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
    from todsum.data.imported.opening import MAX_DOMAINS

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
