"""A dialogue to summarize, made of what a user has: text, pairs, a record or an example."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from todsum.data.schema import Example, Slot, Turn
from todsum.data.state import INTENTS, parse
from todsum.errors import TodsumError

#: A speaker is short and no sentence: "at 17:15" and "yes, thanks: bye" have none.
_SPOKEN = re.compile(r"(?P<speaker>[^\s:;,?!][^:;,?!]{0,39}):(?:\s+(?P<text>.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What is summarized.

    Attributes:
        where: file and line, or the number of the dialogue, for messages.
        example: the dialogue; it has no reference.
        has_state: whether a state came with it, which may be an empty one.
    """

    where: str
    example: Example
    has_state: bool = False


def turns_of(lines: Iterable[str]) -> tuple[Turn, ...]:
    """Turns from lines ``Speaker: text``; a line without a speaker continues the turn before it.

    Raises:
        ValueError: the first line has no speaker.
    """
    turns: list[Turn] = []
    for line in map(str.strip, lines):
        if spoken := _SPOKEN.fullmatch(line):
            turns.append(Turn(spoken["speaker"].strip(), spoken["text"] or ""))
        elif not line:
            continue
        elif not turns:
            raise ValueError(f"no speaker in {line[:40]!r}: a dialogue starts with 'Speaker: text'")
        else:
            turns[-1] = replace(turns[-1], text=f"{turns[-1].text} {line}".strip())
    return tuple(turns)


def from_text(text: str, where: str, identity: str, source: str) -> Dialogue:
    """A dialogue from its lines.

    Raises:
        TodsumError: it is none.
    """
    try:
        return Dialogue(where, _example(identity, source, turns_of(text.split("\n"))))
    except ValueError as error:
        raise TodsumError(f"{where}: {error}") from error


def from_record(row: Any, where: str, identity: str, source: str) -> Dialogue:
    """A dialogue from an object in the suite's schema, or with less.

    Args:
        row: ``turns`` (a list of ``{"speaker": …, "text": …}``) or ``dialogue`` (lines ``Speaker: text``); and, where
            there are such, ``id``, ``state`` (a list of ``{"domain", "intent", "slot", "value"}`` or text in the
            notation of :func:`todsum.data.state.parse`), ``query``, ``domains`` and ``evidence``. Other fields are
            not read.
        where: for messages.
        identity: its id where the object has none.
        source: name of where it comes from.

    Raises:
        TodsumError: it is not such an object.
    """
    try:
        if not isinstance(row, Mapping):
            raise ValueError('expected an object {"turns": …} or {"dialogue": …}')
        turns = _turns(row)
        domains, state = _state(row.get("state"))
        named = row.get("domains")
        if named is not None and not _texts(named):
            raise ValueError("domains should be a list of texts")
        given = row.get("id")
        if given is not None and (isinstance(given, bool) or not isinstance(given, str | int)):
            raise ValueError("id should be text or a number")
        example = replace(
            _example(identity if given is None else str(given), source, turns),
            domains=tuple(named or domains),
            query=_query(row.get("query")),
            evidence=_evidence(row.get("evidence"), len(turns)),
            state=state or (),
        )
    except ValueError as error:
        raise TodsumError(f"{where}: {error}") from error
    return Dialogue(where, example, state is not None)


