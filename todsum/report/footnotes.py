"""What stands below a table: what failed or is missing, notes, leak checks, signatures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from todsum.bench.result import Result
from todsum.report.table import Row, Table

_NUMBER = re.compile(r"(?<![\w.])\d{1,9}(?![\w.]\w|\w)")
_COUNTS = {"mentions": "mentioning the held-out domain in passing"}


def footnotes(table: Table) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Notes in words, and signatures (of the data and of each metric)."""
    results = list(_results(table))
    everywhere = _Places.of((row, target) for row, target, _ in results)
    notes = (*problems(table), *_notes(results, everywhere), *_leaks(results, everywhere))
    return notes, tuple(_signatures(table, results, everywhere))


@dataclass(frozen=True)
class _Places:
    """The rows, by title, and the targets that something is said of."""

    rows: tuple[str, ...]
    targets: tuple[str, ...]

    @classmethod
    def of(cls, found: Iterable[tuple[Row, str]]) -> _Places:
        places = list(found)
        rows = dict.fromkeys(title(row) for row, _ in places)
        return cls(tuple(rows), tuple(dict.fromkeys(target for _, target in places)))

    def within(self, everywhere: _Places) -> str:
        """``lead-3, longest-3 (taxi)``; "all methods" and no targets where it is so everywhere."""
        who = "all methods" if len(self.rows) == len(everywhere.rows) else ", ".join(self.rows)
        return who if len(self.targets) == len(everywhere.targets) else f"{who} ({', '.join(self.targets)})"


def problems(table: Table) -> Iterator[str]:
    """A line for each cell that has no result: ``finetune, taxi, seed 1: failed: out of memory``."""
    for row in table.rows:
        targets = {cell.spec.target for cell in row.cells}
        for target in sorted(targets, key=lambda name: (*table.columns, name).index(name)):
            for reason in row.entries[target].reasons:
                yield f"{title(row)}, {target}, {reason}"


def title(row: Row) -> str:
    """The row's name, with its source where it has one."""
    return f"{row.name} from {row.spec.source}" if row.spec.source else row.name


def _notes(results: Sequence[_Found], everywhere: _Places) -> Iterator[str]:
    """A line for each kind of note; notes that differ in their numbers alone are of one kind."""
    kinds: dict[str, dict[str, None]] = {}
    places: dict[str, list[tuple[Row, str]]] = {}
    for row, target, result in results:
        for note in result.notes:
            kind = _NUMBER.sub("#", note)
            kinds.setdefault(kind, {})[note] = None
            places.setdefault(kind, []).append((row, target))
    for kind, notes in kinds.items():
        yield f"{_Places.of(places[kind]).within(everywhere)}: {_in_one(list(notes))}"


def _in_one(notes: Sequence[str]) -> str:
    """Notes that differ in their numbers alone as one, with ranges: ``3–17 of 201–490 summaries loop``."""
    parts = _NUMBER.split(notes[0])
    numbers = zip(*(map(int, _NUMBER.findall(note)) for note in notes), strict=True)
    ranges = [str(min(found)) if len(set(found)) == 1 else f"{min(found)}–{max(found)}" for found in numbers]
    return "".join(text for pair in zip_longest(parts, ranges, fillvalue="") for text in pair)


def _leaks(results: Sequence[_Found], everywhere: _Places) -> Iterator[str]:
    found: dict[str, list[tuple[Row, str]]] = {}
    for row, target, result in results:
        if result.leak:
            found.setdefault("; ".join(map(_leak_words, result.leak.items())), []).append((row, target))
    for report, places in found.items():
        yield f"Leak check, {_Places.of(places).within(everywhere)}: {report}"


def _leak_words(item: tuple[str, object]) -> str:
    """``train: candidates 900, refused 240`` for counts, the length of a list, other values as they are."""
    name, value = item
    words = name.replace("_", " ")
    if isinstance(value, Mapping):
        counts = (f"{_COUNTS.get(key, key.replace('_', ' '))} {count}" for key, count in value.items())
        return f"{words}: {', '.join(counts)}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"{words}: {len(value)}"
    return f"{words}: {'none' if value is None else value}"


def _signatures(table: Table, results: Sequence[_Found], everywhere: _Places) -> Iterator[str]:
    given: dict[str, list[str]] = {}
    for row in table.rows:
        given.setdefault(row.spec.fingerprint, []).append(title(row))
    for fingerprint, rows in sorted(given.items()):
        spec = table.spec
        line = f"data|{spec.dataset}|protocol:{spec.protocol}|files:{fingerprint[:16]}|key:{spec.key_version}"
        yield f"{line} ({', '.join(rows)})" if len(given) > 1 else line
    found: dict[str, list[tuple[Row, str]]] = {}
    for row, target, result in results:
        for signature in result.signatures.values():
            found.setdefault(signature, []).append((row, target))
    metrics = Counter(signature.partition("|")[0] for signature in found)
    for signature, places in found.items():
        several = metrics[signature.partition("|")[0]] > 1
        where = f" ({_Places.of(places).within(everywhere)}; not comparable with the other)" if several else ""
        yield f"{signature}{where}"


_Found = tuple[Row, str, Result]


def _results(table: Table) -> Iterator[_Found]:
    for row in table.rows:
        for cell in sorted(
            row.cells, key=lambda c: ((*table.columns, c.spec.target).index(c.spec.target), c.spec.seed)
        ):
            if cell.result is not None:
                yield row, cell.spec.target, cell.result
