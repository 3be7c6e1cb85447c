"""TODSum's records as examples, in the order of the published files.

Facts and oddities: the ``state`` keeps the order of ``dst`` (domains, then ``book`` before ``semi``, then the
slots' own order, which varies). A ``book`` part with no value at all and ``semi`` values "not mentioned" are
unfilled and make no entry; everything else is kept as published, empty values and stray blanks included.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from todsum.data.records import Checker, stream_list
from todsum.data.schema import Example, Slot, Turn
from todsum.data.sources import Source
from todsum.errors import TodsumError

FILES = {"train": "todsum/train.json", "validation": "todsum/valid.json", "test": "todsum/test.json"}
SPEAKERS = ("user", "agent")
UNFILLED = "not mentioned"

#: The low-resource protocol: the official validation split, shuffled with this seed, the first so many train.
LOW_RESOURCE_SEED = 0
LOW_RESOURCE_TRAIN = 900


def files(source: Source, protocol: str) -> dict[str, list[str]]:
    """The files that make each split.

    Raises:
        TodsumError: ``protocol`` is ``full`` and there is no training split.
    """
    validation = [FILES["validation"]]
    if protocol == "low-resource":
        return {"train": validation, "validation": validation, "test": [FILES["test"]]}
    return {split: [file] for split, file in FILES.items()}


def check_protocol(source: Source, protocol: str, splits: tuple[str, ...]) -> None:
    """Refuses the full protocol where there is no training split."""
    if protocol == "full" and "train" in splits and not source.has(FILES["train"]):
        raise TodsumError(
            f"{source.label}: no {FILES['train']}: pass a full clone of TODSum, or choose the low-resource protocol "
            "by name (--protocol low-resource), which cuts train and dev from the validation split"
        )


def examples(source: Source, split: str, protocol: str, dataset: str, domains: tuple[str, ...]) -> Iterator[Example]:
    """The examples of a split, streaming (``low-resource`` reads the whole validation split).

    Raises:
        TodsumError: a file or a record is broken; the message names it.
    """
    if protocol == "low-resource" and split != "test":
        official = list(_read(source, FILES["validation"], dataset, domains))
        random.Random(LOW_RESOURCE_SEED).shuffle(official)
        yield from official[:LOW_RESOURCE_TRAIN] if split == "train" else official[LOW_RESOURCE_TRAIN:]
    else:
        yield from _read(source, FILES[split], dataset, domains)


def _read(source: Source, file: str, dataset: str, domains: tuple[str, ...]) -> Iterator[Example]:
    where = f"{source.label}/{file}"
    for number, record in enumerate(stream_list(source, file), 1):
        yield parse(record, Checker(where, number), dataset, domains)


def parse(record: Any, check: Checker, dataset: str, domains: tuple[str, ...]) -> Example:
    """One published record as an example.

    Raises:
        RecordError: a field is missing, of the wrong type, empty, or names an unknown domain.
    """
    fields = check.mapping(record, "the record")
    identity = check.text(check.field(fields, "dialog_id"), "dialog_id")
    check.record = f"{check.record} ({identity})"
    if not identity.strip():
        raise check.fail("dialog_id is empty")
    utterances = check.texts(check.field(fields, "text"), "text")
    if not any(text.strip() for text in utterances):
        raise check.fail("text has no utterance")
    summary = check.texts(check.field(fields, "summary"), "summary")
    if not summary or not all(sentence.strip() for sentence in summary):
        raise check.fail("summary is empty or has an empty sentence")
    dst = check.mapping(check.field(fields, "dst"), "dst")
    if unknown := [domain for domain in dst if domain not in domains]:
        raise check.fail(f"unknown domain {unknown[0]!r} in dst: known: {', '.join(domains)}")
    return Example(
        id=identity,
        dataset=dataset,
        group=identity,
        domains=tuple(dst),
        turns=tuple(Turn(SPEAKERS[i % 2], text) for i, text in enumerate(utterances)),
        state=tuple(_state(dst, check)),
        summary=tuple(summary),
    )


def _state(dst: dict[str, Any], check: Checker) -> Iterator[Slot]:
    for domain, value in dst.items():
        parts = check.mapping(value, f"dst.{domain}")
        book = _slots(parts, domain, "book", check)
        if any(book.values()):
            yield from (Slot(domain, "book", slot, text) for slot, text in book.items())
        for slot, text in _slots(parts, domain, "semi", check).items():
            if text != UNFILLED:
                yield Slot(domain, "inform", slot, text)


def _slots(parts: dict[str, Any], domain: str, kind: str, check: Checker) -> dict[str, str]:
    what = f"dst.{domain}.{kind}"
    slots = check.mapping(check.field(parts, kind), what)
    return {check.text(slot, what): check.text(value, f"{what}.{slot}") for slot, value in slots.items()}
