"""The card of a data set on the hub: a YAML header that loaders read, and text for people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from todsum.data.builder import SPLITS
from todsum.data.hub.configs import ALL, LOW_RESOURCE, HubData
from todsum.errors import TodsumError
from todsum.files.kinds import not_utf8
from todsum.files.plain import read_plain
from todsum.files.yaml_files import parse_yaml

CARD = "README.md"
MADE_HERE = "Fingerprint of the source: `"
UNKNOWN = "unknown"
#: The hub's names of licences.
LICENCES = {"MIT": "mit", "CC BY 4.0": "cc-by-4.0"}
MAX_BYTES = 1 << 22

#: Bytes in files and in memory, by config and split.
Sizes = Mapping[str, Mapping[str, tuple[int, int]]]


def card(data: HubData, sizes: Sizes) -> str:
    """The card's text.

    Args:
        data: the data set.
        sizes: of its configs and splits.
    """
    lock, manifest = data.built.facts.lock, data.built.facts.manifest
    header = yaml.safe_dump(_header(data, sizes), sort_keys=False, allow_unicode=True, width=1000).strip()
    defects = "\n".join(f"- {defect}" for defect in (() if manifest else lock.defects)) or "- none known"
    body = f"""
# {data.built.name}

{_origin(data)} Protocol: {data.protocol}. {MADE_HERE}{data.built.fingerprint}`.

```python
from datasets import load_dataset

load_dataset(PATH_OR_ID)  # the config "{ALL}"
load_dataset(PATH_OR_ID, "{data.built.domains[0]}")
```

## Configs

{_counts(data)}

{_about_configs(data)}

## Columns

`id`, `dataset`, `group` (what to resample together), `domains`, `turns` (speaker, text), `query`, `evidence` (indices
of the turns that answer the query), `state` (domain, intent, slot, value; in order), `summary` (sentences).

## Licence

{_licence(data)}

## Citation

{f"Simulated data: cite the suite. The data set that it stands in for: {lock.citation}." if manifest else lock.citation}

## Known defects

Of the published data, kept as they are:

{defects}
"""
    return f"---\n{header}\n---\n{body}"


def read_header(path: Path) -> dict[str, Any]:
    """The YAML header of a card, as the hub's library finds it; empty where there is no card or no header.

    Raises:
        TodsumError: the header can't be read.
    """
    from huggingface_hub.repocard import REGEX_YAML_BLOCK

    if not path.exists():
        return {}
    raw = read_plain(path, MAX_BYTES)
    try:
        block = REGEX_YAML_BLOCK.search(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise TodsumError(f"{path}: {not_utf8(raw[:64], error)}") from error
    if block is None and raw.startswith(b"\xef\xbb\xbf---"):
        raise TodsumError(f"{path}: starts with a byte order mark, so that its header is not read: save it without one")
    if block is None:
        return {}
    try:
        header = parse_yaml(block[2])
    except ValueError as error:
        raise TodsumError(f"{path}: its header is broken YAML: {error}") from error
    return header if isinstance(header, dict) else {}


def _header(data: HubData, sizes: Sizes) -> dict[str, Any]:
    from datasets import DatasetInfo, SplitDict, SplitInfo
    from datasets.info import DatasetInfosDict
    from huggingface_hub import DatasetCardData

    from todsum.data.schema import features

    lock, manifest = data.built.facts.lock, data.built.facts.manifest
    infos, configs = DatasetInfosDict(), []
    for config, parts in data.configs.items():
        splits = SplitDict()
        for split, content in parts.items():
            splits.add(SplitInfo(split, num_bytes=sizes[config][split][1], num_examples=len(content.rows)))
        in_files, in_memory = (sum(size[i] for size in sizes[config].values()) for i in (0, 1))
        infos[config] = DatasetInfo(features=features(), splits=splits, download_size=in_files, dataset_size=in_memory)
        files = [{"split": split, "path": f"data/{part.stored}/{split}-*.parquet"} for split, part in parts.items()]
        configs.append({"config_name": config, **({"default": True} if config == ALL else {}), "data_files": files})
    infos.to_dataset_card_data(shown := DatasetCardData())
    return {
        "pretty_name": data.built.name,
        "license": UNKNOWN if manifest else LICENCES.get(lock.licence, UNKNOWN),
        "language": ["en"],
        "task_categories": ["summarization"],
        "tags": ["dialogue-summarization"],
        "configs": configs,
        "dataset_info": shown["dataset_info"],
    }


def _origin(data: HubData) -> str:
    built, lock, manifest = data.built, data.built.facts.lock, data.built.facts.manifest
    if manifest:
        return f"Simulated dialogues (simulator version {manifest.simulator}, seed {manifest.seed}), not {lock.name}."
    state = "the pinned revision" if built.pinned else "files that differ from the pinned revision"
    return f"From {lock.url}, revision {lock.revision} ({state})."


def _licence(data: HubData) -> str:
    lock = data.built.facts.lock
    if data.built.facts.manifest:
        return "None stated for this simulation."
    if lock.licence in LICENCES:
        return f"{lock.licence}, as its authors state."
    return f"The authors of {lock.name} state no licence: {lock.licence}. Publish it only if you have the rights."


def _counts(data: HubData) -> str:
    lines = [f"| config | {' | '.join(SPLITS)} |", f"|---|{'---|' * len(SPLITS)}"]
    for config in data.configs:
        lines.append(f"| {config} | {' | '.join(str(data.count(config, split)) for split in SPLITS)} |")
    return "\n".join(lines)


def _about_configs(data: HubData) -> str:
    lines = [
        f"`{ALL}` is the default. A domain's config holds the examples that name the domain: one that names several is "
        "in several configs. A config loads from its own files alone."
    ]
    if data.protocol == LOW_RESOURCE:
        lines.append(
            f"There is no official training split here: `{ALL}` and the domains have validation and test only."
        )
    if LOW_RESOURCE in data.configs:
        train, validation = data.count(LOW_RESOURCE, "train"), data.count(LOW_RESOURCE, "validation")
        lines.append(
            f"`{LOW_RESOURCE}`: train and validation ({train}/{validation}) are cut from the official validation "
            f"split, shuffled with a fixed seed; test is the official one. Name it wherever you "
            "report results."
        )
    return "\n".join(lines)
