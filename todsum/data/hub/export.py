"""A data set as a folder that is a hub data set: Parquet shards a config and split, and a card."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from todsum.console import progress_bar
from todsum.data.hub.card import CARD, MADE_HERE, card
from todsum.data.hub.configs import HubData, Part
from todsum.errors import TodsumError
from todsum.files.folders import DONE, PART, filling
from todsum.files.writing import check_writable, naming, unwritable, write_atomic

#: Examples a Parquet file; with 1,000,000 short dialogues a file has some 60 MB.
SHARD = 100_000
#: Without a config's folder: what earlier versions wrote.
SHARD_NAME = re.compile(r"data/(?:[^/]+/)?(?:train|validation|test)-\d{5}-of-\d{5}\.parquet")


@dataclass(frozen=True)
class Written:
    """What was written of a split: files, bytes in them, and bytes in memory."""

    files: tuple[Path, ...]
    file_bytes: int
    memory_bytes: int


def export(data: HubData, out: Path) -> list[Path]:
    """Writes ``data/<config>/<split>-00000-of-00001.parquet`` and the card, streaming.

    Loading a config reads its own files alone; examples of several configs are in the files of each, but those of a
    split that two configs share as a whole are stored once.

    Args:
        data: the data set.
        out: a new or empty folder, or one that this function wrote.

    Returns:
        the files that were written.

    Raises:
        TodsumError: the folder holds something else, or can't be written.
    """
    with filling(out, check=lambda: check_out(out), alone=True) as new:
        sizes = {
            (config, split): _write(content, new / "data" / config, split)
            for config, parts in data.configs.items()
            for split, content in parts.items()
            if content.stored == config
        }
        write_atomic(new / CARD, card(data, _sizes(data, sizes)), lasting=False)
    return [*sorted((out / "data").rglob("*.parquet")), out / CARD]


def check_out(out: Path) -> None:
    """Refuses a folder that can't be written, or that holds anything but what :func:`export` wrote.

    Raises:
        TodsumError: with the first file that is not ours.
    """
    check_writable(out)
    try:
        for name in _foreign_files(out):
            if name.split("/")[0] not in (PART, DONE):
                raise TodsumError(f"{out}: not empty ({name}): pass a new folder")
    except OSError as error:
        raise unwritable(out, error) from error


def foreign_file(folder: Path) -> str | None:
    """The first file of a folder that :func:`export` does not write, or None."""
    return next(_foreign_files(folder), None)


def _foreign_files(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name == CARD:
            ours = MADE_HERE in path.read_text(encoding="utf-8", errors="replace")
        else:
            ours = bool(SHARD_NAME.fullmatch(name)) or (path.is_dir() and name.split("/")[0] == "data")
        if not ours:
            yield name


def _write(content: Part, folder: Path, split: str) -> Written:
    rows = content.rows
    count = -(-len(rows) // SHARD)
    folder.mkdir(parents=True, exist_ok=True)
    files, memory = [], 0
    with progress_bar(f"write {folder.name} {split}", len(rows)) as advance:
        for index in range(count):
            chosen = range(index * SHARD, min(len(rows), (index + 1) * SHARD))
            file = folder / f"{split}-{index:05}-of-{count:05}.parquet"
            with naming(file):
                memory += rows.select(chosen).to_parquet(str(file))
            files.append(file)
            advance(len(chosen))
    return Written(tuple(files), sum(file.stat().st_size for file in files), memory)


def _sizes(data: HubData, written: Mapping[tuple[str, str], Written]) -> dict[str, dict[str, tuple[int, int]]]:
    """Bytes in files and in memory by config and split."""
    sizes = {}
    for config, parts in data.configs.items():
        found = {split: written[content.stored, split] for split, content in parts.items()}
        sizes[config] = {split: (one.file_bytes, one.memory_bytes) for split, one in found.items()}
    return sizes
