"""``todsum-bench methods``."""

from __future__ import annotations

import json

import click

from todsum.cli import completing
from todsum.cli.options import json_option
from todsum.terminal import say


@click.command()
@click.argument("name", required=False, shell_complete=completing.methods)
@json_option
def methods(name: str | None, as_json: bool) -> None:
    """List the methods, a line each; with NAME, its settings and their defaults."""
    from todsum.methods.registry import entries, method_class

    if name is None:
        found = {method: entry.summary for method, entry in entries().items()}
        if as_json:
            say(json.dumps(found, indent=1))
        else:
            width = max(map(len, found))
            for method, summary in found.items():
                say(f"{method:{width}}  {summary}")
        return
    schema = method_class(name).Settings.model_json_schema()
    if as_json:
        say(json.dumps(schema, indent=1))
        return
    say(f"{name}: {entries()[name].summary}")
    for field, facts in schema.get("properties", {}).items():
        default = json.dumps(facts["default"]) if "default" in facts else "required"
        say(f"  {field} ({default})  {' '.join(facts.get('description', '').split())}")
