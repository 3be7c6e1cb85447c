"""``todsum-bench compare``: one method against another."""

from __future__ import annotations

from pathlib import Path

import click

from todsum.cli.paths import PATH
from todsum.terminal import say


@click.command()
@click.argument("runs", type=PATH)
@click.option("--system", required=True, help="The method in question, named as in the table.")
@click.option("--baseline", required=True, help="The method it is compared with, named as in the table.")
@click.option("--json", is_flag=True, help="Print a JSON list, scores × 100, unrounded.")
def compare(runs: Path, system: str, baseline: str, json: bool) -> None:
    """Compare two methods of the run directory RUNS, target by target.

    Prints both means, their difference overall and seed by seed, its 95% interval, and p alone and corrected for the
    targets (Holm). Interval and p are those of one test, which counts the spread over seeds as well as over dialogues
    (meetings). A method with one seed is compared as this trained model.

    \b
    todsum-bench compare runs --system state-aware --baseline finetune
    todsum-bench compare runs --system peft-lora --baseline finetune --json
    """
    from todsum.report.comparison import compare as compared
    from todsum.report.comparison import comparison_markdown
    from todsum.report.formats import read_tables
    from todsum.report.json_csv import to_json

    tables = read_tables(runs)
    found = compared(tables, system, baseline)
    if json:
        say(to_json(item.to_json() for item in found), nl=False)
    else:
        say(comparison_markdown(tables, found, system, baseline), nl=False)