def from_value(value: object, where: str, identity: str, state: object = None, query: str | None = None) -> Dialogue:
    """A dialogue from what the Python API takes.

    Args:
        value: lines ``Speaker: text``, (speaker, text) pairs or turns, an example, or a mapping as of
            :func:`from_record`.
        where: for messages.
        identity: its id where it brings none.
        state: its state: text in the notation of :func:`todsum.data.state.parse`, or slots; in place of its own.
        query: in place of its own.

    Raises:
        TodsumError: it is none of these.
    """
    if isinstance(value, Example):
        made = Dialogue(where, replace(value, summary=()), bool(value.state))
    elif isinstance(value, str):
        made = from_text(value, where, identity, "dialogue")
    elif isinstance(value, Mapping):
        made = from_record(value, where, identity, "dialogue")
    elif isinstance(value, Sequence):
        made = from_record({"turns": value}, where, identity, "dialogue")
    else:
        raise TodsumError(f"{where}: a dialogue is text, a list of (speaker, text) or an Example, no {_kind(value)}")
    example = made.example
    try:
        if state is not None:
            domains, slots = _state(state)
            example = replace(example, state=slots or (), domains=domains or example.domains)
            made = replace(made, example=example, has_state=True)
        if query is not None:
            made = replace(made, example=replace(made.example, query=_query(query)))
    except ValueError as error:
        raise TodsumError(f"{where}: {error}") from error
    return made


def _example(identity: str, source: str, turns: tuple[Turn, ...]) -> Example:
    if not any(turn.text.strip() for turn in turns):
        raise ValueError("nobody says anything in this dialogue")
    return Example(identity, source, identity, (), turns)


def _turns(row: Mapping[str, Any]) -> tuple[Turn, ...]:
    if ("turns" in row) == ("dialogue" in row):
        raise ValueError('expected one of "turns" (a list) and "dialogue" (lines "Speaker: text")')
    if "dialogue" in row:
        if not isinstance(row["dialogue"], str):
            raise ValueError("dialogue should be text, lines 'Speaker: text'; a list is called turns")
        return turns_of(row["dialogue"].split("\n"))
    if isinstance(row["turns"], str) or not isinstance(row["turns"], Sequence):
        raise ValueError('turns should be a list of {"speaker": …, "text": …}')
    return tuple(_turn(number, turn) for number, turn in enumerate(row["turns"], 1))


def _turn(number: int, turn: object) -> Turn:
    if isinstance(turn, Mapping):
        turn = (turn.get("speaker"), turn.get("text"))
    elif isinstance(turn, Turn):
        turn = (turn.speaker, turn.text)
    if not isinstance(turn, Sequence) or isinstance(turn, str) or len(turn) != 2 or not _texts(turn):
        raise ValueError(f"turn {number}: expected speaker and text")
    return Turn(turn[0], turn[1])


def _state(value: object) -> tuple[tuple[str, ...], tuple[Slot, ...] | None]:
    """Domains and slots; None where there is no state."""
    if value is None:
        return (), None
    if isinstance(value, str):
        return parse(value)
    if not isinstance(value, Sequence):
        raise ValueError("state should be a list of slots, or text such as 'taxi inform ( leave = 17:15 )'")
    slots = tuple(_slot(number, entry) for number, entry in enumerate(value, 1))
    return tuple(dict.fromkeys(slot.domain for slot in slots)), slots


def _slot(number: int, entry: object) -> Slot:
    if isinstance(entry, Slot):
        return entry
    if isinstance(entry, Mapping):
        entry = [entry.get(name) for name in ("domain", "intent", "slot", "value")]
    if not isinstance(entry, Sequence) or isinstance(entry, str) or len(entry) != 4 or not _texts(entry):
        raise ValueError(f"state entry {number}: expected domain, intent, slot and value")
    if entry[1] not in INTENTS:
        raise ValueError(f"state entry {number}: intent should be book or inform, not {entry[1][:40]!r}")
    return Slot(*entry)


def _query(value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise ValueError("query should be text")
    return value


def _evidence(value: object, turns: int) -> tuple[int, ...]:
    if value is None:
        return ()
    if not isinstance(value, Sequence) or not all(type(i) is int and 0 <= i < turns for i in value):
        raise ValueError(f"evidence should be a list of indices of the {turns} turns")
    return tuple(value)


def _texts(values: object) -> bool:
    return isinstance(values, Sequence) and not isinstance(values, str) and all(isinstance(v, str) for v in values)


def _kind(value: object) -> str:
    return type(value).__name__
