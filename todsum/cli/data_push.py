"""``todsum-bench data push``."""

from __future__ import annotations

from pathlib import Path

import click

from todsum.cli.paths import PATH
from todsum.cli.pushing import check_repository, push_options, send, show


@click.command()
@click.option("--folder", required=True, type=PATH, help="What `data build` wrote.")
@push_options
@click.option("--i-have-the-rights", is_flag=True, help="You may publish data for which no licence is stated (TODSum).")
def push(repository: str, folder: Path, private: bool, revision: str, dry_run: bool, i_have_the_rights: bool) -> None:
    """Publish a built data set as ID (org/name) on the hub, in one commit: all of it or nothing.

    The token comes from $HF_TOKEN or from `hf auth login`; the hub is $HF_ENDPOINT, or huggingface.co.

    \b
    todsum-bench data build qmsum --data DIR --out qmsum-parquet
    todsum-bench data push me/qmsum --folder qmsum-parquet --private --dry-run
    """
    from todsum.data.hub.folder import check_rights, earlier_shards, files_to_push
    from todsum.hub import Target

    check_repository(repository)
    files = files_to_push(folder)
    target = Target("dataset", repository, private, revision)
    show(folder, files, target, dry_run)
    if not dry_run:
        check_rights(folder, i_have_the_rights)
        send(folder, files, target, earlier_shards)
