"""A dialogue to summarize, made of what a user has: text, pairs, a record or an example."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import regex

from todsum.data.dialogues import Reading, read_dialogue
from todsum.data.schema import Example, Slot
from todsum.data.state import INTENTS, parse
from todsum.errors import TodsumError

#: Where the dialogue of a record stands.
DIALOGUES = ("turns", "dialogue", "messages")
#: What may be its id; the first that is there.
IDENTITIES = ("id", "dialogue_id", "conversation_id", "dialog_id", "chat_id", "session_id", "thread_id", "meeting_id")


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What is summarized.

    Attributes:
        where: file and line, or the number of the dialogue, for messages.
        example: the dialogue; it has no reference.
        has_state: whether a state came with it, which may be an empty one.
        doubtful: lines of its text that look like a new speaker and were read as part of the turn before.
        left_out: lines and parts of it that nobody says.
        has_id: whether its id came with it, and is no number that it was given.
    """

    where: str
    example: Example
    has_state: bool = False
    doubtful: tuple[str, ...] = ()
    left_out: int = 0
    has_id: bool = False


def from_turns(
    value: object, where: str, identity: str, source: str, speakers: regex.Pattern[str] | None = None
) -> Dialogue:
    """A dialogue from what :func:`todsum.data.dialogues.read_dialogue` takes.

    Raises:
        TodsumError: it is none.
    """
    try:
        read = read_dialogue(value, speakers)
        example = _example(identity, source, read)
    except ValueError as error:
        raise TodsumError(f"{where}: {error}") from error
    return Dialogue(where, example, doubtful=read.doubtful, left_out=read.left_out)


def from_record(
    row: Any, where: str, identity: str, source: str, speakers: regex.Pattern[str] | None = None
) -> Dialogue:
    """A dialogue from an object in the suite's schema, or with less.

    Args:
        row: ``turns``, ``dialogue`` or ``messages``, as :func:`todsum.data.dialogues.read_dialogue` takes it; and,
            where there are such, ``id`` (or ``dialogue_id`` and its like), ``state`` (a list of ``{"domain", "intent",
            "slot", "value"}`` or text in the notation of :func:`todsum.data.state.parse`), ``query``, ``domains`` and
            ``evidence``. Other fields are not read.
        where: for messages.
        identity: its id where the object has none.
        source: name of where it comes from.
        speakers: what begins a turn of a text; None recognises the layout.

    Raises:
        TodsumError: it is not such an object.
    """
    try:
        if not isinstance(row, Mapping):
            raise ValueError('expected an object {"turns": …}, {"dialogue": …} or {"messages": …}')
        read = read_dialogue(_dialogue(row), speakers)
        domains, state = _state(row.get("state"))
        named = row.get("domains")
        if named is not None and not _texts(named):
            raise ValueError("domains should be a list of texts")
        given = row.get("id")
        if given is None:
            given = next((row[key] for key in IDENTITIES if _is_name(row.get(key))), None)
        elif not _is_name(given):
            raise ValueError("id should be text or a number")
        example = replace(
            _example(identity if given is None else str(given), source, read),
            domains=tuple(named or domains),
            query=_query(row.get("query")),
            evidence=_evidence(row.get("evidence"), read),
            state=state or (),
        )
    except ValueError as error:
        raise TodsumError(f"{where}: {error}") from error
    return Dialogue(where, example, state is not None, read.doubtful, read.left_out, given is not None)


def from_value(
    value: object,
    where: str,
    identity: str,
    state: object = None,
    query: str | None = None,
    speakers: regex.Pattern[str] | None = None,
) -> Dialogue:
    """A dialogue from what the Python API takes.

    Args:
        value: what :func:`todsum.data.dialogues.read_dialogue` takes, an example, or a mapping as of
            :func:`from_record`.
        where: for messages.
        identity: its id where it brings none.
        state: its state: text in the notation of :func:`todsum.data.state.parse`, or slots; in place of its own.
        query: in place of its own.
        speakers: what begins a turn of a text; None recognises the layout.

    Raises:
        TodsumError: it is none of these.
    """
    if isinstance(value, Example):
        made = Dialogue(where, replace(value, summary=()), bool(value.state))
    elif isinstance(value, Mapping):
        made = from_record(value, where, identity, "dialogue", speakers)
    elif isinstance(value, Sequence):
        made = from_turns(value, where, identity, "dialogue", speakers)
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


def _example(identity: str, source: str, read: Reading) -> Example:
    if not any(turn.text.strip() for turn in read.turns):
        raise ValueError("nobody says anything in this dialogue")
    return Example(identity, source, identity, (), read.turns)


def _dialogue(row: Mapping[str, Any]) -> object:
    """What of a record is the dialogue."""
    given = [name for name in DIALOGUES if row.get(name) is not None]
    if len(given) != 1:
        found = f"not {' and '.join(given)}" if given else "and there is none"
        raise ValueError(f'expected one of "turns", "dialogue" and "messages", {found}')
    return row[given[0]]


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


def _evidence(value: object, read: Reading) -> tuple[int, ...]:
    """Places of turns, those that nobody says left out."""
    if value is None:
        return ()
    places = read.places or range(len(read.turns))
    if not isinstance(value, Sequence) or not all(type(i) is int and 0 <= i < len(places) for i in value):
        raise ValueError(f"evidence should be a list of indices of the {len(places)} turns")
    return tuple(place for i in value if (place := places[i]) is not None)


def _is_name(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool)


def _texts(values: object) -> bool:
    return isinstance(values, Sequence) and not isinstance(values, str) and all(isinstance(v, str) for v in values)


def _kind(value: object) -> str:
    return type(value).__name__
