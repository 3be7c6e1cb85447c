"""How well dialogue states were predicted: joint goal accuracy and slot F1."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from todsum.data.schema import Slot
from todsum.data.state import read
from todsum.metrics.base import Gold, Metric, join_signature

UNFILLED = ("", "not mentioned")
_COUNTS = ("state_slots_correct", "state_slots_predicted", "state_slots_gold")


class StateTracking(Metric):
    """Compares predicted state texts with gold states, as sets of (domain, intent, slot, value).

    Joint goal accuracy, as Wu et al. (2019, TRADE, section 4) define it for MultiWOZ: the share of dialogues whose
    predicted set is the gold set, all of it. Here a dialogue has one state, its last. Slot precision, recall and F1 of
    the corpus are micro-averaged: right, predicted and gold entries are counted over all dialogues. Of one dialogue,
    they are 1 where both sets are empty, and 0 where one is.

    Entries are compared in lower case with white space squeezed; values that are empty or "not mentioned" are no
    entries. Of a text that can't be parsed counts what can be read (:func:`todsum.data.state.read`); ``state_unparsed``
    is the share of such texts.
    """

    name: ClassVar[str] = "state_tracking"
    columns: ClassVar[tuple[str, ...]] = (
        "state_joint_accuracy",
        "state_slot_precision",
        "state_slot_recall",
        "state_slot_f1",
        "state_unparsed",
        *_COUNTS,
    )
    scores: ClassVar[tuple[str, ...]] = columns[:5]

    def signature(self) -> str:
        """Version and the choices that move the figures."""
        return join_signature(self.name, [("v", "1"), ("case", "lower"), ("joint", "set"), ("slots", "micro")])

    def applies(self, gold: Gold) -> bool:
        """Needs a gold state."""
        return gold.state is not None

    def score(self, hypothesis: str, gold: Gold) -> dict[str, float]:
        """The figures and counts of one dialogue; the hypothesis is a state text."""
        if gold.state is None:
            raise ValueError("state tracking needs a gold state")
        state = read(hypothesis)
        found, wanted = entries(state.slots), entries(gold.state)
        counts = len(found & wanted), len(found), len(wanted)
        row = _prf(*counts) if found or wanted else (1.0, 1.0, 1.0)
        figures = (float(found == wanted), *map(float, row), float(not state.parsed), *map(float, counts))
        return dict(zip(self.columns, figures, strict=True))

    def combine(self, means: Mapping[str, Any]) -> dict[str, Any]:
        """Means of accuracy and unparsed texts; micro-averaged precision, recall and F1."""
        precision, recall, f1 = _prf(*(means[name] for name in _COUNTS))
        micro = {"state_slot_precision": precision, "state_slot_recall": recall, "state_slot_f1": f1}
        return {name: micro.get(name, means[name]) for name in self.scores}


def entries(state: Iterable[Slot]) -> frozenset[tuple[str, str, str, str]]:
    """A state as what is compared: normalised entries, unfilled ones left out."""
    words = ((e.domain, e.intent, e.slot, e.value) for e in state)
    plain = (tuple(" ".join(word.lower().split()) for word in entry) for entry in words)
    return frozenset((d, i, s, value) for d, i, s, value in plain if value not in UNFILLED)


def _prf(correct: Any, predicted: Any, gold: Any) -> tuple[Any, Any, Any]:
    """Precision, recall and F1 of counts (or mean counts), element by element; 0 where there is nothing to divide by.

    A nan stays one.
    """
    return _share(correct, predicted), _share(correct, gold), _share(2 * correct, predicted + gold)


def _share(part: Any, whole: Any) -> Any:
    return part / np.where(np.equal(whole, 0), 1, whole)
