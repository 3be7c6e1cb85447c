"""From ratings and key to means, intervals and agreement."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import krippendorff
import numpy as np
from numpy.typing import NDArray

from todsum import stats
from todsum.human.criteria import NAMES, CriterionName
from todsum.human.evaluation import Agreement, CriterionMean, HumanEvaluation, RaterCount, Ratings, SystemMeans
from todsum.human.key import Key, KeyItem

_DIGITS = 6  # far below the noise of resampling: the order of summation does not show


def evaluate(key: Key, ratings: Ratings) -> HumanEvaluation:
    """What follows from ratings of a sample's items; the same bytes for the same ratings.

    Args:
        key: of the sample.
        ratings: by rater and item; all items are the key's.
    """
    systems: dict[tuple[str, str], list[str]] = {}
    for item, where in sorted(key.items.items()):
        systems.setdefault((where.label, where.source or ""), []).append(item)
    ordered = {rater: dict(sorted(own.items())) for rater, own in sorted(ratings.items())}
    expected = len(key.items) * len(NAMES)
    given = {rater: sum(rating.given() for rating in own.values()) for rater, own in ordered.items()}
    return HumanEvaluation(
        systems=[_system(items, key.items, ordered) for _, items in sorted(systems.items())],
        agreement={name: _agreement(list(key.items), ordered, name) for name in NAMES},
        raters={rater: RaterCount(given=count, missing=expected - count) for rater, count in given.items()},
        key=key.model_copy(update={"items": dict(sorted(key.items.items()))}),
        ratings=ordered,
    )


def _system(items: Sequence[str], where: Mapping[str, KeyItem], ratings: Ratings) -> SystemMeans:
    """Means over all ratings of a system's items; an example's ratings are drawn with its group."""
    rated = [(item, own[item]) for own in ratings.values() for item in items if item in own]
    columns: dict[str, stats.Array] = {
        name: np.array([math.nan if (value := rating.value(name)) is None else value for _, rating in rated])
        for name in NAMES
    }
    groups = [where[item].group for item, _ in rated]
    means = stats.column_means(columns)
    intervals = stats.bootstrap_interval(columns, groups, lambda drawn: drawn) if rated else {}
    criteria: dict[CriterionName, CriterionMean] = {}
    for name in NAMES:
        defined = [place for place, value in enumerate(columns[name]) if not math.isnan(value)]
        several = len({groups[place] for place in defined}) > 1
        low, high = intervals[name] if several else (math.nan, math.nan)
        criteria[name] = CriterionMean(
            mean=_rounded(means[name]),
            low=_rounded(low),
            high=_rounded(high),
            ratings=len(defined),
            items=len({rated[place][0] for place in defined}),
        )
    first = where[items[0]]
    return SystemMeans(
        label=first.label,
        backbone=first.backbone,
        source=first.source,
        cells=sorted({where[item].cell for item in items}),
        criteria=criteria,
    )


def _agreement(items: Sequence[str], ratings: Ratings, name: CriterionName) -> Agreement:
    matrix = np.full((len(ratings), len(items)), math.nan)
    for row, own in enumerate(ratings.values()):
        for column, item in enumerate(items):
            if item in own and (value := own[item].value(name)) is not None:
                matrix[row, column] = value
    alpha, reason = ordinal_alpha(matrix)
    return Agreement(alpha=None if alpha is None else _rounded(alpha), reason=reason)


def _rounded(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), _DIGITS)


def ordinal_alpha(ratings: NDArray[np.float64]) -> tuple[float | None, str | None]:
    """Krippendorff's alpha (Krippendorff 2011, *Computing Krippendorff's Alpha-Reliability*).

    Args:
        ratings: shape (raters, items); ``nan`` where a rater gave none.

    Returns:
        alpha and None, or None and why it is undefined.
    """
    if (~np.isnan(ratings)).any(axis=1).sum() < 2:
        return None, "fewer than two raters"
    shared = ratings[:, (~np.isnan(ratings)).sum(axis=0) >= 2]
    if not shared.size:
        return None, "no item was rated twice"
    if len(np.unique(shared[~np.isnan(shared)])) < 2:
        return None, "all ratings are the same"
    return float(krippendorff.alpha(reliability_data=shared, level_of_measurement="ordinal")), None
