"""What a method makes of the test examples: summaries and, where it predicts them, dialogue states."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from todsum import distributed
from todsum.bench.batches import BatchFile
from todsum.bench.store import CellStore
from todsum.data.schema import Example
from todsum.data.state import ReadState, read
from todsum.errors import TodsumError
from todsum.methods.base import Method
from todsum.methods.cuts import count_cuts
from todsum.metrics.base import Gold, golds_of
from todsum.metrics.odd_texts import ScoredTexts
from todsum.metrics.scoring import ExampleScores, default_metrics, score_examples
from todsum.written import cut_of


@dataclass(frozen=True)
class Outputs:
    """Texts by example id, in the order in which they were made.

    Attributes:
        summaries: the predictions.
        states: the predicted states as they were written, or None where none were predicted.
    """

    summaries: dict[str, str]
    states: dict[str, str] | None

    def cuts(self, facts: dict[str, Any]) -> dict[str, Any]:
        """The facts of a method that counts its cuts in training, with those in testing beside them."""
        told = _with_tests(facts, self.summaries)
        tracker = told.get("state_tracker")
        if self.states is not None and isinstance(tracker, dict):
            told["state_tracker"] = _with_tests(tracker, self.states)
        return told

    def odd_texts(self, examples: Iterable[Example]) -> ScoredTexts:
        """What is odd about the summaries, and about their references; ``examples`` as of :meth:`score`."""
        return ScoredTexts.of(list(self.summaries.values()), self._golds(examples))

    def notes(self) -> list[str]:
        """How many states could not be parsed, if any."""
        unparsed = sum(not read(text).parsed for text in (self.states or {}).values())
        if not unparsed:
            return []
        return [
            f"{unparsed} of {len(self.summaries)} predicted states could not be parsed; what could be read was used"
        ]

    def score(self, examples: Iterable[Example], workers: int | None = None) -> ExampleScores:
        """Figures of summaries and states, in the order of the outputs.

        Args:
            examples: those that the outputs were made of, and perhaps others.
            workers: processes that score; None takes all cores.
        """
        states = None if self.states is None else list(self.states.values())
        return score_texts(list(self.summaries.values()), states, self._golds(examples), workers)

    def _golds(self, examples: Iterable[Example]) -> list[Gold]:
        by_id = {example.id: example for example in examples}
        return golds_of([by_id[identity] for identity in self.summaries])


def score_texts(
    summaries: Sequence[str],
    states: Sequence[str] | None,
    golds: Sequence[Gold],
    workers: int | None = None,
    progress: Callable[[int], None] = lambda count: None,
) -> ExampleScores:
    """Figures of summaries and, where there are some, of predicted states; arguments as of :func:`score_examples`."""
    from todsum.metrics.state_tracking import StateTracking

    figures = score_examples(summaries, golds, default_metrics(), workers, progress)
    return figures if states is None else figures.beside(score_examples(states, golds, [StateTracking()], workers=1))


def make_outputs(method: Method[Any], tests: Sequence[Example], store: CellStore) -> Outputs:
    """Runs a method on the test examples, batch by batch; what is in the cell's files already is not made again.

    Which examples are a batch depends on the examples alone, so that it is the same batch after a kill.

    Raises:
        TodsumError: not one text came back for each example.
    """
    batches = _batches(method, tests)
    ordered = [tests[place] for batch in batches for place in batch]
    ids, parts = [example.id for example in ordered], _slices(batches)
    if not method.predicts_states:
        return Outputs(_write(store.predictions, ids, parts, lambda part: _rows(method.summarize(ordered[part]))), None)
    states = _write(store.states, ids, parts, lambda part: _state_rows(method.predict_states(ordered[part])))
    given = [read(text) for text in states.values()]
    summaries = _write(
        store.predictions, ids, parts, lambda part: _rows(method.summarize_with(ordered[part], given[part]))
    )
    return Outputs(summaries, states)


def read_outputs(method: Method[Any], ids: Sequence[str], store: CellStore) -> Outputs:
    """The outputs of a finished cell.

    Raises:
        TodsumError: they are not all there.
    """
    return Outputs(store.predictions.read_all(ids), store.states.read_all(ids) if method.predicts_states else None)


_Rows = list[dict[str, object]]
_MANY = {"summary": "summaries", "state": "states"}


def _rows(summaries: Sequence[str]) -> _Rows:
    if other := next((type(summary).__name__ for summary in summaries if not isinstance(summary, str)), None):
        raise TodsumError(f"summarize gave a {other} for a summary; it has to be text")
    return [{"summary": summary, **_cut(summary)} for summary in summaries]


def _state_rows(states: Sequence[ReadState]) -> _Rows:
    return [{"state": state.text, "parsed": state.parsed, **_cut(state.text)} for state in states]


def _cut(text: str) -> dict[str, list[str]]:
    return {"cut": list(cut)} if (cut := cut_of(text)) else {}


def _with_tests(facts: dict[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    if not isinstance(cut := facts.get("cut"), dict):
        return dict(facts)
    return facts | {"cut": cut | {"test": count_cuts(map(cut_of, texts.values()), "output")}}


def _batches(method: Method[Any], tests: Sequence[Example]) -> list[list[int]]:
    """Places of the examples of each batch."""
    batches = method.batches(tests)
    if sorted(place for batch in batches for place in batch) != list(range(len(tests))):
        raise TodsumError("the method's batches don't have each example once")
    return batches


def _slices(batches: Sequence[Sequence[int]]) -> list[slice]:
    """Where each batch lies when all stand one after the other."""
    ends = [0, *accumulate(map(len, batches))]
    return [slice(start, end) for start, end in pairwise(ends)]


def _write(
    file: BatchFile, ids: Sequence[str], parts: Sequence[slice], make: Callable[[slice], _Rows]
) -> dict[str, str]:
    """The file's texts by example id, those that it lacks made and appended first.

    Of several processes each makes every so many batches, and the main one writes them, in order.
    """
    start = len(distributed.from_main(_texts(file, ids, parts)))
    missing = [part for part in parts if part.stop > start]
    for turn in range(0, len(missing), distributed.count()):
        mine = missing[turn + distributed.index() :][:1]
        rows: _Rows = []
        for part in mine:
            batch = ids[part]
            made = make(part)
            if len(made) != len(batch):
                raise TodsumError(f"{len(made)} {_MANY[file.field]} came back for a batch of {len(batch)} examples")
            rows += [{"id": identity, **row} for identity, row in zip(batch, made, strict=True)]
        for written in distributed.gather(rows):
            if written and distributed.is_main():
                file.append(written)
    return dict(zip(ids, distributed.from_main(_texts(file, ids, parts)), strict=True))


def _texts(file: BatchFile, ids: Sequence[str], parts: Sequence[slice]) -> list[str]:
    """What is in the file, which is the main process's."""
    return file.read(ids, [part.stop for part in parts]) if distributed.is_main() else []
