"""The gold dialogue state realised as sentences by rules: what a state alone is worth, without any model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from todsum.data.schema import Example
from todsum.data.state import INTENTS
from todsum.methods.base import Method, MethodSettings
from todsum.methods.state_sentences import booking_sentence, fact_sentence
from todsum.methods.state_values import EMPTY, INDIFFERENT

# Values that are passed over, as the published summaries do.
SILENT = EMPTY | INDIFFERENT

# Slots whose value brings up a domain in a dialogue. By these and the domain's own name, 720 of 745 validation
# dialogues get the order of domains that their summary has.
NAMING = frozenset({"name", "type", "food"})


class StateTemplate(Method[MethodSettings]):
    """Two sentences a domain, what is booked and what is known, in the order in which the dialogue comes to them.

    Worded by hand from TODSum's validation references, those of all five domains: it does not compete where the target
    domain is held out. :class:`todsum.methods.state_plain.StatePlain` does.
    """

    written_from_references: ClassVar[bool] = True
    reads_state = True

    def summarize(self, examples: Sequence[Example]) -> list[str]:
        """One summary an example, one sentence a line; empty where there is neither a domain nor a state."""
        return ["\n".join(_sentences(example)) for example in examples]


def _sentences(example: Example) -> Iterator[str]:
    slots = _filled(example)
    for domain in sorted(slots, key=lambda name: _first_turn(example, name, slots[name]["inform"])):
        yield booking_sentence(domain, slots[domain]["book"])
        if facts := fact_sentence(domain, slots[domain]["inform"]):
            yield facts


def _filled(example: Example) -> dict[str, dict[str, dict[str, str]]]:
    """The slots with a value, ``{domain: {intent: {slot: value}}}``, in the lower case of the summaries.

    Unlike the authors' ``dst_str``, a booking whose first slot is empty keeps the others.
    """
    slots: dict[str, dict[str, dict[str, str]]] = {domain: {i: {} for i in INTENTS} for domain in example.domains}
    for entry in example.state:
        value = " ".join(entry.value.lower().split())
        if value not in SILENT:
            slots.setdefault(entry.domain, {i: {} for i in INTENTS})[entry.intent][entry.slot] = value
    return slots


def _first_turn(example: Example, domain: str, slots: dict[str, str]) -> int:
    """Index of the first turn that names the domain, or what of it is wanted."""
    marks = [domain, *(value for slot, value in slots.items() if slot in NAMING)]
    for index, turn in enumerate(example.turns):
        if any(mark in turn.text.lower() for mark in marks):
            return index
    return len(example.turns)
