"""Summaries as JSON lines, or as plain text with a blank line between them, written as they are made."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Protocol

from todsum.errors import TodsumError
from todsum.files.writing import naming
from todsum.summarizing.dialogue import Dialogue
from todsum.summarizing.losses import SURROGATE
from todsum.summarizing.model import LoadedModel, Summary
from todsum.summarizing.reading import Format, Reader
from todsum.terminal import escaped

EMPTY = "(empty)"
"""Stands in plain text for a summary without words, so that the n-th block is of the n-th dialogue."""
_LINES, _NEVER = (".jsonl", ".ndjson", ".json"), (".gz", ".csv", ".tsv")


def form_of(out: Path | None, usual: Format) -> Format:
    """The format of an output: JSON lines where its name says so, else that of the input.

    Raises:
        TodsumError: its name says another one.
    """
    ending = "" if out is None else out.suffix.lower()
    if ending in _NEVER:
        raise TodsumError(f"{out}: summaries are written as JSON lines (.jsonl) or text, not as {ending}: rename it")
    return "jsonl" if ending in _LINES else usual


def rendered(summary: Summary, kind: Format, number: int) -> bytes:
    """A summary as it is written.

    Args:
        summary: the summary.
        kind: of the output.
        number: how many were written before it.
    """
    if kind == "jsonl":
        row = {"id": summary.id, "summary": summary.text}
        row |= {} if summary.state is None else {"state": summary.state}
        text = json.dumps(row, ensure_ascii=False) + "\n"
    else:
        lines = [line for line in summary.text.splitlines() if line.strip()]
        text = ("\n" if number else "") + "\n".join(lines or [EMPTY]) + "\n"
    return SURROGATE.sub("\ufffd", text).encode()


class Target(Protocol):
    """Where summaries go: a pipe, or a :class:`~todsum.summarizing.progress_file.OutFile`."""

    done: int
    """How many are there already."""

    @property
    def losses(self) -> Mapping[str, int]:
        """How many of all summaries lost what, those that were there already included."""

    def read(self, dialogues: Iterable[Dialogue]) -> Iterator[Dialogue]:
        """Sees the dialogues as they are read."""

    def append(self, texts: Iterable[bytes], losses: Iterable[str]) -> None:
        """Takes the summaries of the next ones, and what they lost."""

    def finish(self) -> None:
        """Is told that these were all."""


class Pipe:
    """Standard output, or any stream: nothing is there already.

    Args:
        stream: takes the summaries.
        escapes: whether control characters are written out, as for a terminal.
    """

    done = 0

    def __init__(self, stream: BinaryIO, escapes: bool = False) -> None:
        self._stream = stream
        self._escapes = escapes
        self.losses = Counter[str]()

    def read(self, dialogues: Iterable[Dialogue]) -> Iterator[Dialogue]:
        """The dialogues, as they are."""
        return iter(dialogues)

    def append(self, texts: Iterable[bytes], losses: Iterable[str]) -> None:
        """Writes them at once."""
        self.losses.update(losses)
        text = b"".join(texts)
        with naming(Path("standard output")):
            self._stream.write(escaped(text.decode()).encode() if self._escapes else text)
            self._stream.flush()

    def finish(self) -> None:
        """Nothing to do."""


def write_summaries(
    model: LoadedModel,
    reader: Reader,
    target: Target,
    batch_size: int | None = None,
    query: str | None = None,
    form: Format | None = None,
    told: Callable[[int], None] = lambda count: None,
) -> int:
    """Summarizes all that a reader gives, in its order; returns how many dialogues that were.

    Args:
        model: what summarizes.
        reader: the dialogues.
        target: where the summaries go.
        batch_size: dialogues at a time; by default the model's.
        query: of the dialogues that have none.
        form: of the summaries; by default the reader's.
        told: called with the number of summaries that are written so far.

    Raises:
        TodsumError: a dialogue is wrong; the summaries of those before it are written.
    """
    number = target.done
    asked = (_with_query(dialogue, query) for dialogue in target.read(reader))
    for batch in model.batches(asked, batch_size or model.batch_size, target.done):
        texts = [rendered(summary, form or reader.output, number + i) for i, summary in enumerate(batch)]
        target.append(texts, chain.from_iterable(summary.losses for summary in batch))
        number += len(batch)
        told(number)
    target.finish()
    return number


def _with_query(dialogue: Dialogue, query: str | None) -> Dialogue:
    if query is None or dialogue.example.query is not None:
        return dialogue
    return replace(dialogue, example=replace(dialogue.example, query=query))
