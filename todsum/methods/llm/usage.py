"""What the answers of a cell took, over all processes that worked on it: a line an event, in the cell's work folder."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from todsum.files.writing import naming
from todsum.methods.llm.answer import Answer, Count, Lack

FILE = "answers.jsonl"
MAX_REASONS, MAX_REASON = 5, 300


@dataclass(frozen=True)
class About:
    """What an answer is about.

    Attributes:
        example: its id.
        cut: whether its source was cut to size.
        marked: whether what would be special tokens in it was made text.
    """

    example: str
    cut: bool = False
    marked: bool = False


class _Event(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: str
    kind: Literal["asked", "answered"]
    prompt_tokens: Count | None = None
    completion_tokens: Count | None = None
    truncated: bool = False
    empty: bool = False
    lack: Lack | None = None
    refused_in_words: bool = False
    reasoned: bool = False
    marked: bool = False
    garbled: bool = False
    cut: bool = False
    marked_dialogue: bool = False
    reason: str | None = None
    model: str | None = None


class UsageLog:
    """Notes what was asked before it is, and what was answered before the summaries are handed over.

    A cell that was killed and goes on thus counts each example once, and what an earlier process asked as asked.

    Args:
        folder: of the cell, for as long as it runs; without one nothing is written.
    """

    def __init__(self, folder: Path | None) -> None:
        self._path = None if folder is None else folder / FILE
        self._lock = threading.Lock()
        self._events = [] if self._path is None else list(_read(self._path))

    def asked(self, example: str) -> None:
        """The model is asked about an example next."""
        self._append([_Event(id=example, kind="asked")])

    def answered(self, asked: Sequence[About], answers: Sequence[Answer]) -> None:
        """The answers about these examples."""
        self._append(
            [
                _Event(
                    id=about.example,
                    kind="answered",
                    prompt_tokens=answer.prompt_tokens,
                    completion_tokens=answer.completion_tokens,
                    truncated=answer.truncated,
                    empty=not answer.summary,
                    lack=answer.lack,
                    refused_in_words=answer.refused_in_words,
                    reasoned=answer.reasoned,
                    marked=answer.marked,
                    garbled=answer.garbled,
                    cut=about.cut,
                    marked_dialogue=about.marked,
                    reason=answer.reason[:MAX_REASON] or None,
                    model=answer.model,
                )
                for about, answer in zip(asked, answers, strict=True)
            ]
        )

    def totals(self, price_prompt: float | None, price_completion: float | None) -> dict[str, Any]:
        """Sums over all examples.

        ``asked`` and ``cached`` count where answers came from. Tokens and cost are those of all answers, kept ones
        included: what the cell would take anew. They are None where a server did not count tokens, or a price is
        unknown. ``truncated`` counts answers cut at ``max_tokens``; ``empty`` those without a summary, of which some
        were ``refused`` (``refused_in_words`` of them told by their text alone), ``filtered``, or not made because the
        request was ``too_long``; ``reasoning_removed`` those that held reasoning, and ``reasoning_left`` those that
        still hold a mark of it; ``garbled`` those with U+FFFD; ``cut_sources`` dialogues cut to size;
        ``marked_dialogues`` those with what would be special tokens. ``reasons`` are the first that were given for why
        there is no summary.
        """
        asked: set[str] = set()
        answered: dict[str, _Event] = {}
        for event in self._events:
            if event.kind == "asked":
                asked.add(event.id)
            else:
                answered[event.id] = event
        events = list(answered.values())
        prompt = _sum([event.prompt_tokens for event in events])
        completion = _sum([event.completion_tokens for event in events])
        return {
            "answers": len(events),
            "asked": len(asked & answered.keys()),
            "cached": len(answered.keys() - asked),
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "truncated": sum(event.truncated for event in events),
            "empty": sum(event.empty for event in events),
            "refused": sum(event.lack == "refused" for event in events),
            "refused_in_words": sum(event.refused_in_words for event in events),
            "filtered": sum(event.lack == "filtered" for event in events),
            "too_long": sum(event.lack == "too_long" for event in events),
            "reasoning_removed": sum(event.reasoned for event in events),
            "reasoning_left": sum(event.marked for event in events),
            "garbled": sum(event.garbled for event in events),
            "cut_sources": sum(event.cut for event in events),
            "marked_dialogues": sum(event.marked_dialogue for event in events),
            "reasons": list(dict.fromkeys(event.reason for event in events if event.reason))[:MAX_REASONS],
            "served_models": sorted({event.model for event in events if event.model}),
            "cost": _cost((prompt, price_prompt), (completion, price_completion)),
        }

    def _append(self, events: Sequence[_Event]) -> None:
        text = "".join(event.model_dump_json(exclude_defaults=True) + "\n" for event in events)
        with self._lock:
            self._events += events
            if self._path is None:
                return
            with naming(self._path), self._path.open("a", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())


def notes_of(usage: Mapping[str, Any]) -> list[str]:
    """What a reader of the results has to know of the sums of :meth:`UsageLog.totals`, a line a kind."""

    def found(name: str) -> int:
        count = usage.get(name)
        return count if isinstance(count, int) else 0  # results of earlier versions count fewer kinds

    count, notes = found("answers"), []
    if empty := found("empty"):
        refused, filtered, long = found("refused"), found("filtered"), found("too_long")
        kinds = f"{refused} refused, {filtered} filtered, {empty - refused - filtered - long} with nothing in them"
        kinds += f", {long} of dialogues that are too long for the model" if long else ""
        notes.append(f"{empty} of {count} answers are no summary and scored as empty: {kinds}")
    if worded := found("refused_in_words"):
        notes.append(f"{worded} of {count} answers were taken for refusals by their words")
    if marked := found("reasoning_left"):
        notes.append(f"{marked} of {count} answers still hold a mark of reasoning")
    if garbled := found("garbled"):
        notes.append(f"{garbled} of {count} answers hold U+FFFD in place of what came broken")
    if truncated := found("truncated"):
        notes.append(f"{truncated} of {count} answers were cut at max_tokens")
    if cut := found("cut_sources"):
        notes.append(f"{cut} of {count} dialogues were cut at max_source_chars")
    if tokens := found("marked_dialogues"):
        notes.append(f"{tokens} of {count} dialogues hold what would be special tokens; blanks make text of them")
    return notes


def _read(path: Path) -> Iterator[_Event]:
    """The events of earlier processes. A torn last line is ended, so that the next event has one of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as stream:
        stream.seek(0)
        content = stream.read()
        if content and not content.endswith(b"\n"):
            stream.write(b"\n")
    for line in content.split(b"\n"):
        try:
            yield _Event.model_validate_json(line)
        except ValidationError:
            continue


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


def _cost(*parts: tuple[int | None, float | None]) -> float | None:
    """Tokens times price a million, summed; None where either is unknown."""
    costs = [tokens * price / 1e6 for tokens, price in parts if tokens is not None and price is not None]
    return sum(costs) if len(costs) == len(parts) else None
