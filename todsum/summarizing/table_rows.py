"""Dialogues from the rows of a CSV file: a dialogue a row, or a turn a row."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from todsum.data.csv_rows import CsvRows
from todsum.data.dialogues.values import SPEAKERS, TEXTS
from todsum.errors import TodsumError
from todsum.summarizing.dialogue import DIALOGUES, Dialogue, from_record

#: Columns that tell which rows are of one dialogue, where a row is a turn.
_TOGETHER = ("dialogue_id", "conversation_id", "dialog_id", "chat_id", "session_id", "thread_id", "meeting_id")
MAX_CHARACTERS = 1 << 26
"""Of the turns of a file that has a turn a row."""


def dialogues_of_rows(table: CsvRows, name: str, speakers: regex.Pattern[str] | None) -> Iterator[Dialogue]:
    """The dialogues of a table; an empty cell is one that is not there.

    With a column ``dialogue`` a row is a dialogue, and may have an ``id``, a ``state``, a ``query`` and, of one domain,
    ``domains``. With ``speaker`` and ``text`` (or their other names) a row is a turn, and all rows with the same
    ``dialogue_id`` are a dialogue, wherever they stand; without that column all rows are one.

    Raises:
        TodsumError: no such columns, a row is no dialogue, or rows of turns that are too many to be held.
    """
    if any(column in DIALOGUES for column in table.columns):
        return _a_dialogue_a_row(table, name, speakers)
    speaker, text = (next((key for key in keys if key in table.columns), None) for keys in (SPEAKERS, TEXTS))
    if speaker is None or text is None:
        there = ", ".join(table.columns)
        raise TodsumError(f"{name}: no column dialogue, nor speaker and text: it has {there[:200]}")
    return _a_turn_a_row(table, name, speaker, text)


def _a_dialogue_a_row(table: CsvRows, name: str, speakers: regex.Pattern[str] | None) -> Iterator[Dialogue]:
    read = ("id", *DIALOGUES, "state", "query", "domains")
    for number, row in enumerate(table.rows, 1):
        record: dict[str, object] = {key: row[key] for key in read if row.get(key)}
        if "domains" in record:
            record["domains"] = [record["domains"]]
        yield from_record(record, f"{name}: record {number}", str(number), name, speakers)


def _a_turn_a_row(table: CsvRows, name: str, speaker: str, text: str) -> Iterator[Dialogue]:
    together = next((key for key in _TOGETHER if key in table.columns), None)
    found: dict[str, tuple[int, list[dict[str, str | None]]]] = {}
    ids = set[str]()
    size = unnamed = number = 0
    for number, row in enumerate(table.rows, 1):
        identity = row[together] if together else ""
        unnamed = unnamed or (number if not identity else 0)
        found.setdefault(identity, (number, []))[1].append({speaker: row[speaker], text: row[text] or None})
        ids.add(row.get("id", ""))
        size += len(row[speaker]) + len(row[text])
        if size > MAX_CHARACTERS:
            raise TodsumError(
                f"{name}: record {number}: more than {MAX_CHARACTERS} characters of turns, which are held to put those "
                "of a dialogue together: split the file, or write a dialogue a row"
            )
    if together is None and 1 < len(ids) < number:
        raise TodsumError(f"{name}: the column id names several rows each: call it dialogue_id if it says the dialogue")
    if unnamed and len(found) > 1:
        raise TodsumError(f"{name}: record {unnamed}: no {together}, and other rows have one: fill it in every row")
    for count, (identity, (first, turns)) in enumerate(found.items(), 1):
        record: dict[str, object] = {"turns": turns} | ({"id": identity} if identity else {})
        yield from_record(record, f"{name}: record {first}", str(count), name)
