"""The value lists of ``consistency/ontology.json``."""

from __future__ import annotations

import re

from todsum.data.simulation.dialogues import Simulated
from todsum.data.simulation.ontology import DOMAINS, domain

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def published_name(name: str, intent: str, slot: str) -> str:
    """The published notation: ``restaurant-book people``, ``train-arrive by``, ``hotel-price range``."""
    words = _CAMEL.sub(" ", slot).lower().replace("pricerange", "price range")
    return f"{name}-{'book ' if intent == 'book' else ''}{words}"


class ValueLists:
    """Per domain and slot the values of the ontology, then those made up for the dialogues that are added."""

    def __init__(self) -> None:
        self._values: dict[str, dict[str, None]] = {
            published_name(name, slot.intent, slot.name): dict.fromkeys(slot.values)
            for name in DOMAINS
            for slot in domain(name).slots.values()
        }

    def add(self, dialogue: Simulated) -> None:
        """Take in the values of a dialogue's state."""
        for entry in dialogue.state:
            if entry.value:
                self._values[published_name(entry.domain, entry.intent, entry.slot)][entry.value] = None

    def lists(self) -> dict[str, list[str]]:
        """All values, in the order in which they came up."""
        return {name: list(values) for name, values in self._values.items()}
