"""Dialogues from the rows of a CSV file: a dialogue a row, or a turn a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import regex

from todsum.data.csv_rows import CsvRows
from todsum.data.dialogues.values import SPEAKERS, TEXTS
from todsum.errors import TodsumError
from todsum.summarizing.dialogue import DIALOGUES, IDENTITIES, Dialogue, from_record

#: Columns that tell which rows are of one dialogue, where a row is a turn.
_TOGETHER = IDENTITIES[1:]
#: Columns that number the turns of a dialogue.
_ORDERS = ("turn_id", "turn", "turn_index", "turn_number", "turn_idx", "utterance_id", "utterance_idx", "position")
#: Columns of what belongs to a whole dialogue.
_WHOLE = ("state", "query", "domains")
MAX_CHARACTERS = 1 << 26
"""Of the turns of a file that has a turn a row."""


def dialogues_of_rows(table: CsvRows, name: str, speakers: regex.Pattern[str] | None) -> Iterator[Dialogue]:
    """The dialogues of a table; an empty cell is one that is not there.

    With a column ``dialogue`` a row is a dialogue, and may have an ``id``, a ``state``, a ``query`` and, of one domain,
    ``domains``. With ``speaker`` and ``text`` (or their other names) a row is a turn, and all rows with the same
    ``dialogue_id`` are a dialogue, wherever they stand; without that column all rows are one. Its ``state``, ``query``
    and ``domains`` may stand in any of its rows.

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
    for number, row in enumerate(table.rows, 1):
        record = _filled({key: row[key] for key in (*IDENTITIES, *DIALOGUES, *_WHOLE) if key in row})
        yield from_record(record, f"{name}: record {number}", str(number), name, speakers)


def _a_turn_a_row(table: CsvRows, name: str, speaker: str, text: str) -> Iterator[Dialogue]:
    together = next((key for key in _TOGETHER if key in table.columns), None)
    order = next((key for key in _ORDERS if key in table.columns), None)
    found: dict[str, _Rows] = {}
    ids = set[str]()
    size = unnamed = number = 0
    for number, row in enumerate(table.rows, 1):
        identity = row[together] if together else ""
        unnamed = unnamed or (number if not identity else 0)
        try:
            rows = found.setdefault(identity, _Rows(number))
            rows.add({speaker: row[speaker], text: row[text] or None}, row, row[order] if order else "")
        except ValueError as error:
            raise TodsumError(f"{name}: record {number}: {error}") from error
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
    for count, (identity, rows) in enumerate(found.items(), 1):
        record = {"turns": rows.turns, **_filled({"id": identity, **rows.whole})}
        yield from_record(record, f"{name}: record {rows.first}", str(count), name)


@dataclass
class _Rows:
    """The rows of one dialogue: the number of the first, the turns, and what was said of the whole."""

    first: int
    turns: list[dict[str, str | None]] = field(default_factory=list)
    whole: dict[str, str] = field(default_factory=dict)
    last: int = -1

    def add(self, turn: dict[str, str | None], row: Mapping[str, str], place: str) -> None:
        """Adds a row.

        Args:
            turn: its speaker and text.
            row: all cells.
            place: the number of its turn; empty if there is none.

        Raises:
            ValueError: it is numbered before the row that was added last, or says something else of the dialogue.
        """
        self.turns.append(turn)
        if place.isdecimal():
            if int(place) < self.last:
                raise ValueError(f"turn {place} stands behind turn {self.last}: put the rows in the order of the turns")
            self.last = int(place)
        for key in _WHOLE:
            if (cell := row.get(key)) and self.whole.setdefault(key, cell) != cell:
                raise ValueError(f"another {key} than in a row of the same dialogue before: give it once a dialogue")


def _filled(cells: Mapping[str, str]) -> dict[str, object]:
    """What is said of a dialogue, without empty cells."""
    record: dict[str, object] = {key: cell for key, cell in cells.items() if cell}
    return record | ({"domains": [record["domains"]]} if "domains" in record else {})
