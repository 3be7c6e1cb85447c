"""Predicts dialogue states: a backbone that is trained to write the linearised state of a dialogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from todsum.data.schema import Example
from todsum.data.state import ReadState, linearise, read
from todsum.methods.base import Context
from todsum.methods.layout import Layout
from todsum.methods.trained_settings import TrainedSettings
from todsum.methods.writer import Adapt, Reopen, Writer, load_checkpoint, unchanged
from todsum.training.texts import STATE_QUERY


class StateTracker:
    """Writes the state of a dialogue, greedily, and reads it back.

    It starts from the same backbone as the summarizer that it serves, sees the same training examples and no others,
    and is trained with the same settings. It is therefore the same for all methods that share those.

    Args:
        settings: the method's.
    """

    def __init__(self, settings: TrainedSettings) -> None:
        s = settings
        layout = Layout(
            prompt="query",
            structure="none",
            max_source=s.max_source_tokens,
            max_state=0,
            max_target=s.max_state_tokens,
            min_target=0,
            beams=1,
        )
        self._writer = Writer(s, layout)

    def fit(self, train: Sequence[Example], dev: Sequence[Example], context: Context, adapt: Adapt = unchanged) -> None:
        """Learns the gold states of the training examples; see :meth:`todsum.methods.writer.Writer.fit`."""
        log = context.log
        own = replace(context, log=lambda line: log(f"state tracker: {line}"))
        self._writer.fit(_with_states(train), _with_states(dev), own, name="tracker", shared=True, adapt=adapt)

    def predict(self, examples: Sequence[Example]) -> list[ReadState]:
        """The state of each dialogue: the text as written, and what could be read of it. Gold states are not read."""
        return [read(text) for text in self._writer.write([_asked(example) for example in examples])]

    def save(self, folder: Path) -> None:
        """Writes what :meth:`fit` learnt."""
        self._writer.save(folder)

    def load(self, folder: Path, context: Context, reopen: Reopen = load_checkpoint) -> None:
        """Reads what :meth:`save` wrote; see :meth:`todsum.methods.writer.Writer.load`.

        Raises:
            TodsumError: the folder is not one that :meth:`save` wrote, or the device can't be used.
        """
        self._writer.load(folder, context, reopen)

    @property
    def facts(self) -> dict[str, Any]:
        """Of its training."""
        return self._writer.facts


def _asked(example: Example) -> Example:
    """The example with the query for its state, and without that."""
    return replace(example, state=(), query=STATE_QUERY)


def _with_states(examples: Sequence[Example]) -> list[Example]:
    """The examples with their states in place of their summaries."""
    return [replace(_asked(example), summary=(linearise(example.state),)) for example in examples]
