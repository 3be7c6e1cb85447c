"""How sure a score is: intervals and tests over training runs and groups.

Everything works on *columns*: per-example figures by name (``nan`` where an example has none, left out of means) and a
``combine`` function that makes scores of the columns' means, on floats and element by element on arrays, as
:meth:`todsum.metrics.base.Metric.combine` does. Examples of one group (a meeting's queries) are not independent, so
groups are what varies. Nothing is scored again: the stored figures are summed up.
"""

from todsum.stats.bootstrap import bootstrap_interval
from todsum.stats.columns import Array, Columns, Combine, column_means, mean_and_deviation
from todsum.stats.multiple import holm
from todsum.stats.two_way import Interval, Test, compare_runs, score_intervals

__all__ = [
    "Array",
    "Columns",
    "Combine",
    "Interval",
    "Test",
    "bootstrap_interval",
    "column_means",
    "compare_runs",
    "holm",
    "mean_and_deviation",
    "score_intervals",
]
