"""An exported folder before it is published: is it whole, and may it be published?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from todsum.data.hub.card import CARD, UNKNOWN, read_header
from todsum.data.hub.export import SHARD_NAME, foreign_file
from todsum.errors import TodsumError
from todsum.hub import There


def files_to_push(folder: Path) -> list[Path]:
    """The files of a folder that ``data build`` wrote, the card last.

    Raises:
        TodsumError: it is none, holds something else, or lacks files or examples that its card names.
    """
    if not (folder / CARD).is_file():
        raise TodsumError(f"{folder}: no data set of `todsum-bench data build NAME --out {folder}`: no {CARD} in it")
    if (name := foreign_file(folder)) is not None:
        raise TodsumError(f"{folder}: {name} was not written by `todsum-bench data build`: it is not published")
    header = read_header(folder / CARD)
    counts = {
        (info["config_name"], split["name"]): split["num_examples"]
        for info in _listed(header["dataset_info"])
        for split in info["splits"]
    }
    for config in header["configs"]:
        for part in config["data_files"]:
            expected = counts[config["config_name"], part["split"]]
            if (found := _rows(sorted(folder.glob(part["path"])))) != expected:
                raise TodsumError(
                    f"{folder}: {part['path']} has {found} examples, the card says {expected}: build it again"
                )
    return [*sorted((folder / "data").rglob("*.parquet")), folder / CARD]


def check_rights(folder: Path, have_the_rights: bool) -> None:
    """Refuses data without a stated licence where the user has not said that they have the rights.

    Raises:
        TodsumError: names the option that says so.
    """
    if read_header(folder / CARD).get("license", UNKNOWN) == UNKNOWN and not have_the_rights:
        raise TodsumError(
            f"{folder}: no licence is stated for this data (see its {CARD}): publish it only if you have the rights, "
            "and say so with --i-have-the-rights"
        )


def earlier_shards(there: There) -> set[str]:
    """The data files of a repository that an earlier export wrote."""
    return {name for name in there.names if SHARD_NAME.fullmatch(name)}


def _listed(infos: Any) -> list[dict[str, Any]]:
    return infos if isinstance(infos, list) else [infos]


def _rows(files: list[Path]) -> int:
    import pyarrow.parquet

    try:
        return sum(pyarrow.parquet.read_metadata(file).num_rows for file in files)
    except (OSError, pyarrow.ArrowException) as error:
        raise TodsumError(f"{files[0].parent}: not Parquet: {error}: build it again") from error
