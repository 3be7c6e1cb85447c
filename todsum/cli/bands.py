"""Scores that a suite expects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from todsum.bench.cell import Cell
    from todsum.bench.suite import Band


def bands_of(bands: Sequence[Band], cells: Sequence[Cell]) -> list[Band]:
    """Returns the expected ranges of scores of these cells, which are not all of a suite."""
    places = {(cell.spec.dataset, cell.spec.setting, cell.spec.target, cell.spec.label) for cell in cells}
    return [band for band in bands if band.place in places]


def leaves_band(bands: Sequence[Band], found: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yields a line for each expected range that a score is outside of, or that no score was found for."""
    for band in bands:
        figures = [
            entry["scores"][band.score]["mean"]
            for entry in found
            if (entry["dataset"], entry["setting"], entry["target"], entry["label"]) == band.place
            and band.score in entry["scores"]
        ]
        where = f"{'/'.join(band.place)} {band.score}"
        if not figures:
            yield f"{where}: no score, expected {band.low}–{band.high}"
        for figure in figures:
            if not band.low <= figure <= band.high:
                yield f"{where}: {figure:.2f} is outside of the expected {band.low}–{band.high}"
