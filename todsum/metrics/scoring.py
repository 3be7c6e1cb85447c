"""Scores of many hypotheses at once, on every core, the same whatever the number of processes."""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from multiprocessing.context import BaseContext

from todsum.errors import TodsumError
from todsum.metrics.base import NAN, Gold, Metric

CHUNK = 32  # examples handed to a process at once
SMALL = 512  # fewer examples than this are scored faster than processes start

Columns = dict[str, list[float]]


@dataclass(frozen=True)
class ExampleScores:
    """Figures of every example.

    Attributes:
        n: how many examples there are.
        columns: figures by column, 0…1, in the order of the examples; ``nan`` where a metric does not apply to an
            example or is undefined for it.
        metrics: the metrics that apply to at least one example.
    """

    n: int
    columns: Columns
    metrics: tuple[Metric, ...]

    def beside(self, other: ExampleScores) -> ExampleScores:
        """These figures and others of the same examples, from other metrics."""
        if other.n != self.n:
            raise ValueError(f"figures of {self.n} and of {other.n} examples")
        return ExampleScores(self.n, self.columns | other.columns, self.metrics + other.metrics)

    def scores(self) -> dict[str, float]:
        """Corpus figures in 0…1: each metric's combination of its columns' plain means, undefined examples left out."""
        found: dict[str, float] = {}
        for metric in self.metrics:
            figures = metric.combine({name: _mean(self.columns[name]) for name in metric.columns})
            found.update({name: float(figure) for name, figure in figures.items()})
        return found

    def signatures(self) -> dict[str, str]:
        """What decides the figures, by metric."""
        return {metric.name: metric.signature() for metric in self.metrics}


def default_metrics() -> list[Metric]:
    """The metrics of summaries that every results table has, imported only now."""
    from todsum.metrics.consistency import Consistency
    from todsum.metrics.consistency_official import OfficialConsistency
    from todsum.metrics.rouge import Rouge

    return [Rouge(), OfficialConsistency(), Consistency()]


def all_metrics() -> list[Metric]:
    """The metrics of summaries, and those of predicted states."""
    from todsum.metrics.state_tracking import StateTracking

    return [*default_metrics(), StateTracking()]


@cache
def _signatures() -> dict[str, str]:
    return {metric.name: metric.signature() for metric in all_metrics()}


def is_outdated(signatures: Mapping[str, str]) -> bool:
    """Whether any of these metrics, by name, has another signature by now: what it scored is then scored again."""
    return any(_signatures().get(name) != signature for name, signature in signatures.items())


def score_examples(
    hypotheses: Sequence[str],
    golds: Sequence[Gold],
    metrics: Sequence[Metric],
    workers: int | None = None,
    progress: Callable[[int], None] = lambda count: None,
) -> ExampleScores:
    """Scores each hypothesis against its gold standard.

    Args:
        hypotheses: summaries, one an example.
        golds: gold standards, in the same order.
        metrics: what to compute; those that apply to no example are left out. They are sent to other processes, so
            they must be picklable. Their columns must differ.
        workers: processes to use; by default one for each core this process may use. Small inputs, and calls from
            inside another such process, stay in this one.
        progress: called with the number of examples done since the last call.

    Raises:
        ValueError: the lengths differ, or two metrics have a column of the same name.
        TodsumError: a process died.
    """
    if len(hypotheses) != len(golds):
        raise ValueError(f"{len(hypotheses)} hypotheses for {len(golds)} gold standards")
    used = tuple(metric for metric in metrics if any(metric.applies(gold) for gold in golds))
    names = [name for metric in used for name in metric.columns]
    if len(names) != len(set(names)):
        raise ValueError(f"metrics with a column of the same name: {', '.join(names)}")
    workers = workers or _cores()
    chunks = [(hypotheses[i : i + CHUNK], golds[i : i + CHUNK]) for i in range(0, len(golds), CHUNK)]
    in_process = workers == 1 or len(golds) < SMALL or multiprocessing.parent_process() is not None
    done = (_score_chunk(used, *chunk) for chunk in chunks) if in_process else _in_pool(used, chunks, workers)
    columns: Columns = {name: [] for name in names}
    for part, (texts, _) in zip(done, chunks, strict=True):
        for name in names:
            columns[name].extend(part[name])
        progress(len(texts))
    return ExampleScores(len(golds), columns, used)


def _cores() -> int:
    """Cores this process may use, where the system tells; else all there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _score_chunk(metrics: Sequence[Metric], hypotheses: Sequence[str], golds: Sequence[Gold]) -> Columns:
    columns: Columns = {name: [] for metric in metrics for name in metric.columns}
    for hypothesis, gold in zip(hypotheses, golds, strict=True):
        for metric in metrics:
            row = metric.score(hypothesis, gold) if metric.applies(gold) else dict.fromkeys(metric.columns, NAN)
            for name in metric.columns:
                columns[name].append(row[name])
    return columns


_Chunk = tuple[Sequence[str], Sequence[Gold]]


def _in_pool(metrics: Sequence[Metric], chunks: Sequence[_Chunk], workers: int) -> Iterator[Columns]:
    """The columns of each chunk, in order, from other processes."""
    count = min(workers, len(chunks))
    pool = ProcessPoolExecutor(count, _process_context(), initializer=_start, initargs=(tuple(metrics),))
    try:
        yield from pool.map(_score_in_worker, chunks)
    except BrokenProcessPool as error:
        raise TodsumError("a scoring process died (out of memory?): score with one worker") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _process_context() -> BaseContext:
    """How processes start. Never by forking the caller, which may hold threads (progress, torch) with locks.

    A fork server imports rouge-score once (3 s, for it imports all of nltk), for this call and later ones.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["rouge_score.tokenizers", __name__])
    return context


_metrics: tuple[Metric, ...] = ()


def _start(metrics: tuple[Metric, ...]) -> None:
    """Sets up a process of the pool: an interrupt is the parent's to handle, and a killed parent ends it."""
    global _metrics
    _metrics = metrics
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def _score_in_worker(chunk: _Chunk) -> Columns:
    return _score_chunk(_metrics, *chunk)


def _mean(values: Sequence[float]) -> float:
    defined = [value for value in values if not math.isnan(value)]
    return math.fsum(defined) / len(defined) if defined else NAN
