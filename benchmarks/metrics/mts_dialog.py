"""Do the suite's metrics see what people see? Their correlation with judgements of 400 summaries of MTS-Dialog.

    python benchmarks/metrics/mts_dialog.py --data DIR [--out FOLDER]

The authors' correlation study has four models' summaries of the 100 validation conversations, and judgements that rest
on facts counted by hand. Each metric that applies is computed against the reference and correlated with each judgement
over the 400 summaries: Pearson, as the study does, Spearman, and Kendall (tau-b). Intervals are 95% percentiles of a
bootstrap over conversations: the four summaries of one are drawn together.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from todsum.data.lock import read_lock
from todsum.data.records import read_csv
from todsum.data.sources import open_source
from todsum.errors import TodsumError
from todsum.metrics.base import Gold
from todsum.metrics.scoring import all_metrics
from todsum.sentences import split_sentences

NAME = "mts_dialog"
SUMMARIES = "Correlation-Study/MTS-Dialog-Automatic-Summaries-ValidationSet.csv"
JUDGEMENTS = "Correlation-Study/MTS-Dialog-Manual-Scores4CorrelationStudy.csv"
#: The columns of judgements, and what they are called here.
JUDGED = {
    "FactualPrecision": "factual precision",
    "FactualRecall": "factual recall",
    "FactualF1": "factual F1",
    "HallucinationRate": "hallucination rate",
    "OmissionRate": "omission rate",
    "Edit Distance (Correction)": "edit distance",
}
RESAMPLES = 1000

Array = NDArray[np.float64]
Coefficient = Callable[[Array, Array], float]

COEFFICIENTS: dict[str, Coefficient] = {
    "pearson": lambda mine, theirs: float(stats.pearsonr(mine, theirs).statistic),
    "spearman": lambda mine, theirs: float(stats.spearmanr(mine, theirs).statistic),
    "kendall": lambda mine, theirs: float(stats.kendalltau(mine, theirs).statistic),
}


@dataclass(frozen=True)
class Study:
    """The study's summaries, an entry each.

    Attributes:
        conversations: which one each summary is of.
        scores: figures in 0…1 by metric column.
        judgements: by name; ``nan`` where the published one is impossible.
        signatures: of the metrics.
        without: metrics that do not apply.
    """

    conversations: list[str]
    scores: dict[str, Array]
    judgements: dict[str, Array]
    signatures: dict[str, str]
    without: list[str]


def read_study(data: Path) -> Study:
    """Reads the study's files and scores its summaries.

    Raises:
        TodsumError: the files are not there, or not the pinned ones.
    """
    source, lock = open_source("mts-dialog", data), read_lock("mts-dialog")
    for name in (SUMMARIES, JUDGEMENTS):
        if source.sha256(name) != lock.files[name]:
            raise TodsumError(f"{source.label}/{name}: not the pinned file (sha256 differs)")
    rows, judged = list(read_csv(source, SUMMARIES).rows), list(read_csv(source, JUDGEMENTS).rows)
    golds = [Gold(summary=tuple(split_sentences(row["Reference Summary"]))) for row in rows]
    metrics = all_metrics()
    applying = [metric for metric in metrics if metric.applies(golds[0])]
    scores: dict[str, list[float]] = {}
    for row, gold in zip(rows, golds, strict=True):
        for metric in applying:
            for column, figure in metric.score(row["Automatic Summary"], gold).items():
                scores.setdefault(column, []).append(figure)
    judgements = {name: np.array([float(row[column]) for row in judged]) for column, name in JUDGED.items()}
    return Study(
        [row["ID"] for row in rows],
        {column: np.array(figures) for column, figures in scores.items()},
        {name: np.where(values < 0, np.nan, values) for name, values in judgements.items()},
        {metric.name: metric.signature() for metric in applying},
        [metric.name for metric in metrics if not metric.applies(golds[0])],
    )


def correlate(
    mine: Array, theirs: Array, groups: Sequence[str], coefficient: Coefficient, resamples: int = RESAMPLES
) -> dict[str, Any]:
    """A coefficient with its interval; summaries with an undefined figure are left out.

    Args:
        mine, theirs: a figure each a summary.
        groups: what is drawn together.
        coefficient: of two columns.
        resamples: of the bootstrap, which is seeded: the same groups are drawn for all columns.

    Returns:
        ``n``, ``value``, and ``ci95``: both ends of the interval.
    """
    known = ~(np.isnan(mine) | np.isnan(theirs))
    members = [
        np.array([row for row, own in enumerate(groups) if own == group and known[row]], dtype=np.intp)
        for group in dict.fromkeys(groups)
    ]

    def resampled(drawn: NDArray[np.intp]) -> float:
        rows = np.concatenate([members[group] for group in drawn])
        return coefficient(mine[rows], theirs[rows])

    found = stats.bootstrap(
        (np.arange(len(members)),),
        resampled,
        n_resamples=resamples,
        vectorized=False,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    value = coefficient(mine[known], theirs[known])
    return {"n": int(known.sum()), "value": value, "ci95": [float(found.low), float(found.high)]}


def measure(study: Study, resamples: int = RESAMPLES) -> dict[str, dict[str, dict[str, Any]]]:
    """Correlations by judgement, metric column and coefficient."""
    return {
        judgement: {
            column: {
                name: correlate(figures, values, study.conversations, coefficient, resamples)
                for name, coefficient in COEFFICIENTS.items()
            }
            for column, figures in study.scores.items()
        }
        for judgement, values in study.judgements.items()
    }


def markdown(found: Mapping[str, Mapping[str, Mapping[str, Mapping[str, Any]]]], study: Study) -> str:
    """The correlations as a table."""
    signatures = ", ".join(f"`{signature}`" for signature in study.signatures.values())
    lines = [
        f"Correlation over summaries with its 95% interval over {len(set(study.conversations))} conversations. "
        f"{signatures}",
        "",
        f"| judgement | n | metric | {' | '.join(name.capitalize() for name in COEFFICIENTS)} |",
        "|---|---:|---|" + "---:|" * len(COEFFICIENTS),
    ]
    for judgement, columns in found.items():
        for column, row in columns.items():
            texts = (f"{_text(one['value'])} ({' to '.join(map(_text, one['ci95']))})" for one in row.values())
            lines.append(f"| {judgement} | {row['pearson']['n']} | {column} | {' | '.join(texts)} |")
    lines += ["", f"Metrics that do not apply, since the data has no dialogue states: {', '.join(study.without)}."]
    return "\n".join(lines) + "\n"


def _text(value: float) -> str:
    return f"{value:+.3f}".replace("-", "−")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a folder with mts-dialog/ in it, as published")
    parser.add_argument("--out", type=Path, help="where the .json and .md go")
    arguments = parser.parse_args()
    study = read_study(arguments.data)
    found = measure(study)
    text = markdown(found, study)
    print(text)
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        content = {
            "conversations": len(set(study.conversations)),
            "resamples": RESAMPLES,
            "signatures": study.signatures,
            "without": study.without,
            "correlations": found,
        }
        (arguments.out / f"{NAME}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        (arguments.out / f"{NAME}.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
