"""Columns that others add to a results table, beside its scores: ratings by people, for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: The field of these figures in JSON, and what their names begin with in CSV.
FIELD = "human"


@dataclass(frozen=True)
class ExtraColumns:
    """Further columns of a table, with figures for some of its rows.

    Attributes:
        title: heading of the grid that shows them.
        header: names of the columns.
        texts: for people: a text for each column, by the row's place in the table.
        figures: for programs: figures by name, each with ``mean``, ``ci95`` and ``items``, by the row's place and the
            table's column.
        notes: what a reader has to know.
    """

    title: str
    header: tuple[str, ...]
    texts: Mapping[int, tuple[str, ...]]
    figures: Mapping[tuple[int, str], dict[str, dict[str, Any]]]
    notes: tuple[str, ...]
