"""``todsum-bench suites``."""

from __future__ import annotations

import json
from pathlib import Path

import click

from todsum.cli.options import json_option
from todsum.terminal import say


@click.command()
@json_option
def suites(as_json: bool) -> None:
    """List the suites that come with the project, a line each."""
    from todsum.bench.suite import read_suite
    from todsum.data.lock import benchmarks_folder

    found = {path.stem: read_suite(path).description for path in sorted(benchmarks_folder().glob("*.yaml"))}
    if as_json:
        say(json.dumps(found, indent=1))
        return
    width = max(map(len, found), default=0)
    for name, description in found.items():
        say(f"{name:{width}}  {description}")


def suite_path(name: Path) -> Path:
    """The file of a suite: a path, or the bare name of one that comes with the project.

    Raises:
        TodsumError: there is neither.
    """
    from todsum.data.lock import benchmarks_folder
    from todsum.errors import TodsumError, unknown_name
    from todsum.files.plain import check_plain

    if name.is_file():
        return name
    shipped = {path.stem: path for path in benchmarks_folder().glob("*.yaml")}
    if name.stem not in shipped and name.exists():
        check_plain(name)
    if len(name.parts) > 1 and name.parent != Path("benchmarks"):
        raise TodsumError(f"{name}: no such file; `todsum-bench suites` lists the suites")
    if name.stem not in shipped:
        raise unknown_name("suite", name.stem, shipped)
    return shipped[name.stem]
