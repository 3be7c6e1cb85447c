"""Options that several verbs share."""

from __future__ import annotations

import click

from todsum.cli.paths import PATH

data_option = click.option(
    "--data",
    type=PATH,
    envvar="TODSUM_DATA",
    help="Folder with todsum/, qmsum/ and mts-dialog/ in it, as published (clone or zip). Default: $TODSUM_DATA, else "
    "a download.",
)

protocol_option = click.option(
    "--protocol",
    type=click.Choice(["full", "low-resource"]),
    help="full: the published splits. low-resource: TODSum's train and dev cut from its validation split (900/99).",
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")

only_option = click.option(
    "--only",
    multiple=True,
    metavar="KEY=GLOB",
    help="Only cells that fit, such as target=taxi, method=finetune, label='finetune + *'. Repeat: another key narrows "
    "the choice, the same key widens it.",
)
