"""Data sets from elsewhere, a repository of the hub or a folder, as data sets of the suite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import datasets

from todsum.data.builder import SPLITS, BuiltData, Facts
from todsum.data.dialogues import Doubts, speaker_pattern
from todsum.data.imported.download import Fetched, fetch
from todsum.data.imported.files import SplitFiles, split_files
from todsum.data.imported.reference import Reference
from todsum.data.imported.rows import ColumnMap, Reader
from todsum.data.lock import Lock
from todsum.data.records import Checker
from todsum.data.schema import Example, features
from todsum.data.sources import FolderSource
from todsum.errors import RecordError, TodsumError

#: Raised when the same files are read differently: those of the suite's own schema, those with a map of columns, and
#: of the latter those of which something is left out.
VERSION, MAPPED_VERSION, SHORTENED_VERSION = 1, 2, 3
PROTOCOL = "imported"
#: A column with more values holds topics or titles, not domains.
MAX_DOMAINS = 100
#: Rows of a split that are refused before the rest is not read.
MAX_REFUSED = 1000


@dataclass(frozen=True)
class Import:
    """Which data set, and how it is read.

    Attributes:
        reference: where it lies.
        config: which of its configs; None takes the default one.
        columns: which columns hold what; None for data of the suite's own schema.
        speakers: a pattern with one group for what begins a turn; None recognises the layout.
        without: ids of rows that are left out, broken ones, say.
    """

    reference: Reference
    config: str | None = None
    columns: ColumnMap | None = None
    speakers: str | None = None
    without: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The data set's name in results."""
        return f"{self.reference.name}-{self.config}"[:100] if self.config else self.reference.name


@dataclass(frozen=True)
class Opened:
    """A data set whose files are here: its splits can be read."""

    choice: Import
    fetched: Fetched
    files: SplitFiles

    @property
    def splits(self) -> tuple[str, ...]:
        """Those of train, validation and test that it has."""
        return tuple(split for split in SPLITS if split in self.files.files)

    def examples(
        self, split: str, doubts: Doubts | None = None, left_out: set[str] | None = None
    ) -> Iterator[Example | RecordError]:
        """The examples of a split, in order; in the place of a row that is refused, why.

        Args:
            split: one of :attr:`splits`.
            doubts: counts what is read otherwise than it may be meant.
            left_out: receives the ids of rows that the choice leaves out.

        Raises:
            TodsumError: the files can't be read, or don't have the columns.
        """
        columns = self.choice.columns
        wanted = columns.names() if columns else list(features())
        found = self.files.columns(split, wanted)
        if missing := [name for name in wanted if name not in found]:
            there = ", ".join(map(str, found)) or "no rows"
            hint = "" if columns else "; map them, such as columns: {dialogue: dialogue, summary: summary}"
            raise TodsumError(f"{self.files.label}: {split} has no column {missing[0]!r}: it has {there}{hint}")
        speakers = speaker_pattern(self.choice.speakers) if self.choice.speakers else None
        reader = Reader(self.choice.name, columns, speakers, Doubts() if doubts is None else doubts)
        seen, refused, without = set[str](), 0, frozenset(self.choice.without)
        for number, (file, record, row) in enumerate(self.files.rows(split, wanted), 1):
            check = Checker(file, record)
            try:
                if without and (own := reader.identity(row, split, number, check)) in without:
                    if left_out is not None:
                        left_out.add(own)
                    continue
                example = reader.read(row, split, number, check)
                if example.id in seen:
                    raise check.fail(f"duplicate id {example.id!r}")
                seen.add(example.id)
                yield example
            except RecordError as error:
                refused += 1
                if refused > MAX_REFUSED:
                    raise TodsumError(f"{error} (the last of more than {MAX_REFUSED} rows that are refused)") from error
                yield error

    def build(self, splits: tuple[str, ...]) -> BuiltData:
        """The data set of some splits, every row checked.

        Raises:
            TodsumError: no test split, or a row is broken: file, row and reason of the first, and how many there are.
        """
        reference, label = self.choice.reference, self.files.label
        if "test" in splits and "test" not in self.splits:
            found = ", ".join(self.files.original.values()) or "none"
            raise TodsumError(f"{label}: no test split, which is what cells are tested on: it has {found}")
        chosen = tuple(split for split in splits if split in self.splits)
        tables, domains, doubts = datasets.DatasetDict(), set[str](), Doubts()
        ids, left_out = set[str](), set[str]()
        for split in chosen:
            read = list(self.examples(split, doubts, left_out))
            if broken := [item for item in read if isinstance(item, RecordError)]:
                more = f" (and {len(broken) - 1} more rows: `todsum-bench data check` lists them)" if broken[1:] else ""
                raise TodsumError(f"{label}: {broken[0]}{more}")
            good = [item for item in read if isinstance(item, Example)]
            if twice := ids.intersection(example.id for example in good):
                raise TodsumError(f"{label}: {split}: the id {min(twice)!r} is in another split, too")
            ids.update(example.id for example in good)
            domains.update(domain for example in good for domain in example.domains)
            tables[split] = datasets.Dataset.from_list([e.to_row() for e in good], features=features())
        unknown = set(self.choice.without) - left_out
        if unknown and set(chosen) == set(self.splits):
            raise TodsumError(f"{label}: without names the id {min(unknown)!r}, which no row has")
        if len(domains) > MAX_DOMAINS:
            raise TodsumError(
                f"{label}: {len(domains)} domains are too many (at most {MAX_DOMAINS}): map another column"
            )
        mapped = SHORTENED_VERSION if doubts.left_out else MAPPED_VERSION
        choices = (
            mapped if self.choice.columns else VERSION,
            self.fetched.config,
            self.choice.columns,
            self.choice.speakers,
            *([self.choice.without] if self.choice.without else []),
        )
        fingerprint, digests = self.files.checksum(chosen, choices)
        lock = Lock(
            name=self.choice.name,
            url=str(reference),
            archive="",
            revision=self.fetched.commit or "",
            licence=str(self.fetched.header.get("license", "none stated")),
            citation="",
            domains=tuple(sorted(domains)),
            counts={split: len(rows) for split, rows in tables.items()},
            files=dict(digests),
        )
        facts = Facts(self.choice.name, lock.domains, lock, None)
        source = FolderSource(self.fetched.folder)
        pinned = self.fetched.commit is not None
        return BuiltData(self.choice.name, PROTOCOL, lock.domains, tables, fingerprint, pinned, source, facts, doubts)


def open_import(choice: Import) -> Opened:
    """Finds the files of a data set, downloading them where they are not here.

    Raises:
        TodsumError: there is no such data set, revision or config, or no files that can be read without a script.
    """
    fetched = fetch(choice.reference, choice.config)
    return Opened(choice, fetched, split_files(str(choice.reference), fetched))
