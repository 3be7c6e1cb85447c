"""Parts of a test split that in-domain tables show beside the whole: domains, and official test sets if several."""

from __future__ import annotations

from functools import cache

from todsum.bench.result import Result
from todsum.data.lock import Lock, read_lock

LOCKED = ("todsum", "qmsum", "mts-dialog")


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
    return tuple(read_lock(name) for name in LOCKED)


@cache
def _order() -> dict[str, int]:
    names = [*(d for lock in _locks() for d in lock.domains), *(name for lock in _locks() for name in lock.test_sets)]
    return {name: place for place, name in enumerate(names)}
