"""Standard error of a score, or of a difference, from what varies over runs and over groups.

Runs (seeds) are nested in the method; groups are crossed with all runs. The mean squares of this two-way layout, as in
studies of several readers and cases (Obuchowski and Rockette, "Hypothesis testing of diagnostic accuracy for multiple
readers and multiple tests: an ANOVA approach with dependent observations", 1995), estimate variances of the mean score,
or of the difference of two, with S runs of a method and n groups:

- *seeds* s: the variance of the runs' scores, over S; of a difference, the sum of both methods';
- *groups* g: the variance over groups of the pull averaged over runs, or of the difference of two such, over n;
- *both* b: the variance of what runs and groups leave of the pulls, over S n; of a difference, the sum. It is within s
  and within g, so s + g counts it twice.

    V = max(s + max(g − b, 0), b / 2)

The part that groups add is not let below 0, as by Hillis ("A comparison of denominator degrees of freedom methods for
multiple observer ROC analysis", 2007). Nor is V below half of b, which is known best: a few seeds may have equal scores
by chance. Two-way clustering (Cameron, Gelbach and Miller, "Robust inference with multiway clustering", 2011) has the
same three terms.

    1 / df = (s / V)^c / f + g^(1 − e) h^(1 + e) / V² / (n − 1)

with h = max(g − b, 0), c = max(1, 2 − 5/(4f)) and e = min(1, 4/f − 1/2). f are the seeds' degrees of freedom: S − 1,
of a difference Welch's ("The generalization of 'Student's' problem when several different population variances are
involved", 1947). Two corrections to Satterthwaite's formula ("An approximate distribution of estimates of variance
components", 1946), which squares the parts, were found by simulation:

- Squaring s finds too much where three seeds weigh as much as many groups; the first power, with the caution of
  Cochran's weights ("Approximate significance levels of the Behrens–Fisher test", 1964), too little. c lies between,
  the nearer to 2 the better s is known.
- With a handful of groups, h² finds too much for ten seeds, and g² too little for three. e lies between.

With one run of each, df is n − 1, and the test is the paired t-test over groups; where groups do not differ, it is
Welch's over seeds. ``benchmarks/statistics`` measures how often the test errs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from todsum.stats.columns import Array
from todsum.stats.jackknife import Jackknife

ROUNDING = 1e-12  # what is below this share of the scores is what rounding adds to 0


def standard_error(methods: Sequence[Jackknife]) -> tuple[Array, Array]:
    """Standard errors and their degrees of freedom.

    Args:
        methods: one method's scores, or those of two to compare; the same groups and leading axes (one entry a score).

    Returns:
        Two arrays, the leading axes' shape: ``nan`` with one group only or where a pull is ``nan``; an error of 0 where
        nothing varies.
    """
    number = methods[0].pulls.shape[-1]
    shape = methods[0].scores.shape[:-1]
    if number < 2:
        return np.full(shape, np.nan), np.full(shape, np.nan)
    pulls = [one.pulls.mean(axis=-2) for one in methods]
    groups = (pulls[0] if len(pulls) == 1 else pulls[0] - pulls[1]).var(axis=-1, ddof=1) / number
    trained = [one for one in methods if one.scores.shape[-1] > 1]
    by_method = [(_seeds(one), one.scores.shape[-1] - 1) for one in trained]
    seeds, both = np.zeros(shape), np.zeros(shape)
    for (part, _), one in zip(by_method, trained, strict=True):
        seeds, both = seeds + part, both + _both(one)
    added = np.maximum(groups - both, 0.0)
    variance = np.maximum(seeds + added, both / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        freedom = seeds**2 / sum(part**2 / df for part, df in by_method) if trained else np.inf
        lean = np.fmin(1.0, 4 / freedom - 0.5)
        caution = np.fmax(1.0, 2 - 1.25 / freedom)
        share = np.where(seeds > 0, (seeds / variance) ** caution / freedom, 0.0)
        share = share + groups ** (1 - lean) * added ** (1 + lean) / variance**2 / (number - 1)
    most = (number - 1) * max(1, sum(df for _, df in by_method))
    df = 1 / np.maximum(share, 1 / most)
    largest = np.max([np.abs(one.scores).max(axis=-1) for one in methods], axis=0)
    none = variance <= (ROUNDING * largest) ** 2
    return np.where(none, 0.0, np.sqrt(variance)), np.where(none, number - 1.0, df)


def _seeds(method: Jackknife) -> Array:
    scores = method.scores
    return np.asarray(scores.var(axis=-1, ddof=1) / scores.shape[-1])


def _both(method: Jackknife) -> Array:
    pulls = method.pulls
    runs, groups = pulls.shape[-2:]
    left = pulls - pulls.mean(axis=-2, keepdims=True)
    left -= left.mean(axis=-1, keepdims=True)
    return np.asarray(np.square(left).sum(axis=(-2, -1)) / ((runs - 1) * (groups - 1) * runs * groups))
