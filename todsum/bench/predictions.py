"""Summaries from files, checked and matched to what they are scored against."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from todsum.counted import counted
from todsum.data.record_files import json_records
from todsum.data.records import Checker
from todsum.data.schema import Example, from_rows
from todsum.errors import RecordError, TodsumError, unknown_name
from todsum.files.kinds import not_utf8
from todsum.files.plain import read_plain
from todsum.metrics.base import Gold, golds_of

if TYPE_CHECKING:
    from todsum.data.imported.opening import Import

MAX_BYTES = 1 << 28
MAX_CHARACTERS = 1 << 20
"""Of a summary, reference or state: scoring takes seconds for a megabyte."""


@dataclass(frozen=True)
class Predictions:
    """Summaries and what they are scored against, in one order.

    Attributes:
        names: of the examples, for messages: their ids, or ``line 1`` …
        summaries: one of each example.
        golds: what to compare with.
        states: predicted dialogue states, where there are some.
    """

    names: list[str]
    summaries: list[str]
    golds: list[Gold]
    states: list[str] | None = None


def from_dataset(name: str, split: str, predictions: Path, data: Path | None, protocol: str | None) -> Predictions:
    """Predictions in the order of a data set's split, and what to compare them with.

    Raises:
        TodsumError: the file or the data is broken, or predictions are missing, repeated or of unknown examples.
    """
    from todsum.data.builder import build

    built = build(name, data, protocol or "full", (split,))
    return _matched(predictions, from_rows(built.splits[split]), f"{built.name} {split}")


def from_import(choice: Import, split: str, predictions: Path) -> Predictions:
    """As :func:`from_dataset`, of a data set from elsewhere.

    Raises:
        TodsumError: as there, or it has no such split.
    """
    from todsum.data.imported.opening import open_import

    opened = open_import(choice)
    if split not in opened.splits:
        raise unknown_name(f"split of {choice.reference}", split, opened.splits)
    built = opened.build((split,))
    return _matched(predictions, from_rows(built.splits[split]), f"{built.name} {split}")


def from_cell(cell: Path, data: Path | None) -> Predictions:
    """The predictions of a cell of a run directory, its predicted states if it has any, and what to compare them with.

    The latter is made anew from the cell's spec. Simulated data is made, too, if it is not in the data folder and was
    that of a suite, or simulated on this machine before.

    Raises:
        TodsumError: the cell or the data is broken, the data is not what the cell was run on, or predictions are
            missing, repeated or of unknown examples.
    """
    from todsum.bench.examples import TestExamples
    from todsum.bench.result import PREDICTIONS, SPEC, STATES, Spec, read_record
    from todsum.bench.simulated import known_simulations

    spec = read_record(cell / SPEC, Spec)
    try:
        examples = TestExamples(data, known_simulations()).shown(spec)
    except TodsumError as error:
        raise TodsumError(f"{cell / SPEC}: {error}") from error
    what = f"the test of {spec.setting}, {spec.target}"
    found = _matched(cell / PREDICTIONS, examples, what)
    if spec.settings.get("states") != "predicted":
        return found
    return replace(found, states=_in_order(read_texts(cell / STATES, "state"), cell / STATES, examples, what))


def _matched(predictions: Path, examples: list[Example], what: str) -> Predictions:
    found = _in_order(read_texts(predictions, "summary"), predictions, examples, what)
    return Predictions([example.id for example in examples], found, golds_of(examples))


def _in_order(found: dict[str, str], file: Path, examples: list[Example], what: str) -> list[str]:
    known = {example.id for example in examples}
    if extra := [identity for identity in found if identity not in known]:
        raise TodsumError(f"{file}: {some_examples(extra)} not in {what}")
    if missing := [example.id for example in examples if example.id not in found]:
        raise TodsumError(f"{file}: no prediction for {some_examples(missing)} of {what}")
    return [found[example.id] for example in examples]


def some_examples(ids: list[str]) -> str:
    """How many examples, and the first of them: ``5 examples (a, b, c, …)``."""
    some = ", ".join(identity[:80] for identity in ids[:3])
    return f"{counted(len(ids), 'example')} ({some}{', …' if len(ids) > 3 else ''})"


def read_texts(path: Path, field: str) -> dict[str, str]:
    """Texts by example id from JSON lines or a JSON list of ``{"id": text, FIELD: text}`` and perhaps more.

    An id may be a whole number, which stands for its digits. The file may be packed with gzip.

    Raises:
        TodsumError: missing, too large, not gzip, not UTF-8, not JSON, a key repeated, a field missing or of the wrong
            type, an id repeated.
    """
    found: dict[str, str] = {}
    for number, row in json_records(path, MAX_BYTES):
        check = Checker(str(path), number)
        if not isinstance(row, dict):
            raise check.fail(f'expected an object {{"id": …, "{field}": …}}')
        identity = check.name(check.field(row, "id"), "id")
        if identity in found:
            raise check.fail(f"a second prediction for {identity}")
        text = check.field(row, field)
        if not isinstance(text, str):
            raise check.fail(f"{field} should be text")
        if len(text) > MAX_CHARACTERS:
            raise check.fail(f"{field} has more than the {MAX_CHARACTERS} characters that are allowed")
        found[identity] = check.text(text, field)
    return found


def from_lines(hypotheses: Path, references: Path | None, states: Path | None) -> Predictions:
    """Hypotheses, references and states from plain text, one a line.

    Raises:
        TodsumError: a file is missing or not UTF-8, the numbers of lines differ, or a state can't be parsed.
    """
    texts = _lines(hypotheses)
    others = {path: _lines(path) for path in (references, states) if path}
    for path, lines in others.items():
        if len(lines) != len(texts):
            raise TodsumError(
                f"{path} has {counted(len(lines), 'line')}, {hypotheses} has {len(texts)}: they must match"
            )
    if not texts:
        raise TodsumError(f"{hypotheses}: no lines in it")
    golds = [
        _gold(
            others[references][i] if references else None,
            others[states][i] if states else None,
            f"{states}",
            i + 1,
        )
        for i in range(len(texts))
    ]
    return Predictions([f"line {number}" for number in range(1, len(texts) + 1)], texts, golds)


def _gold(reference: str | None, line: str | None, file: str, number: int) -> Gold:
    from todsum.data.state import parse
    from todsum.sentences import split_sentences

    summary = None if reference is None else tuple(split_sentences(reference))
    if line is None:
        return Gold(summary=summary)
    try:
        domains, state = parse(line)
    except ValueError as error:
        raise RecordError(file, number, str(error)) from error
    for domain in domains:
        if domain not in known_domains():
            raise RecordError(file, number, str(unknown_name("domain", domain, known_domains())))
    return Gold(summary, domains, state, line)


@cache
def known_domains() -> frozenset[str]:
    """The domains of task-oriented dialogues, published and simulated."""
    from todsum.data.lock import read_lock
    from todsum.data.simulate import DOMAINS

    return frozenset((*read_lock("todsum").domains, *DOMAINS))


def _lines(path: Path) -> list[str]:
    raw = read_plain(path, MAX_BYTES)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordError(path, raw[: error.start].count(b"\n") + 1, not_utf8(raw[:64], error)) from error
    lines = text.split("\n")
    if (long := next((at for at, line in enumerate(lines, 1) if len(line) > MAX_CHARACTERS), None)) is not None:
        raise RecordError(path, long, f"more than the {MAX_CHARACTERS} characters that a line may have")
    return lines[:-1] if lines[-1] == "" else lines
