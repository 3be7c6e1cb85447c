"""Training examples with made-up values and domain names: what can be copied should not be learnt by heart.

Fine-tuning on few domains makes a model forget how to copy (the values of the training examples are soon known) and
write the sentences of the domains that it has seen. In a swapped copy neither helps.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from todsum.data import made_up
from todsum.data.schema import Example
from todsum.data.simulation.draw import Draw
from todsum.data.swaps import swapped

_TIME = re.compile(r"\d?\d:\d\d")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SAYS_NOTHING = ("none", "dontcare", "dont care", "do not care", "don't care", "not mentioned")
_KEPT = frozenset((*_DAYS, *_SAYS_NOTHING, "yes", "no", "free"))
"""Values that every domain shares, and those that say nothing."""


@dataclass(frozen=True)
class Augmentation:
    """How training examples are varied.

    Attributes:
        copies: swapped copies of each example, beside the example itself.
        values: the probability that a value of the state is made up in a copy, wherever it stands.
        domains: the probability that the name of a domain is.
    """

    copies: int
    values: float
    domains: float

    def __call__(self, examples: Sequence[Example], seed: int) -> list[Example]:
        """The examples, and then their copies; a function of the arguments alone."""
        copies = (
            self._copy(example, Draw("augmentation", seed, number, example.id))
            for number in range(self.copies)
            for example in examples
        )
        return [*examples, *copies]

    def _copy(self, example: Example, draw: Draw) -> Example:
        return swapped(example, dict(self._swaps(example, draw)))

    def _swaps(self, example: Example, draw: Draw) -> Iterator[tuple[str, str]]:
        taken: set[str] = set()
        for value in dict.fromkeys(entry.value.strip().lower() for entry in example.state):
            if not _can_be_swapped(value) or not draw.chance(self.values):
                continue
            make = made_up.clock if _TIME.fullmatch(value) else made_up.name
            yield value, made_up.distinct(lambda make=make: make(draw), taken)  # type: ignore[misc]
        for domain in example.domains:
            if draw.chance(self.domains):
                noun = made_up.distinct(lambda: made_up.word(draw), taken)
                yield f"{domain}s", f"{noun}s"
                yield domain, noun


def _can_be_swapped(value: str) -> bool:
    """Not where it is too short or too common to be told from other words: numbers, days, yes and no."""
    return len(value) > 2 and value not in _KEPT and not value.isdigit()
