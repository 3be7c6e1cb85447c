"""The corrected consistency metric and its per-slot errors."""

from __future__ import annotations

from typing import ClassVar

from todsum.metrics.base import NAN, Gold, Metric, join_signature
from todsum.metrics.consistency.claims import Reader
from todsum.metrics.consistency.matching import Comparison, SlotError, compare, slot_errors
from todsum.metrics.consistency.slots import gold_slots
from todsum.metrics.consistency.vocabulary import fingerprint

VERSION = "2"


def comparison(hypothesis: str, gold: Gold) -> Comparison:
    """The claims of a text against the filled slots of the gold state."""
    slots = gold_slots(gold.state or ())
    return compare(Reader(gold.domains, slots).claims(hypothesis), slots)


def errors(hypothesis: str, gold: Gold) -> list[SlotError]:
    """What a text gets wrong, leaves out and invents, slot by slot."""
    return slot_errors(comparison(hypothesis, gold))


class Consistency(Metric):
    """Precision, recall and F1 of the claims of a text against the gold state, per example.

    ``consistency_open`` is no quality but a caution: the share of the agreed claims whose slot or domain the text
    leaves open, so that the state decided which one they fill.
    """

    name = "consistency"
    columns: ClassVar[tuple[str, ...]] = (
        "consistency_precision",
        "consistency_recall",
        "consistency_f1",
        "consistency_open",
    )
    scores: ClassVar[tuple[str, ...]] = columns

    def signature(self) -> str:
        """The version of the rules and a fingerprint of the vocabulary."""
        return join_signature(self.name, [("vocabulary", fingerprint()), ("v", VERSION)])

    def applies(self, gold: Gold) -> bool:
        """Needs a gold state."""
        return gold.state is not None

    def score(self, hypothesis: str, gold: Gold) -> dict[str, float]:
        """The figures of one text. Nothing stated of nothing is right (all 1); what is stated of an empty state is
        wrong (precision and F1 0, recall 1); nothing stated of a filled state is no credit (all 0). The open share is
        undefined where nothing agrees."""
        found = comparison(hypothesis, gold)
        agreed, stated = len(found.agreed), len(found.agreed) + len(found.excess)
        slots = len(found.agreed) + len(found.missing)
        precision = agreed / stated if stated else float(not slots)
        recall = agreed / slots if slots else 1.0
        f1 = 2 * agreed / (stated + slots) if stated + slots else 1.0
        open_share = sum(claim.open for claim, _ in found.agreed) / agreed if agreed else NAN
        return dict(zip(self.columns, (precision, recall, f1, open_share), strict=True))
