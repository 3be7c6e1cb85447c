"""What a summary lost on its way, counted over all and said in one line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from todsum.data.state import read
from todsum.metrics.loops import loops
from todsum.written import Lack, Part, cut_of, lack_of

Loss = Part | Lack | Literal["empty", "loop", "surrogate", "tracked_source", "state_output", "unparsed_state"]

SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a character, which has no encoding: what a broken answer may hold."""

_SAID: dict[Loss, str] = {
    "source": "of a dialogue that was cut to length",
    "query": "of a query that was cut to length",
    "state": "of a state that was cut to length",
    "output": "ended at the length limit",
    "refused": "empty, as the model refused",
    "filtered": "empty, as a filter took the answer",
    "too_long": "empty, as the dialogue is too long for the model",
    "empty": "empty",
    "loop": "repeating itself over and over",
    "surrogate": "with half of a surrogate pair, which is written as \ufffd",
    "tracked_source": "with the predicted state of a dialogue that was cut to length",
    "state_output": "with a predicted state that ended at the length limit",
    "unparsed_state": "with a predicted state that could not be parsed",
}


def losses_of(summary: str, state: str | None) -> tuple[Loss, ...]:
    """What a summary lost, and the predicted state that it was made of, if there is one."""
    found: list[Loss] = list(cut_of(summary))
    if not summary.strip():
        found.append(lack_of(summary) or "empty")
    elif loops(summary):
        found.append("loop")
    if SURROGATE.search(f"{summary}{state or ''}"):
        found.append("surrogate")
    if state is None:
        return tuple(found)
    its = cut_of(state)
    more: list[tuple[Loss, bool]] = [
        ("tracked_source", "source" in its),
        ("state_output", "output" in its),
        ("unparsed_state", not read(state).parsed),
    ]
    return (*found, *(loss for loss, lost in more if lost))


def losses_line(counts: Mapping[str, int], count: int) -> str | None:
    """``of 12 summaries: 3 of a dialogue that was cut to length, 1 empty``; None where nothing was lost.

    Args:
        counts: of summaries, by :data:`Loss`.
        count: of all summaries.
    """
    found = [f"{counts[loss]} {said}" for loss, said in _SAID.items() if counts.get(loss)]
    return f"of {count} {'summary' if count == 1 else 'summaries'}: {', '.join(found)}" if found else None
