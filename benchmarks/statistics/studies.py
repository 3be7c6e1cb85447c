"""The worlds that are simulated, at the variances of real cells."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from components import AVERAGE, SCORES, levels
from rivals import RIVALS
from worlds import Normal, Resampled, World


@dataclass(frozen=True)
class Study:
    """A world and what to try in it.

    Attributes:
        real: the variances are those of real cells: the bounds have to hold.
        untrained: the second method has one run only.
        rivals: the tests to try beside the chosen one.
        replications: at most so many, where a rival is slow.
    """

    world: World
    real: bool
    untrained: bool = False
    rivals: tuple[str, ...] = ("randomisation",)
    replications: int | None = None

    @property
    def name(self) -> str:
        """Of the world."""
        return self.world.name


def studies(components: Mapping[str, Any]) -> list[Study]:
    """All studies, the main one first."""
    return [*_normal(components), *_resampled(components), *_extreme(components)]


def _normal(components: Mapping[str, Any]) -> Iterator[Study]:
    for score, words in SCORES.items():
        at = levels(components, score)
        for level in ("median", "low", "high"):
            rest = at["both"], at["group"], at["difference"]
            yield Study(Normal(f"{words}, {level} seed variance", (at[level], at[level]), *rest), real=True)


def _resampled(components: Mapping[str, Any]) -> Iterator[Study]:
    for name, pool in components["effects"].items():
        dataset, _, target, score = name.split(" ")
        found = np.array(
            [
                one["seed"]
                for cell in components["cells"]
                if cell["score"] == score and cell["target"] != AVERAGE and cell["dataset"] == dataset
                for one in cell["systems"].values()
                if one["both"] > 0
            ]
        )
        words = "QMSum meetings" if dataset == "qmsum" else f"{target} dialogues"
        yield Study(Resampled.of(f"{SCORES[score]}, real {words}", pool, found), real=True)


def _extreme(components: Mapping[str, Any]) -> Iterator[Study]:
    """What real cells are less than, or not often: reported without bounds."""
    at = levels(components, "rouge1")
    rest = at["both"], at["group"], at["difference"]
    yield Study(Normal("R-1, no seed variance", (0.0, 0.0), *rest), real=False)
    yield Study(Normal("R-1, high against low seed variance", (at["high"], at["low"]), *rest), real=False)
    yield Study(Normal("R-1, one untrained run against seeds", (at["median"], math.nan), *rest), False, untrained=True)
    main = Normal("R-1, median seed variance, all tests", (at["median"],) * 2, *rest)
    yield Study(main, real=False, rivals=tuple(RIVALS), replications=4000)
