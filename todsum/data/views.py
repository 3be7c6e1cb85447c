"""What of an example a method is shown: the view of its turns, with or without markers.

TODSum and MTS-Dialog have one view, ``dialogue``. QMSum has three:

* ``meeting``: the whole meeting (trained methods truncate it to their window);
* ``gold``: the turns of the annotated spans; a general query has none, its view is the whole meeting;
* ``located``: the text that the authors' locator found (``extracted_span/*.txt``). It is published for validation
  and test only: training examples are shown their gold spans. Pairs without such text are reported, never replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

from todsum.data.located import located_turns
from todsum.data.schema import Example, Turn
from todsum.errors import TodsumError
from todsum.garbage_collection import pause_gc

View = Literal["dialogue", "meeting", "gold", "located"]
VIEWS: dict[str, tuple[View, ...]] = {
    "todsum": ("dialogue",),
    "qmsum": ("meeting", "gold", "located"),
    "mts-dialog": ("dialogue",),
}

MARKERS = re.compile(r"\{(?:disfmarker|vocalsound|pause|gap|comment|nonvocalsound)\}")


@dataclass(frozen=True)
class Input:
    """How examples are shown. ``markers`` keeps QMSum's ``{vocalsound}`` and its like."""

    view: View
    markers: bool = False


def input_of(values: Mapping[str, str | bool]) -> Input:
    """How examples are shown, as a cell's spec has it.

    Raises:
        TodsumError: the spec does not say.
    """
    view, markers = values.get("view"), values.get("markers")
    if view not in get_args(View) or not isinstance(markers, bool):
        raise TodsumError(f"input should name a view ({', '.join(get_args(View))}) and markers (true or false)")
    return Input(view, markers)  # type: ignore[arg-type]


@pause_gc()
def show(
    examples: Iterable[Example], how: Input, located: dict[str, str] | None = None
) -> tuple[list[Example], list[str]]:
    """The examples as a method sees them, and the ids of those that have no such view.

    Args:
        examples: of one data set.
        how: the view.
        located: text by example id, from :func:`todsum.data.located.located_text`; None, as in training, shows gold
            spans in its place.
    """
    shown, missing = [], []
    for example in examples:
        turns = example.turns
        if how.view == "located" and located is not None:
            if example.id not in located:
                missing.append(example.id)
                continue
            turns = located_turns(located[example.id], turns)
        elif how.view in ("gold", "located") and example.evidence:
            turns = tuple(turns[i] for i in example.evidence)
        shown.append(replace(example, turns=tuple(turns if how.markers else map(without_markers, turns))))
    return shown, missing


def without_markers(turn: Turn) -> Turn:
    """The turn without transcription markers and the blanks that they leave."""
    text = MARKERS.sub(" ", turn.text) if "{" in turn.text else turn.text
    return Turn(turn.speaker, " ".join(text.split()))
