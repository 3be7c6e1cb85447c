"""Which examples are rated: the same for every system, spread evenly over the target domains."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from todsum.errors import TodsumError
from todsum.human.systems import System
from todsum.report.table import ALL
from todsum.report.test_sets import part_order

EXAMPLES = 30
"""How many examples are drawn where nobody says."""


@dataclass(frozen=True)
class Drawn:
    """An example that was drawn for a domain, from the test of a target."""

    target: str
    domain: str
    example: str
    group: str


def draw(systems: Sequence[System], number: int | None, seed: int) -> list[Drawn]:
    """Draws examples: the domains take turns, each with a shuffle of its own, and no example is drawn twice.

    Args:
        systems: all tested on the same examples, which their table has checked.
        number: how many examples; None means 30, or all where there are fewer.
        seed: of the shuffles; the systems have no influence.

    Raises:
        TodsumError: there are fewer examples.
    """
    queues = _candidates(systems[0])
    there = len({drawn.example for queue in queues.values() for drawn in queue})
    if number is None:
        number = min(EXAMPLES, there)
    elif there < number:
        raise TodsumError(f"--examples {number}: only {there} test examples are there: pass that or less")
    for domain, queue in queues.items():
        random.Random(f"{seed} examples {domain}").shuffle(queue)
    chosen: dict[str, Drawn] = {}
    while len(chosen) < number:
        for queue in queues.values():
            while queue and queue[-1].example in chosen:
                queue.pop()
            if queue and len(chosen) < number:
                drawn = queue.pop()
                chosen[drawn.example] = drawn
    return list(chosen.values())


def _candidates(system: System) -> dict[str, list[Drawn]]:
    """By domain, sorted by id: the examples of each target or, where the whole test split is one, of each domain."""
    found: dict[str, list[Drawn]] = {}
    for target, cell in system.cells.items():
        assert cell.result is not None
        for example, group, domains in zip(cell.result.ids, cell.result.groups, cell.result.domains, strict=True):
            for domain in (domains or [ALL]) if target == ALL else [target]:
                found.setdefault(domain, []).append(Drawn(target, domain, example, group))
    return {domain: sorted(found[domain], key=lambda d: d.example) for domain in sorted(found, key=part_order)}
