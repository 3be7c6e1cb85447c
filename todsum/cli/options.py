"""Options that several verbs share."""

from __future__ import annotations

from pathlib import Path

import click

from todsum.errors import TodsumError

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    envvar="TODSUM_DATA",
    help="Folder with todsum/ and qmsum/ in it, as published (clone or zip). Default: $TODSUM_DATA, else a download.",
)

protocol_option = click.option(
    "--protocol",
    type=click.Choice(["full", "low-resource"]),
    help="full: the published splits. low-resource: TODSum's train and dev cut from its validation split (900/99).",
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


def parse_filters(only: tuple[str, ...], known: tuple[str, ...]) -> dict[str, str]:
    """``key=glob`` options as a mapping.

    Raises:
        TodsumError: not of that form, or an unknown key.
    """
    from todsum.errors import unknown_name

    filters = {}
    for item in only:
        key, equals, glob = item.partition("=")
        if not equals:
            raise TodsumError(f"--only {item}: expected key=glob, such as --only target=taxi")
        if key not in known:
            raise unknown_name("key of --only", key, known)
        filters[key] = glob
    return filters
