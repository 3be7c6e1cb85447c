"""A built data set as a folder for the hub: Parquet shards a split, and a card."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

import yaml

from todsum.data.builder import BuiltData
from todsum.errors import TodsumError
from todsum.progress import progress_bar

#: Examples a Parquet file; with 1,000,000 short dialogues a file has some 60 MB.
SHARD = 100_000
CARD = "README.md"
_SHARD_NAME = re.compile(r"data/(train|validation|test)-\d{5}-of-\d{5}\.parquet")
_MADE_HERE = "Fingerprint of the source: `"


def export(built: BuiltData, out: Path) -> list[Path]:
    """Writes ``data/<split>-00000-of-00001.parquet`` and the card, streaming.

    Args:
        built: the data set.
        out: a new or empty folder, or one that this function wrote.

    Returns:
        the files that were written.

    Raises:
        TodsumError: the folder holds something else, or can't be written.
    """
    check_out(out)
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        (part / "data").mkdir(parents=True)
        for split in built.splits:
            _write_split(built, str(split), part)
        (part / CARD).write_text(_card(built), encoding="utf-8")
        shutil.rmtree(out, ignore_errors=True)
        part.rename(out)
    except OSError as error:
        raise TodsumError(f"{error.filename or out}: can't write there: {error.strerror or error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return [*sorted((out / "data").iterdir()), out / CARD]


def check_out(out: Path) -> None:
    """Refuses a folder that can't be written, or that holds anything but what :func:`export` wrote.

    Raises:
        TodsumError: with the first file that is not ours.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
        for path in sorted(out.rglob("*")):
            name = path.relative_to(out).as_posix()
            ours = name == "data" or _SHARD_NAME.fullmatch(name)
            if not ours and not (name == CARD and _MADE_HERE in path.read_text(encoding="utf-8", errors="replace")):
                raise TodsumError(f"{out}: not empty ({name}): pass a new folder")
    except OSError as error:
        raise TodsumError(f"{error.filename or out}: can't write there: {error.strerror or error}") from error


def _write_split(built: BuiltData, split: str, out: Path) -> None:
    table = built.splits[split]
    count = max(1, -(-len(table) // SHARD))
    with progress_bar(f"write {split}", len(table)) as advance:
        for index in range(count):
            rows = range(index * SHARD, min(len(table), (index + 1) * SHARD))
            file = out / "data" / f"{split}-{index:05}-of-{count:05}.parquet"
            table.select(rows).to_parquet(str(file))
            advance(len(rows))


def _card(built: BuiltData) -> str:
    lock, manifest = built.facts.lock, built.facts.manifest
    header = {
        "pretty_name": built.name,
        "license": "mit" if lock.licence == "MIT" and not manifest else "unknown",
        "language": ["en"],
        "task_categories": ["summarization"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": str(split), "path": f"data/{split}-*.parquet"} for split in built.splits],
            }
        ],
    }
    counts = "\n".join(f"| {split} | {len(rows)} |" for split, rows in built.splits.items())
    defects = "\n".join(f"- {defect}" for defect in (() if manifest else lock.defects)) or "- none known"
    if manifest:
        origin = f"Simulated dialogues (simulator version {manifest.simulator}, seed {manifest.seed}), not {lock.name}."
    else:
        state = "the pinned revision" if built.pinned else "files that differ from the pinned revision"
        origin = f"From {lock.url}, revision {lock.revision} ({state}). Licence: {lock.licence}. {lock.citation}."
    return f"""---
{yaml.safe_dump(header, sort_keys=False).strip()}
---

# {built.name}

{origin}

Protocol: {built.protocol}. Fingerprint of the source: `{built.fingerprint}`.

| split | examples |
|---|---|
{counts}

Columns: `id`, `dataset`, `group` (what to resample together), `domains`, `turns` (speaker, text), `query`, `evidence`
(indices of the turns that answer the query), `state` (domain, intent, slot, value; in order), `summary` (sentences).

Known defects of the published data, kept as they are:

{defects}
"""
