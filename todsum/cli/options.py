"""Options that several commands share."""

from __future__ import annotations

from functools import partial

import click

from todsum.cli import completing
from todsum.cli.environment import Texts
from todsum.cli.paths import PATH

data_set_argument = click.argument("name", shell_complete=completing.data_sets)

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

split_option = partial(click.option, "--split", type=click.Choice(["train", "validation", "test"]))

device_option = click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, cuda:1 …")

json_option = click.option("--json", is_flag=True, help="Print one JSON object.")

only_option = click.option(
    "--only",
    multiple=True,
    type=Texts(),
    metavar="KEY=GLOB",
    help="Only cells that fit, such as target=taxi, method=finetune, label='finetune + *'. Repeat: another key narrows "
    "the choice, the same key widens it.",
)
