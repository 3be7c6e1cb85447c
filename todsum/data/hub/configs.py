"""The configs of a data set on the hub: ``all``, one a domain, and ``low-resource``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from datasets import Dataset

from todsum.data.builder import BuiltData, build

ALL = "all"
LOW_RESOURCE = "low-resource"
#: The splits of ``all`` where there is no training split: the low-resource protocol cuts one from the validation split.
WITHOUT_TRAIN = ("validation", "test")


@dataclass(frozen=True)
class Part:
    """One split of a config.

    Attributes:
        rows: its examples.
        stored: the config whose files hold them: of several configs with the same examples, the first.
    """

    rows: Dataset
    stored: str


@dataclass(frozen=True)
class HubData:
    """A data set as it is published.

    Attributes:
        built: the data set with its official splits, as far as they are there.
        protocol: what was chosen: without ``full`` there is no official training split.
        configs: the parts by config and split, ``all`` first; splits without examples are left out.
    """

    built: BuiltData
    protocol: str
    configs: Mapping[str, Mapping[str, Part]]

    def count(self, config: str, split: str) -> int:
        """How many examples a config has in a split."""
        part = self.configs[config].get(split)
        return len(part.rows) if part else 0


def hub_data(name: str, data: Path | None, protocol: str) -> HubData:
    """Builds a data set and its configs.

    A domain's config holds the examples that name the domain, in the order of ``all``: one that names several is in
    several configs. ``low-resource`` (TODSum) has train and validation cut from the official validation split, and the
    official test split.

    Args:
        name: as in :func:`todsum.data.builder.build`.
        data: the data folder; None downloads the pinned source.
        protocol: ``low-resource`` for those who have no training split; ``all`` then has validation and test only.

    Raises:
        TodsumError: as :func:`todsum.data.builder.build`.
    """
    if protocol == LOW_RESOURCE:
        low_resource: BuiltData | None = build(name, data, protocol)
        built = build(name, data, "full", WITHOUT_TRAIN)
    else:
        built = build(name, data, protocol)
        low_resource = build(name, data, LOW_RESOURCE) if built.name == "todsum" else None
    configs = {ALL: _parts(built, ALL)}
    configs |= {domain: _of_domain(built, domain) for domain in built.domains}
    if low_resource is not None:
        configs[LOW_RESOURCE] = _parts(low_resource, LOW_RESOURCE) | {"test": configs[ALL]["test"]}
    return HubData(built, protocol, configs)


def _parts(built: BuiltData, config: str) -> dict[str, Part]:
    return {str(split): Part(rows, config) for split, rows in built.splits.items() if len(rows)}


def _of_domain(built: BuiltData, domain: str) -> dict[str, Part]:
    parts = {}
    for split, rows in built.splits.items():
        chosen = [index for index, domains in enumerate(rows["domains"]) if domain in domains]
        if chosen:
            parts[str(split)] = Part(rows.select(chosen), domain)
    return parts
