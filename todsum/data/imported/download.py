"""A data set's files from the hub: Parquet, JSON and CSV alone, at one commit; never a script."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from todsum.data.hub.card import CARD, read_header
from todsum.data.imported.reference import Reference
from todsum.errors import TodsumError, unknown_name
from todsum.hub import NETWORK_ERRORS, OFFLINE, is_offline

SUFFIXES = (".parquet", ".json", ".jsonl", ".ndjson", ".csv", ".tsv")


@dataclass(frozen=True)
class Fetched:
    """The files of a data set on this machine.

    Attributes:
        folder: where they lie.
        commit: of the hub, None for a folder.
        config: the chosen config, None where the data set has only unnamed files.
        configs: all of them.
        header: of the card.
        data_files: patterns of the config's files by split; None where the card has none, and the files' names tell.
    """

    folder: Path
    commit: str | None
    config: str | None
    configs: tuple[str, ...]
    header: dict[str, Any]
    data_files: dict[str, list[str]] | None


def fetch(reference: Reference, config: str | None) -> Fetched:
    """The files of one config: in their folder, or downloaded from the hub (or taken from its cache).

    Args:
        reference: the data set.
        config: which config; None takes the default one.

    Raises:
        TodsumError: there is no such data set, revision or config; the hub can't be reached; or the card names files
            that lie outside of the data set.
    """
    if reference.folder is not None:
        if not reference.folder.is_dir():
            raise TodsumError(f"{reference}: no such folder")
        return _chosen(reference, reference.folder, None, config)
    folder = _snapshot(reference, [CARD])
    found = _chosen(reference, folder, folder.name, config)
    patterns = [f"*{suffix}" for suffix in SUFFIXES] if found.data_files is None else _all_text(found.data_files)
    _snapshot(Reference(reference.repository, folder.name, None), [CARD, *patterns])
    return found


def _snapshot(reference: Reference, patterns: list[str]) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )
    from huggingface_hub.utils.tqdm import disable_progress_bars

    if not sys.stderr.isatty():
        disable_progress_bars()
    try:
        folder = snapshot_download(
            str(reference.repository), repo_type="dataset", revision=reference.revision, allow_patterns=patterns
        )
    except HFValidationError as error:
        raise TodsumError(f"{str(reference)[:200]}: no possible name on the hub: {str(error)[:200]}") from error
    except RevisionNotFoundError as error:
        raise TodsumError(f"{reference}: the hub has no such revision of it") from error
    except RepositoryNotFoundError as error:
        raise TodsumError(f"{reference}: the hub has no such data set, or you may not read it: log in first") from error
    except LocalEntryNotFoundError as error:
        why = OFFLINE if is_offline() else "the hub can't be reached"
        raise TodsumError(f"{reference}: not in the cache, and {why}") from error
    except NETWORK_ERRORS as error:
        raise TodsumError(f"{reference}: can't be downloaded: {error}") from error
    return Path(folder)


def _chosen(reference: Reference, folder: Path, commit: str | None, config: str | None) -> Fetched:
    header = read_header(folder / CARD)
    listed = header.get("configs")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    configs = {str(entry.get("config_name", "default")): entry for entry in entries}
    for entry in entries:
        for pattern in _all_text(entry.get("data_files")) + _all_text(entry.get("data_dir")):
            if (
                "://" in pattern
                or "::" in pattern
                or pattern.startswith(("/", "~"))
                or ".." in PurePosixPath(pattern).parts
            ):
                raise TodsumError(f"{reference}: its card names files outside of it ({pattern}): that is never read")
    if config is not None and config not in configs:
        if configs:
            raise unknown_name(f"config of {reference}", config, configs)
        raise TodsumError(f"{reference}: it has no configs: leave config out")
    default = next((name for name, entry in configs.items() if entry.get("default") is True), None)
    default = (
        default or ("default" if "default" in configs else None) or (next(iter(configs)) if len(configs) == 1 else None)
    )
    if config is None and configs and default is None:
        raise TodsumError(f"{reference}: choose a config: {', '.join(configs)}")
    chosen = config or default
    return Fetched(folder, commit, chosen, tuple(configs), header, _data_files(header, chosen))


def _data_files(header: Mapping[str, Any], config: str | None) -> dict[str, list[str]] | None:
    """The patterns of a config's files by split; None where the card does not say, and names of files tell."""
    entries = header.get("configs") or []
    entry = next((e for e in entries if isinstance(e, dict) and str(e.get("config_name", "default")) == config), {})
    files = entry.get("data_files")
    if files is None or entry.get("data_dir"):
        return None
    found: dict[str, list[str]] = {}
    for one in files if isinstance(files, list) else [files]:
        split, paths = (one.get("split", "train"), one.get("path")) if isinstance(one, dict) else ("train", one)
        found.setdefault(str(split), []).extend(_all_text(paths))
    return found


def _all_text(value: Any) -> list[str]:
    """All texts inside of lists and mappings."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _all_text(inner)]
    return [text for inner in value for text in _all_text(inner)] if isinstance(value, list) else []
