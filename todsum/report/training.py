"""Which figures depend on a training run: one seed shows one trained model, not the method."""

from __future__ import annotations

from todsum.bench.result import Result
from todsum.report.table import Row

TRAINABLE = "trainable_parameters"


def trains(result: Result) -> bool:
    """Whether another seed could give other summaries.

    False for a method without training, for one that takes no step, and where the result says that it has no trainable
    parameters.
    """
    if result.spec.settings.get("max_steps") == 0:
        return False
    if TRAINABLE in result.facts:
        return result.facts[TRAINABLE] != 0
    return result.leak is not None


def is_trained(row: Row) -> bool:
    """Whether any finished cell of a row was trained."""
    return any(trains(cell.result) for cell in row.cells if cell.result is not None)


def is_one_model(row: Row, column: str) -> bool:
    """Whether a row's figure at a column is that of a single trained model."""
    entry = row.entries.get(column)
    return entry is not None and len(entry.seeds) == 1 and is_trained(row)
