"""The Python API: load a model once, summarize any number of dialogues with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import regex

from todsum.data.dialogues import speaker_pattern
from todsum.data.schema import Example, Slot, Turn
from todsum.data.views import show
from todsum.errors import TodsumError
from todsum.methods.base import Method
from todsum.summarizing.dialogue import Dialogue, from_value
from todsum.summarizing.finding import Found, find
from todsum.summarizing.losses import Loss, losses_of
from todsum.summarizing.opening import device_for, fingerprint, open_method
from todsum.summarizing.states import StateMode, choose, modes, summarize
from todsum.summarizing.windows import LOOK_AHEAD, in_order, windows

DialogueLike = str | Sequence[tuple[str, str]] | Sequence[Turn] | Example
StateLike = str | Sequence[Slot] | Sequence[tuple[str, str, str, str]]


@dataclass(frozen=True, slots=True)
class Summary:
    """A dialogue's summary.

    Attributes:
        id: of the dialogue; its number, from 1, where it has none.
        text: the summary, sentences separated by newlines where the method knows them.
        state: the predicted dialogue state as the model wrote it, where states are predicted.
        losses: what was lost on the way: a ``source``, ``query`` or ``state`` that was cut to length, an ``output``
            that ended at the length limit, a summary that is ``empty`` or a ``loop``; and of a predicted state a
            ``tracked_source``, a ``state_output``, an ``unparsed_state``; and half a character, a ``surrogate``.
        doubtful: lines of the dialogue that look like a new speaker and were read as part of the turn before.
        left_out: how many of its lines, messages and parts nobody says: notices, pictures, tools.
    """

    id: str
    text: str
    state: str | None = None
    losses: tuple[Loss, ...] = ()
    doubtful: tuple[str, ...] = ()
    left_out: int = 0


def load(
    model: str | Path, device: str = "auto", *, state: StateMode | None = None, beams: int | None = None
) -> LoadedModel:
    """Loads a model, to summarize dialogues with it.

    >>> import todsum
    >>> model = todsum.load("lead-3")
    >>> model.summarize([[("user", "A taxi to Ely, please."), ("agent", "It is booked.")]])
    ['A taxi to Ely, please.\\nIt is booked.']

    A trained model is a folder or a hub id. One that reads dialogue states takes them beside the dialogues, in the
    notation of TODSum's authors or as slots; one that predicts them needs none::

        model = todsum.load("runs/todsum/in-domain/all/state-aware/1-53bc0ca0")
        model.summarize(
            ["user: i need a taxi to ely at 17:15\\nagent: it is booked"],
            states=["taxi inform ( destination = ely ; leaveAt = 17:15 )"],
        )

    Args:
        model: a finished cell's folder in a run directory, a folder above exactly one such cell, a folder that
            ``todsum-bench models export`` wrote, the hub id of one, or the name of a method that learns nothing.
        device: ``auto`` (a GPU where there is one), ``cpu``, ``cuda``, ``cuda:1`` …
        state: where dialogue states come from: ``given``, ``predicted`` or ``none``. By default what the model was
            tested with.
        beams: of the search, in place of the model's own; 1 is greedy.

    Raises:
        TodsumError: there is no such model, it can't be loaded here or with these options, or it holds code or
            pickled weights.
    """
    found = find(str(model))
    device = device_for(found, device)
    method = open_method(found, device, beams)
    return LoadedModel(found, method, device, choose(method, found.name, state), explicit=state is not None)


class LoadedModel:
    """A model that summarizes; made by :func:`load`.

    Attributes:
        name: as it was asked for.
        device: that it computes on.
        state: where dialogue states come from: ``given``, ``predicted`` or ``none``.
        batch_size: dialogues at a time, unless told otherwise.
    """

    def __init__(self, found: Found, method: Method[Any], device: str, state: StateMode, explicit: bool) -> None:
        self.name = found.name
        self.device = device
        self.state: StateMode = state
        self.batch_size = max(1, method.batch_size)
        self._found, self._method, self._explicit = found, method, explicit

    def summarize(
        self,
        dialogues: Iterable[DialogueLike],
        states: Iterable[StateLike] | None = None,
        queries: Iterable[str] | None = None,
        batch_size: int | None = None,
        speakers: str | None = None,
    ) -> list[str]:
        """The summary of each dialogue, in order.

        Args:
            dialogues: each is text with a turn a line (``Speaker: text``), a list of (speaker, text), or an
                :class:`~todsum.data.schema.Example`, whose own state and query are then read.
            states: the state of each dialogue: text such as ``taxi inform ( leaveAt = 17:15 )``, or a list of slots
                (domain, intent, slot, value).
            queries: what each summary is to answer, for models that read a query.
            batch_size: dialogues at a time.
            speakers: a pattern for what begins a turn of a text, its one group the speaker, such as ``^\\[(\\w+)\\] ``;
                None recognises the layout.

        Raises:
            TodsumError: what was passed is no dialogue, or lacks the state or the query that the model reads; or the
                pattern is none with one group.
        """
        return [summary.text for summary in self.stream(dialogues, states, queries, batch_size, speakers)]

    def stream(
        self,
        dialogues: Iterable[DialogueLike],
        states: Iterable[StateLike] | None = None,
        queries: Iterable[str] | None = None,
        batch_size: int | None = None,
        speakers: str | None = None,
    ) -> Iterator[Summary]:
        """As :meth:`summarize`, one :class:`Summary` after the other, for any number of dialogues.

        ``dialogues`` may be a generator: a few batches are read ahead, no more is held in memory.
        """
        if isinstance(dialogues, str | bytes):
            raise TodsumError("summarize: pass a list of dialogues, not one alone")
        if states is not None and self.state != "given":
            if self._explicit or "given" not in modes(self._method):
                raise TodsumError(f"{self.name}: reads no given states (state is {self.state}); leave states out")
            given = LoadedModel(self._found, self._method, self.device, "given", explicit=False)
            return given.stream(dialogues, states, queries, batch_size, speakers)
        size = self.batch_size if batch_size is None else batch_size
        if size < 1:
            raise TodsumError(f"batch_size {batch_size}: expected 1 or more")
        try:
            pattern = None if speakers is None else speaker_pattern(speakers)
        except ValueError as error:
            raise TodsumError(str(error)) from error
        read = _dialogues(dialogues, states, queries, pattern)
        return (summary for batch in self.batches(read, size) for summary in batch)

    def batches(self, dialogues: Iterable[Dialogue], size: int, done: int = 0) -> Iterator[list[Summary]]:
        """Summaries as they are made, in order, in lists that are not empty.

        Args:
            dialogues: what is summarized; of those that are wrong an error is raised, after the summaries of the ones
                before them.
            size: dialogues at a time. The same size gives the same batches.
            done: how many summaries at the beginning are not needed again.
        """
        span = size * LOOK_AHEAD if size > 1 else 1
        for window in windows(map(self.prepared, dialogues), span):
            yield from in_order(window, size, self._write, min(done, len(window)), self._method.sorts_by_length)
            done = max(0, done - len(window))

    def prepared(self, dialogue: Dialogue) -> Dialogue:
        """A dialogue as the method is shown it.

        Raises:
            TodsumError: it lacks the state or the query that the method reads.
        """
        example = dialogue.example
        if self.state == "given" and not dialogue.has_state:
            others = [mode for mode in modes(self._method) if mode != "given"]
            instead = f", or use state {' or '.join(others)}" if others else ""
            raise TodsumError(f"{dialogue.where}: no state, and {self.name} reads one: give it{instead}")
        if self.reads_query and example.query is None:
            raise TodsumError(f"{dialogue.where}: no query, and {self.name} reads one: give it")
        (shown,), _ = show([example if self.state == "given" else replace(example, state=())], self._found.how)
        return replace(dialogue, example=shown)

    @property
    def reads_query(self) -> bool:
        """Whether it summarizes what a query asks for."""
        return self._method.needs_query

    @property
    def identity(self) -> str:
        """A checksum of all that it has learnt or was set to."""
        return fingerprint(self._found)

    def _write(self, dialogues: Sequence[Dialogue]) -> list[Summary]:
        examples = [dialogue.example for dialogue in dialogues]
        texts, states = summarize(self._method, self.state, examples)
        written: Sequence[str | None] = states or [None] * len(texts)
        return [
            Summary(
                dialogue.example.id,
                str(text),
                None if state is None else str(state),
                losses_of(text, state),
                dialogue.doubtful,
                dialogue.left_out,
            )
            for dialogue, text, state in zip(dialogues, texts, written, strict=True)
        ]


def _dialogues(
    dialogues: Iterable[DialogueLike],
    states: Iterable[StateLike] | None,
    queries: Iterable[str] | None,
    speakers: regex.Pattern[str] | None,
) -> Iterator[Dialogue]:
    others = {"states": states, "queries": queries}
    beside = {name: iter(values) for name, values in others.items() if values is not None}
    number = 0
    for number, value in enumerate(dialogues, 1):
        own = {name: next(values, _END) for name, values in beside.items()}
        if _END in own.values():
            few = " and ".join(name for name, given in own.items() if given is _END)
            raise TodsumError(f"fewer {few} than dialogues: {number - 1}")
        query = own.get("queries")
        state = own.get("states")
        yield from_value(value, f"dialogue {number}", str(number), state, query, speakers)  # type: ignore[arg-type]
    for name, values in beside.items():
        if next(values, _END) is not _END:
            raise TodsumError(f"more {name} than dialogues, which are {number}")


_END = object()
