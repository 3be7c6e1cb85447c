"""QMSum's meetings as examples: one a query, general queries first, then specific ones.

An example is keyed by meeting, kind and index, never by the query's text, which repeats inside a meeting. Empty
turns are kept because spans count them; markers such as ``{disfmarker}`` are kept too (see ``todsum.data.views``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from todsum.data.records import Checker, read_json
from todsum.data.schema import Example, Turn
from todsum.data.sources import Source
from todsum.errors import TodsumError
from todsum.sentences import split_sentences

FOLDERS = {"train": "train", "validation": "val", "test": "test"}
_INDEX = re.compile(r"[0-9]{1,9}")
KINDS = ("general", "specific")
#: A clone has the three domains once more, in one folder.
UNION = "data/ALL/"


def files(source: Source, protocol: str) -> dict[str, list[str]]:
    """The files that make each split, by domain in the published order, then by name."""
    found = {split: source.match(f"data/*/{folder}/*.json") for split, folder in FOLDERS.items()}
    return {split: [name for name in names if not name.startswith(UNION)] for split, names in found.items()}


def check_protocol(source: Source, protocol: str, splits: tuple[str, ...]) -> None:
    """Refuses another protocol than the published splits, and a split without meetings."""
    if protocol != "full":
        raise TodsumError(f"qmsum has no {protocol} protocol: its three splits are published; use --protocol full")
    found = files(source, protocol)
    for split in splits:
        if not found[split]:
            raise TodsumError(f"{source.label}: no meetings in data/*/{FOLDERS[split]}/")


def examples(source: Source, split: str, protocol: str, dataset: str, domains: tuple[str, ...]) -> Iterator[Example]:
    """The examples of a split, meeting by meeting.

    Raises:
        TodsumError: a file or a record is broken; the message names it.
    """
    for file in files(source, protocol)[split]:
        yield from read_meeting(source, file, dataset, domains)


def read_meeting(source: Source, file: str, dataset: str, domains: tuple[str, ...]) -> Iterator[Example]:
    """The examples of one meeting's file, such as ``data/Academic/test/Bed003.json``."""
    path = PurePosixPath(file)
    domain, meeting = path.parts[1].lower(), path.stem
    check = Checker(f"{source.label}/{file}", "the meeting")
    if domain not in domains:
        raise check.fail(f"unknown domain {path.parts[1]!r}: known: {', '.join(domains)}")
    content = check.mapping(read_json(source, file), "the file")
    turns = tuple(_turns(check.items(check.field(content, "meeting_transcripts"), "meeting_transcripts"), check))
    for kind in KINDS:
        pairs = check.items(check.field(content, f"{kind}_query_list"), f"{kind}_query_list")
        for index, pair in enumerate(pairs):
            check.record = f"{kind} query {index}"
            query, answer, evidence = _pair(pair, kind, len(turns), check)
            yield Example(
                id=f"{meeting}-{kind}-{index}",
                dataset=dataset,
                group=meeting,
                domains=(domain,),
                turns=turns,
                query=query,
                evidence=evidence,
                summary=tuple(split_sentences(answer)),
            )


def _turns(items: list[Any], check: Checker) -> Iterator[Turn]:
    if not items:
        raise check.fail("meeting_transcripts is empty")
    for number, item in enumerate(items):
        check.record = f"turn {number}"
        turn = check.mapping(item, "the turn")
        yield Turn(
            check.text(check.field(turn, "speaker"), "speaker"), check.text(check.field(turn, "content"), "content")
        )


def _pair(pair: Any, kind: str, turns: int, check: Checker) -> tuple[str, str, tuple[int, ...]]:
    fields = check.mapping(pair, "the pair")
    query = check.text(check.field(fields, "query"), "query")
    answer = check.text(check.field(fields, "answer"), "answer")
    if not query.strip():
        raise check.fail("query is empty")
    if not answer.strip():
        raise check.fail("answer is empty")
    spans = check.items(check.field(fields, "relevant_text_span"), "relevant_text_span") if kind == "specific" else []
    if kind == "specific" and not spans:
        raise check.fail("relevant_text_span is empty")
    evidence = {turn for span in spans for turn in _span(span, turns, check)}
    return query, answer, tuple(sorted(evidence))


def _span(span: Any, turns: int, check: Checker) -> range:
    """Turn indices of ``["first", "last"]``, both inclusive."""
    bounds = check.items(span, "a span")
    if len(bounds) != 2 or not all(_INDEX.fullmatch(str(bound)) for bound in bounds):
        raise check.fail(f"span {str(bounds)[:80]} is not a pair of turn indices")
    first, last = (int(bound) for bound in bounds)
    if not 0 <= first <= last < turns:
        raise check.fail(f"span {first}–{last} is out of range: the meeting has turns 0–{turns - 1}")
    return range(first, last + 1)
