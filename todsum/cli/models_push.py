"""``todsum-bench models push``."""

from __future__ import annotations

from pathlib import Path

import click

from todsum.cli.paths import PATH
from todsum.cli.pushing import check_repository, push_options, send, show
from todsum.terminal import tell


@click.command()
@click.option("--folder", required=True, type=PATH, help="What `models export` wrote.")
@push_options
def push(repository: str, folder: Path, private: bool, revision: str, dry_run: bool) -> None:
    """Publish an exported model as ID (org/name) on the hub, in one commit: all of it or nothing.

    Files of an earlier push to the same branch that this model does not have are removed by the commit. The token comes
    from $HF_TOKEN or from `hf auth login`; the hub is $HF_ENDPOINT, or huggingface.co.

    \b
    todsum-bench models export runs/todsum/in-domain/all/finetune/1-1438982e --out taxi-summarizer
    todsum-bench models push me/taxi-summarizer --folder taxi-summarizer --private --dry-run
    """
    from todsum.hub import Target
    from todsum.summarizing.exported_folder import earlier_files, files_to_push, licences

    check_repository(repository)
    files = files_to_push(folder)
    target = Target("model", repository, private, revision)
    for line in licences(folder):
        tell(line)
    show(folder, files, target, dry_run)
    if not dry_run:
        send(folder, files, target, earlier_files)
