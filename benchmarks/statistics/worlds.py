"""Simulated results of two methods whose true scores are equal (and 0)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from todsum.stats.jackknife import Jackknife

Array = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Drawn:
    """Group means of two methods, shape (replications, runs, groups), and the groups' sizes (replications, groups)."""

    mine: Array
    other: Array
    sizes: Array | None = None


class World(Protocol):
    """Where results are drawn from."""

    @property
    def name(self) -> str:
        """In words."""

    def draw(self, rng: np.random.Generator, replications: int, runs: tuple[int, int], groups: int) -> Drawn:
        """Results of studies with so many runs of the two methods, and so many groups."""

    def error(self, runs: tuple[int, int], groups: int) -> float:
        """The true standard error of the difference of such a study."""


@dataclass(frozen=True)
class Normal:
    """Normal effects.

    Attributes:
        name: of the world.
        seed: variances over seeds, of the two methods; one with a variance of ``nan`` is untrained: one run stands for
            all.
        both: variance over seeds and groups together.
        group: variance over groups, of each method; difference: of the difference of the two.
    """

    name: str
    seed: tuple[float, float]
    both: float
    group: float
    difference: float

    def draw(self, rng: np.random.Generator, replications: int, runs: tuple[int, int], groups: int) -> Drawn:
        """Effects of groups, common to both methods and of each, of seeds, and of both together."""
        own = self.difference / 2
        common = math.sqrt(max(0.0, self.group - own)) * _normal(rng, replications, 1, groups)
        sides = []
        for number, variance in zip(runs, self.seed, strict=True):
            of_groups = common + math.sqrt(own) * _normal(rng, replications, 1, groups)
            if math.isnan(variance):
                sides.append(of_groups)
                continue
            side = math.sqrt(self.both) * _normal(rng, replications, number, groups)
            side += of_groups
            side += math.sqrt(variance) * _normal(rng, replications, number, 1)
            sides.append(side)
        return Drawn(*sides)

    def error(self, runs: tuple[int, int], groups: int) -> float:
        """From the variances."""
        total = self.difference / groups
        for number, variance in zip(runs, self.seed, strict=True):
            total += 0.0 if math.isnan(variance) else (variance + self.both / groups) / number
        return math.sqrt(total)


@dataclass(frozen=True, eq=False)
class Resampled:
    """Effects of groups drawn from real ones, with their tails, their skew and their sizes; seeds as in real cells.

    A drawn group brings the mean of its real runs (the same dialogue for both methods), and for each simulated run one
    of the real runs' deviations from it. The seeds' own effects are normal: three a cell don't tell more; each study's
    methods have the variance of two real systems, drawn anew.

    Attributes:
        name: of the world.
        effects: means by group, shape (2, groups); left: deviations of runs, shape (2, runs, groups); sizes: of groups.
        seeds: variances over seeds of the real systems.
    """

    name: str
    effects: Array
    left: Array
    sizes: Array
    seeds: Array

    @classmethod
    def of(cls, name: str, pool: Mapping[str, Any], seeds: Array) -> Resampled:
        """From what ``components`` keeps of a pair of systems; the true scores become 0."""
        means, sizes = np.array(pool["means"]), np.array(pool["sizes"], dtype=float)
        effects = means.mean(axis=1)
        left = (means - effects[:, None]) * math.sqrt(means.shape[1] / (means.shape[1] - 1))
        left -= left.mean(axis=2, keepdims=True)
        effects -= (effects * sizes).sum(axis=1, keepdims=True) / sizes.sum()
        return cls(name, effects, left, sizes, seeds)

    def draw(self, rng: np.random.Generator, replications: int, runs: tuple[int, int], groups: int) -> Drawn:
        """Groups with replacement, one of the real runs for each of the simulated."""
        picked = rng.integers(len(self.sizes), size=(replications, 1, groups))
        sides = []
        for side, number in enumerate(runs):
            run = rng.integers(self.left.shape[1], size=(replications, number, groups), dtype=np.int8)
            variance = rng.choice(self.seeds, size=(replications, 1, 1))
            drawn = self.effects[side][picked] + self.left[side][run, picked]
            sides.append(drawn + np.sqrt(variance) * _normal(rng, replications, number, 1))
        sizes = self.sizes[picked[:, 0]] if len(set(self.sizes)) > 1 else None
        return Drawn(sides[0], sides[1], sizes)

    def error(self, runs: tuple[int, int], groups: int) -> float:
        """From the pool's variances, weighted by the groups' sizes."""
        weights = self.sizes / self.sizes.mean()
        total = float(np.mean((weights * (self.effects[0] - self.effects[1])) ** 2)) / groups
        for side, number in enumerate(runs):
            both = float(np.mean(np.square(weights * self.left[side])))
            total += (float(self.seeds.mean()) + both / groups) / number
        return math.sqrt(total)


def jackknifed(means: Array, sizes: Array | None) -> Jackknife:
    """Scores and pulls of studies, as ``todsum.stats.jackknife`` makes them, all at once: shape (replications, …)."""
    if sizes is None:
        scores = means.mean(axis=-1, dtype=np.float64)
        return Jackknife(scores, means - scores[..., None].astype(means.dtype))
    sums, size = means * sizes[:, None], sizes[:, None]
    total, whole = sums.sum(axis=-1, keepdims=True), size.sum(axis=-1, keepdims=True)
    scores = total / whole
    return Jackknife(scores[..., 0], (means.shape[-1] - 1) * (scores - (total - sums) / (whole - size)))


def _normal(rng: np.random.Generator, *shape: int) -> Array:
    """Single precision: half the time, and rounding far below the noise."""
    return rng.standard_normal(shape, dtype=np.float32)  # type: ignore[return-value]
