"""``todsum-bench suites``."""

from __future__ import annotations

from json import dumps

import click

from todsum.cli.options import json_option
from todsum.terminal import say


@click.command()
@json_option
def suites(json: bool) -> None:
    """List the suites that come with the project, a line each."""
    from todsum.bench.suite import read_suite
    from todsum.cli.shipped import shipped_suites

    found = {name: read_suite(path).description for name, path in shipped_suites().items()}
    if json:
        say(dumps(found, indent=1))
        return
    width = max(map(len, found), default=0)
    for name, description in found.items():
        say(f"{name:{width}}  {description}")
