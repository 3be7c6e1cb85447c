"""``todsum-bench models``: finished cells as model folders for the hub."""

from __future__ import annotations

from pathlib import Path

import click

from todsum.cli.groups import Group
from todsum.cli.models_push import push
from todsum.cli.paths import PATH
from todsum.terminal import say, tell


@click.group(cls=Group)
def models() -> None:
    """Finished cells as model folders, for the hub and for `todsum-bench summarize`.

    \b
    todsum-bench models export runs/todsum/in-domain/all/finetune/1-1438982e --out taxi-summarizer
    todsum-bench summarize --model taxi-summarizer dialogues.jsonl
    todsum-bench models push me/taxi-summarizer --folder taxi-summarizer --private
    """


models.add_command(push)


@models.command()
@click.argument("cell", type=PATH)
@click.option("--out", required=True, type=PATH, help="A new or empty folder.")
def export(cell: Path, out: Path) -> None:
    """Write the model of CELL (a finished cell's folder in a run directory) as a folder for the hub.

    Weights or adapter as safetensors, tokenizer, generation settings, todsum.json (the cell and its scores) and a card
    with the measured scores, the metrics' signatures and the training data.

    \b
    todsum-bench models export runs/todsum/in-domain/all/finetune/1-1438982e --out taxi-summarizer
    """
    from todsum.summarizing.export import export as write

    files, written = write(cell, out)
    for path in files:
        say(path)
    if not written:
        tell(f"{out}: is there already; nothing was written")
