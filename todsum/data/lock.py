"""Lock files: what a published data set is (URL, revision, checksums, licence, counts)."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from todsum.files.json_files import read_model


class Lock(BaseModel):
    """A pinned source. ``benchmarks/data/<name>.lock.json`` holds one."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    name: str
    """Name of the data set."""
    url: str
    """Where its authors publish it."""
    archive: str
    """A zip of the pinned revision."""
    revision: str
    """Commit that the counts and checksums belong to."""
    licence: str
    """What the authors state."""
    citation: str
    """The paper."""
    domains: tuple[str, ...]
    """All domains, in the order of the tables."""
    targets: tuple[str, ...] = ()
    """The domains that settings test where a suite names none; empty for all. For data sets with domains too small to
    be tested."""
    test_sets: tuple[str, ...] = ()
    """What the ids of each official test set's examples begin with, where the test split has several."""
    counts: dict[str, int]
    """Examples a split (train, validation, test)."""
    details: dict[str, dict[str, str]] = {}
    """Finer counts a split, for readers and tests."""
    files: dict[str, str | None]
    """sha256 of each file; null where it is not known."""
    defects: tuple[str, ...] = ()
    """Known defects of the published data, kept as they are."""


def benchmarks_folder() -> Path:
    """The folder of suites and lock files: of the checkout, or of the installed package."""
    checkout = Path(__file__).resolve().parents[2] / "benchmarks"
    return checkout if checkout.is_dir() else Path(sys.prefix) / "share" / "todsum" / "benchmarks"


@cache
def read_lock(name: str) -> Lock:
    """The lock of a published data set (``todsum``, ``qmsum`` or ``mts-dialog``)."""
    return read_model(benchmarks_folder() / "data" / f"{name}.lock.json", Lock, 1 << 20)
