"""The figures of the speed benchmark and their limits, and whether these are met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

TIMES = "×"


@dataclass(frozen=True)
class Figure:
    """A figure of a part.

    Attributes:
        words: what it is.
        part: the key of the part's run.
        path: where it stands in what the part printed.
        unit: ``×`` for ratios; empty for yes or no.
        at_least, at_most: the limit, if there is one.
        scale: what the printed number is multiplied by.
    """

    words: str
    part: str
    path: str
    unit: str = TIMES
    at_least: float | None = None
    at_most: float | None = None
    scale: float = 1.0


@dataclass(frozen=True)
class Judged:
    """A figure that was looked up.

    Attributes:
        value: None where the part was not run, failed, or did not measure it.
        met: None where there is no value or no limit.
        commit: that it was measured at.
    """

    figure: Figure
    value: float | None
    met: bool | None
    commit: str | None

    @property
    def limit(self) -> str:
        """In words; empty where there is none."""
        figure = self.figure
        if figure.at_least is None and figure.at_most is None:
            return ""
        if not figure.unit:
            return "yes"
        sign, bound = ("≥", figure.at_least) if figure.at_least is not None else ("≤", figure.at_most)
        return f"{sign} {shown(bound, figure.unit)}"

    @property
    def verdict(self) -> str:
        """One or two words."""
        if self.value is None:
            return "not measured"
        return {True: "met", False: "NOT MET", None: ""}[self.met]

    def to_json(self) -> dict[str, Any]:
        """For the report."""
        kept = {key: value for key, value in asdict(self.figure).items() if key != "scale"}
        return kept | {"value": self.value, "verdict": self.verdict or "no limit", "commit": self.commit}


def shown(value: float | None, unit: str) -> str:
    """A figure as text, to three digits, or to the thousandth where it is near one."""
    if value is None:
        return "–"
    if not unit:
        return "yes" if value == 1 else "no" if value == 0 else f"{value:.1%}"
    digits = f"{value:,.0f}" if value >= 100 else f"{value:#.3g}" if value >= 1.095 else f"{value:.3f}"
    digits = digits.rstrip("0").rstrip(".") if "." in digits else digits
    return f"{digits}{unit}" if unit == TIMES else f"{digits} {unit}"


def _same(words: str, part: str, path: str) -> Figure:
    return Figure(words, part, path, "", at_least=1)


#: Limits are those of the issues that asked for them.
FIGURES = (
    Figure("Opening TODSum once it is built", "build", "todsum.ratio"),
    Figure("Opening QMSum once it is built", "build", "qmsum.ratio"),
    Figure("Peak memory of building simulated dialogues", "simulate", "build.peak_mib", "MiB", at_most=2048),
    Figure("ROUGE against rouge-score", "scoring", "rouge.ratio"),
    _same("ROUGE: the same figures as rouge-score", "scoring", "rouge.same_figures"),
    Figure("Scoring in two processes against one", "scoring", "ratio"),
    _same("Scoring in two processes: the same figures", "scoring", "same_figures"),
    Figure("R-L oracle against rouge-score for each candidate", "oracle", "ratio", at_least=15),
    _same("R-L oracle: the same picks", "oracle", "same_picks"),
    Figure("Training against Seq2SeqTrainer", "training", "ratio", at_least=2),
    _same("Training: the same loss in the end, within 3%", "training", "curves_agree"),
    Figure("Greedy generation against a loop", "generation", "greedy.ratio", at_least=3),
    Figure("… against a loop with the same threads", "generation", "greedy.ratio_same_threads"),
    _same("Greedy generation: the same summaries", "generation", "greedy.same_summaries"),
    Figure("Four beams against a loop", "generation", "beams_4.ratio", at_least=1.5),
    Figure("… against a loop with the same threads (beams)", "generation", "beams_4.ratio_same_threads"),
    _same("Four beams: the same summaries", "generation", "beams_4.same_summaries"),
    Figure("Start from words against 500 steps of fitting", "domain_prefix", "initialization.ratio", at_least=20),
    Figure("Forward pass with prefix, time against frozen", "domain_prefix", "forward.ratio", at_most=1.1),
    Figure("Greedy with prefix, time against frozen", "domain_prefix", "greedy.ratio", at_most=1.1),
    Figure("Baked prefix of BART-large's shape", "domain_prefix", "baked.bytes", "MB", at_most=4, scale=1e-6),
    Figure("Two workers against one", "workers", "two_workers_ratio", at_least=1.7),
    _same("Any number of workers: the same results", "workers", "same_results"),
    Figure("Overhead of a cell, at most", "cells", "most_overhead_ms", "ms", at_most=50),
    Figure("Overhead of a cell among 10,000 against 1,000", "cells", "growth", at_most=1.2),
    Figure("Running 1,000 finished cells again", "cells", "again_seconds_of_1000", "s", at_most=3),
    Figure("Building the leaderboard's pages", "pages", "build_seconds", "s", at_most=10),
    Figure("Opening the explorer, at most", "pages", "slowest_opening_ms", "ms", at_most=2000),
    Figure("The explorer's first page, at most", "pages", "largest_first_page_bytes", "MB", at_most=2, scale=1e-6),
    Figure("GPU: greedy generation against a loop", "generation-cuda", "greedy.ratio", at_least=20),
    _same("GPU: the same greedy summaries", "generation-cuda", "greedy.same_summaries"),
    Figure("GPU: four beams against a loop", "generation-cuda", "beams_4.ratio"),
    Figure("GPU: training against Seq2SeqTrainer", "training-cuda", "ratio"),
    Figure("GPU: forward pass with prefix, time against frozen", "domain_prefix-cuda", "forward.ratio"),
    Figure("GPU: greedy with prefix, time against frozen", "domain_prefix-cuda", "greedy.ratio"),
    Figure("GPU: start from words against fitting", "domain_prefix-cuda", "initialization.ratio"),
    Figure("GPU: prefix in bf16 against fp32", "compiled-cuda", "prefix.bf16.ratio"),
    Figure("GPU: prefix in bf16, compiled, against fp32", "compiled-cuda", "prefix.bf16, compiled.ratio"),
    Figure("GPU: state-aware model in bf16 against fp32", "compiled-cuda", "state-aware.bf16.ratio"),
    Figure("GPU: state-aware model in bf16, compiled", "compiled-cuda", "state-aware.bf16, compiled.ratio"),
)


def judge(parts: Mapping[str, Mapping[str, Any]], figures: Sequence[Figure] = FIGURES) -> list[Judged]:
    """Looks figures up; one without limit is left out where it was not measured, one with a limit never is.

    Args:
        parts: the records of the report, by their keys.
        figures: to look up.
    """
    found = []
    for figure in figures:
        part = parts.get(figure.part, {})
        value = _look_up(part.get("result"), figure.path)
        if value is not None:
            value *= figure.scale
        limited = figure.at_least is not None or figure.at_most is not None
        if value is None and not limited:
            continue
        met = None
        if value is not None and limited:
            above = figure.at_least is None or value >= figure.at_least
            met = above and (figure.at_most is None or value <= figure.at_most)
        found.append(Judged(figure, value, met, part.get("commit")))
    return found


def as_text(judged: Sequence[Judged]) -> str:
    """A table to read, a line a figure."""
    rows = [("figure", "value", "limit", "")]
    rows += [(one.figure.words, shown(one.value, one.figure.unit), one.limit, one.verdict) for one in judged]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = (
        "  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[3]]) for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)


def _look_up(result: Any, path: str) -> float | None:
    for name in path.split("."):
        result = result.get(name) if isinstance(result, Mapping) else None
    return float(result) if isinstance(result, int | float) else None
