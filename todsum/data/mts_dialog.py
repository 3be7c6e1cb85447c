"""MTS-Dialog's conversations of doctors and patients as examples: each is one section of a clinical note.

The section is the domain and, in words, the query. Both official test sets make the test split. An id is the set and
the ``ID`` in its file (``test-2-17``), so that figures of each test set can be told from the whole.

Oddities of the published files, kept as they are and counted in the tests: three lines that no speaker begins are
part of the turn before, one of them a turn with a full stop for its colon (``Guest_family. Hello.``), and so are four
turns that begin inside of a line; speakers are spelled in several ways (``Guest_clinican``, ``Docotr_2``, ``"Doctor``);
three conversations have one turn; five occur more than once, some with another section or summary, and three training
examples have the conversation of a test example (the leak check drops them); short references such as "None." repeat
across splits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from todsum.data.dialogues import read_text
from todsum.data.records import Checker, read_csv
from todsum.data.schema import Example
from todsum.data.sources import Source
from todsum.errors import TodsumError, unknown_name
from todsum.sentences import split_sentences

#: Each split's files, by the beginning of their examples' ids.
FILES = {
    "train": {"train": "Main-Dataset/MTS-Dialog-TrainingSet.csv"},
    "validation": {"validation": "Main-Dataset/MTS-Dialog-ValidationSet.csv"},
    "test": {
        "test-1": "Main-Dataset/MTS-Dialog-TestSet-1-MEDIQA-Chat-2023.csv",
        "test-2": "Main-Dataset/MTS-Dialog-TestSet-2-MEDIQA-Sum-2023.csv",
    },
}
COLUMNS = ("ID", "section_header", "section_text", "dialogue")
#: Section headers and what they stand for (the authors' README), the most frequent in training first.
SECTIONS = {
    "FAM/SOCHX": "family and social history",
    "GENHX": "history of present illness",
    "PASTMEDICALHX": "past medical history",
    "CC": "chief complaint",
    "PASTSURGICAL": "past surgical history",
    "ALLERGY": "allergy",
    "ROS": "review of systems",
    "MEDICATIONS": "medications",
    "ASSESSMENT": "assessment",
    "EXAM": "exam",
    "DIAGNOSIS": "diagnosis",
    "DISPOSITION": "disposition",
    "PLAN": "plan",
    "EDCOURSE": "emergency department course",
    "IMMUNIZATIONS": "immunizations",
    "IMAGING": "imaging",
    "GYNHX": "gynecologic history",
    "PROCEDURES": "procedures",
    "OTHER_HISTORY": "other history",
    "LABS": "labs",
}
_ID = re.compile(r"[0-9]{1,9}")


def domain_of(header: str) -> str:
    """The domain of a section header, fit for the name of a folder: ``FAM/SOCHX`` is ``fam-sochx``."""
    return header.lower().replace("/", "-").replace("_", "-")


def files(source: Source, protocol: str) -> dict[str, list[str]]:
    """The files that make each split."""
    return {split: list(names.values()) for split, names in FILES.items()}


def check_protocol(source: Source, protocol: str, splits: tuple[str, ...]) -> None:
    """Refuses another protocol than the published splits, and a split without its files."""
    if protocol != "full":
        raise TodsumError(f"mts-dialog has no {protocol} protocol: its splits are published; use --protocol full")
    for split in splits:
        for file in FILES[split].values():
            if not source.has(file):
                raise TodsumError(f"{source.label}: no {file}, which makes {split}: pass a full clone of MTS-Dialog")


def examples(source: Source, split: str, protocol: str, dataset: str, domains: tuple[str, ...]) -> Iterator[Example]:
    """The examples of a split, in the order of its files.

    Raises:
        TodsumError: a file or a record is broken; the message names it.
    """
    for begin, file in FILES[split].items():
        table = read_csv(source, file)
        where = f"{source.label}/{file}"
        if missing := [name for name in COLUMNS if name not in table.columns]:
            raise TodsumError(f"{where}: no column {missing[0]!r}: expected {', '.join(COLUMNS)}")
        for number, cells in enumerate(table.rows, 1):
            yield parse(cells, begin, Checker(where, number), dataset)


def parse(cells: dict[str, str], begin: str, check: Checker, dataset: str) -> Example:
    """One published row as an example.

    Args:
        cells: the row, by column.
        begin: what its id begins with.
        check: says where the row stands when it is refused.
        dataset: the data set's name.

    Raises:
        RecordError: the ID is no number, the section is unknown, or there is no dialogue or no text of the section.
    """
    if not _ID.fullmatch(cells["ID"]):
        raise check.fail(f"ID {cells['ID'][:40]!r} is not a number")
    identity = f"{begin}-{cells['ID']}"
    check.record = f"{check.record} ({identity})"
    header = cells["section_header"]
    if header not in SECTIONS:
        raise check.fail(str(unknown_name("section_header", header, SECTIONS)))
    summary = tuple(split_sentences(check.text(cells["section_text"], "section_text")))
    if not summary:
        raise check.fail("section_text is empty")
    try:
        turns = read_text(check.text(cells["dialogue"], "dialogue")).turns
    except ValueError as error:
        raise check.fail(f"dialogue: {error}") from error
    return Example(
        id=identity,
        dataset=dataset,
        group=identity,
        domains=(domain_of(header),),
        turns=turns,
        query=SECTIONS[header],
        summary=summary,
    )
