"""A corrected factual-consistency metric for dialogue states, beside the official one of TODSum's authors.

A text is read as claims (domain, slot, value) and compared with the filled slots of the gold state; precision is the
share of claims that agree, recall the share of slots that are stated, F1 their harmonic mean, all per example.
"""

from __future__ import annotations

from todsum.metrics.consistency.matching import SlotError
from todsum.metrics.consistency.metric import Consistency, errors

__all__ = ["Consistency", "SlotError", "errors"]
