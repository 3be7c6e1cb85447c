"""The examples that results are about, kept once for all cells of a table that share them, and subsets of them.

Subsets are shown beside the whole by in-domain tables: domains, and official test sets if there are several.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from todsum.bench.result import Result
from todsum.bench.suite import DATASETS
from todsum.data.lock import Lock, read_lock


def parts_of(result: Result) -> list[tuple[str, ...]]:
    """The domains and the official test set of each example of a result; no set where the data has one only."""
    sets = test_sets(result.spec.dataset)
    return [
        (*domains, *(name for name in sets if identity.startswith(f"{name}-")))
        for identity, domains in zip(result.ids, result.domains, strict=True)
    ]


def test_sets(dataset: str) -> tuple[str, ...]:
    """The official test sets of a data set that has several: what the ids of their examples begin with."""
    return next((lock.test_sets for lock in _locks() if lock.name == dataset), ())


def part_order(part: str) -> tuple[int, str]:
    """Sorts domains as their data sets list them, then test sets, then others by name."""
    known = _order()
    return (known.get(part, len(known)), part)


@cache
def _locks() -> tuple[Lock, ...]:
    return tuple(read_lock(name) for name in DATASETS)


@cache
def _order() -> dict[str, int]:
    names = [*(d for lock in _locks() for d in lock.domains), *(name for lock in _locks() for name in lock.test_sets)]
    return {name: place for place, name in enumerate(names)}


class Chosen(NamedTuple):
    """Some examples of a test set: their places in it, ids and groups."""

    rows: NDArray[np.intp]
    ids: tuple[str, ...]
    groups: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Tested:
    """A test set in the order of a result: one entry an example."""

    ids: tuple[str, ...]
    groups: tuple[str, ...]
    parts: tuple[tuple[str, ...], ...]
    _chosen: dict[tuple[Tested, str | None], Chosen] = field(default_factory=dict)

    def chosen(self, order: Tested, part: str | None) -> Chosen:
        """The examples of one domain or test set, or all, in the order of another result on the same examples."""
        if (order, part) not in self._chosen:
            place = {example: row for row, example in enumerate(self.ids)}
            rows = [place[example] for example in order.ids]
            rows = [row for row in rows if part is None or part in self.parts[row]]
            ids, groups = tuple(self.ids[row] for row in rows), tuple(self.groups[row] for row in rows)
            self._chosen[order, part] = Chosen(np.array(rows, dtype=np.intp), ids, groups)
        return self._chosen[order, part]


class TestSets:
    """The test sets seen so far."""

    __test__ = False  # a name for people, not for pytest

    def __init__(self) -> None:
        self._known: dict[object, Tested] = {}

    def of(self, result: Result) -> Tested:
        """A result's test set: the same object for results on the same examples in the same order."""
        content = (tuple(result.ids), tuple(result.groups), tuple(parts_of(result)))
        return self._known.setdefault(content, Tested(*content))
