"""The manifest of simulated data, by which a builder knows it from published data."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from todsum.data.records import read_json
from todsum.data.sources import Source
from todsum.files.validation import validated

MANIFEST = "simulation.json"


class Manifest(BaseModel):
    """What a simulated source says of itself."""

    model_config = ConfigDict(frozen=True)

    simulator: int
    """Version of the simulator."""
    seed: int
    """Its seed."""
    domains: tuple[str, ...]
    """All domains that occur."""
    counts: dict[str, int]
    """Examples a split."""


def read_manifest(source: Source) -> Manifest | None:
    """The manifest of a simulated source, or None for published data."""
    if not source.has(MANIFEST):
        return None
    return validated(read_json(source, MANIFEST), Manifest, f"{source.label}/{MANIFEST}")
