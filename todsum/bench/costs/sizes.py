"""How much work a cell is: examples that it trains on, and that it tests."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from todsum.bench.cell import Cell
from todsum.bench.costs.measured import number, whole
from todsum.bench.grid_data import DataChoice
from todsum.bench.result import Spec


class Sizes:
    """Counts the examples of cells that have not been run, each place once.

    Looks at domains alone: the one or two percent that the leak check of :mod:`todsum.data.evaluation_settings` also
    refuses are counted in, because finding them takes seconds.
    """

    def __init__(self) -> None:
        self._domains: dict[tuple[DataChoice, str], list[list[str]]] = {}
        self._counted: dict[tuple[object, ...], tuple[int, int]] = {}

    def tests(self, cell: Cell) -> int:
        """How many examples the cell tests."""
        return self._counts(cell)[1]

    def trained(self, cell: Cell) -> int | None:
        """How many examples the cell trains on; None where its method needs no training split."""
        return self._counts(cell)[0] if cell.choice.training else None

    def _counts(self, cell: Cell) -> tuple[int, int]:
        spec = cell.spec
        single, shots = spec.setting_options.get("single_domain") is True, whole(spec.setting_options.get("k")) or 0
        place = (cell.choice, spec.setting, single, shots, spec.target, spec.source)
        if place not in self._counted:
            tests = _count(self._of(cell.choice, "test"), _tested(spec), None, single)
            train = self._of(cell.choice, "train") if cell.choice.training else []
            held_out = None if spec.setting == "in-domain" or spec.source == spec.target else spec.target
            self._counted[place] = (_count(train, spec.source, held_out, single) + shots, tests)
        return self._counted[place]

    def _of(self, choice: DataChoice, split: str) -> list[list[str]]:
        if (choice, split) not in self._domains:
            splits = choice.build().splits
            self._domains[choice, split] = list(splits[split]["domains"]) if split in splits else []
        return self._domains[choice, split]


def training_work(settings: Mapping[str, Any], examples: int | None) -> float | None:
    """Examples that training looks at, each as often as it does; None where nothing is trained."""
    if examples is None:
        return None
    epochs, batch = whole(settings.get("epochs")), whole(settings.get("batch_size"))
    if epochs is None or batch is None:
        return float(examples)
    copies = number(settings.get("swapped_copies")) or 0.0
    steps = float(epochs * math.ceil(examples * (1 + copies) / batch))
    most = number(settings.get("max_steps"))
    return batch * (steps if most is None else min(steps, most))


def _tested(spec: Spec) -> str | None:
    return None if spec.setting == "in-domain" else spec.target


def _count(rows: Iterable[list[str]], has: str | None, lacks: str | None, single: bool) -> int:
    return sum(
        (has is None or has in row) and (lacks is None or lacks not in row) and (not single or len(row) == 1)
        for row in rows
    )
