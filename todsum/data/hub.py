"""A built data set as a folder for the hub: Parquet shards a split, and a card."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from todsum.data.builder import BuiltData
from todsum.errors import TodsumError
from todsum.progress import progress_bar

#: Examples a Parquet file; with 1,000,000 short dialogues a file has some 60 MB.
SHARD = 100_000
CARD = "README.md"


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
    try:
        _check_empty(out)
        shutil.rmtree(out / "data", ignore_errors=True)
        (out / "data").mkdir(parents=True)
        written = [file for split in built.splits for file in _write_split(built, str(split), out)]
        card = out / CARD
        card.write_text(_card(built), encoding="utf-8")
    except OSError as error:
        raise TodsumError(f"{error.filename or out}: can't write there: {error.strerror or error}") from error
    return [*written, card]


def _check_empty(out: Path) -> None:
    if not out.exists():
        return
    if foreign := sorted({path.name for path in out.iterdir()} - {CARD, "data"}):
        raise TodsumError(f"{out}: not empty ({foreign[0]}): pass a new folder")


def _write_split(built: BuiltData, split: str, out: Path) -> list[Path]:
    table = built.splits[split]
    count = max(1, -(-len(table) // SHARD))
    files = []
    with progress_bar(f"write {split}", len(table)) as advance:
        for index in range(count):
            rows = range(index * SHARD, min(len(table), (index + 1) * SHARD))
            file = out / "data" / f"{split}-{index:05}-of-{count:05}.parquet"
            table.select(rows).to_parquet(str(file))
            advance(len(rows))
            files.append(file)
    return files


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
