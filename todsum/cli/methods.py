"""``todsum-bench methods``."""

from __future__ import annotations

from json import dumps

import click

from todsum.cli import completing
from todsum.cli.options import json_option
from todsum.terminal import say


@click.command()
@click.argument("name", required=False, shell_complete=completing.methods)
@json_option
def methods(name: str | None, json: bool) -> None:
    """List the methods, a line each; with NAME, its settings and their defaults."""
    from todsum.methods.registry import entries, method_class

    if name is None:
        found = {method: entry.summary for method, entry in entries().items()}
        if json:
            say(dumps(found, indent=1))
        else:
            width = max(map(len, found))
            for method, summary in found.items():
                say(f"{method:{width}}  {summary}")
        return
    schema = method_class(name).Settings.model_json_schema()
    if json:
        say(dumps(schema, indent=1))
        return
    say(f"{name}: {entries()[name].summary}")
    for field, facts in schema.get("properties", {}).items():
        default = dumps(facts["default"]) if "default" in facts else "required"
        say(f"  {field} ({default})  {' '.join(facts.get('description', '').split())}")
