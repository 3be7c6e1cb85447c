"""The data files of a data set from elsewhere: which make a split, their checksums and their rows.

``datasets`` finds the files and reads Parquet. CSV and JSON are read here: its readers guess types, so that the id
``000`` becomes a number and the words ``None`` and ``NA`` nothing.
"""

from __future__ import annotations

import errno
import hashlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets
import pyarrow.parquet

from todsum.data.hub.card import CARD
from todsum.data.imported.download import SUFFIXES, Fetched
from todsum.data.parquet_files import check_parquet
from todsum.data.record_files import csv_file, json_field, json_records
from todsum.data.table_lock import table_held
from todsum.errors import RecordError, TodsumError
from todsum.files.cache import cache_folder
from todsum.files.checksums import sha256
from todsum.files.plain import check_plain
from todsum.files.writing import unwritable

#: The readers of ``datasets`` whose files are read: none of them runs or unpickles anything.
READERS = ("parquet", "json", "csv")
_ONLY = "only Parquet, JSON and CSV files of the data set itself are read"
#: Of a data set, and of one of its files.
MAX_FILES, MAX_ROWS = 100_000, 1_000_000
#: Characters of what the library says of a folder.
LONGEST = 300
#: A file that ``datasets`` reads beside the card.
STANDALONE = ".huggingface.yaml"
#: The folder of built tables within the cache.
_TABLES = "imported"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
#: Other names of our splits.
SPLIT_NAMES = {"dev": "validation", "val": "validation", "valid": "validation"}


@dataclass(frozen=True)
class SplitFiles:
    """Reads a data set's splits.

    Attributes:
        label: the data set's name in messages.
        folder: where its files lie.
        builder: of ``datasets``.
        files: by our names of the splits; other splits are left out.
        original: the data set's own names of the splits.
    """

    label: str
    folder: Path
    builder: Any
    files: Mapping[str, Sequence[Path]]
    original: Mapping[str, str]

    def columns(self, split: str, wanted: Sequence[str]) -> list[str]:
        """The columns of a split, read until all that are wanted are found.

        Raises:
            TodsumError: the files can't be read.
        """
        found: dict[str, None] = {}
        for path in self.files[split]:
            found.update(dict.fromkeys(self._columns(path, split, set(wanted).difference(found))))
            if found.keys() >= set(wanted):
                break
        return list(found)

    def rows(self, split: str, wanted: Sequence[str]) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
        """File, row in it, from 1, and the wanted columns of each row of a split: values as they stand in the file.

        Raises:
            TodsumError: the files can't be read.
        """
        if self._kind == "parquet":
            yield from self._parquet_rows(split, wanted)
            return
        for path in self.files[split]:
            if self._kind == "csv":
                with csv_file(path, self._delimiter) as table:
                    for number, cells in enumerate(table.rows, 1):
                        yield self._name(path), number, {name: cells.get(name) for name in wanted}
                continue
            for number, row in self._json(path):
                if not isinstance(row, dict):
                    raise RecordError(path, number, "expected an object with the columns")
                yield self._name(path), number, {name: row.get(name) for name in wanted}

    def unused(self) -> list[str]:
        """Data files beside those of the splits, where no config of the card chooses among them."""
        if self.builder.config.name != "default":
            return []
        used = {path.resolve() for paths in self.files.values() for path in paths}
        found = (path for path in self.folder.resolve().rglob("*") if path.suffix in SUFFIXES)
        return sorted(self._name(path) for path in found if path.resolve() not in used)

    def _columns(self, path: Path, split: str, wanted: set[str]) -> Iterable[str]:
        if self._kind == "parquet":
            return list(self._table(split).column_names)
        if self._kind == "csv":
            with csv_file(path, self._delimiter) as table:
                return table.columns
        found: dict[str, None] = {}
        for _, row in self._json(path):
            found.update(dict.fromkeys(row) if isinstance(row, dict) else {})
            if found.keys() >= wanted:
                break
        return found

    def _parquet_rows(self, split: str, wanted: Sequence[str]) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
        rows = iter(self._table(split).select_columns(list(wanted)))
        for path in self.files[split]:
            for number in range(1, pyarrow.parquet.read_metadata(path).num_rows + 1):
                yield self._name(path), number, next(rows)

    def _table(self, split: str) -> datasets.Dataset:
        try:
            with _held(self.folder):
                self.builder.download_and_prepare(verification_mode="no_checks")
                return self.builder.as_dataset(split=self.original[split])
        except (datasets.exceptions.DatasetGenerationError, ValueError, OSError) as error:
            cause = error.__cause__ or error
            if isinstance(cause, OSError) and cause.errno in _NO_ROOM:
                raise unwritable(cache_folder() / _TABLES, cause) from error
            raise TodsumError(f"{self.label}: its files can't be read as its card says: {cause}") from error

    def _json(self, path: Path) -> Iterator[tuple[int, Any]]:
        field = self.builder.config.field
        records = json_records(path) if field is None else json_field(path, field)
        for number, row in records:
            if number > MAX_ROWS:
                raise TodsumError(f"{path}: more than the {MAX_ROWS} rows that are allowed")
            yield number, row

    @property
    def _delimiter(self) -> str | None:
        """The one that the card or the ending says; the comma is only the default of ``datasets``."""
        sep = self.builder.config.sep
        return sep if isinstance(sep, str) and len(sep) == 1 and sep != "," else None

    @property
    def _kind(self) -> str:
        return _reader(self.builder)

    def checksum(self, splits: Sequence[str], choices: Sequence[object]) -> tuple[str, dict[str, str]]:
        """A fingerprint of the files of some splits and of all that decides how they are read; each file's checksum."""
        digests: dict[str, str] = {}
        digest = hashlib.sha256("\n".join(map(str, choices)).encode())
        for split in splits:
            for path in self.files[split]:
                digests[self._name(path)] = sha256(path)
                digest.update(f"\n{split}\0{self._name(path)}\0{digests[self._name(path)]}".encode())
        return digest.hexdigest(), digests

    def _name(self, path: Path) -> str:
        return Path(os.path.relpath(path, self.folder.resolve())).as_posix()


def split_files(label: str, fetched: Fetched) -> SplitFiles:
    """Finds a config's files as ``datasets`` does, and refuses whatever is not Parquet, JSON or CSV.

    Raises:
        TodsumError: no such files, files of another kind, or outside of the data set's folder.
    """
    if not sys.stderr.isatty():
        datasets.disable_progress_bars()
    script = fetched.folder / f"{fetched.folder.name}.py"
    if script.exists():
        raise TodsumError(f"{label}: {script.name} is a loading script: never run; pass a folder with the files alone")
    if not _has_data(label, fetched.folder):
        raise TodsumError(
            f"{label}: no Parquet, JSON or CSV files (scripts are never run): such repositories often have converted "
            "files at the revision refs/convert/parquet"
        )
    named = [
        path for patterns in (fetched.data_files or {}).values() for p in patterns for path in fetched.folder.glob(p)
    ]
    if wrong := [path for path in named if path.is_file() and path.suffix not in SUFFIXES]:
        raise TodsumError(f"{label}: {wrong[0].name}: {_ONLY}")
    try:
        with _held(fetched.folder):
            builder = datasets.load_dataset_builder(
                str(fetched.folder),
                fetched.config,
                data_files=fetched.data_files,
                cache_dir=str(cache_folder() / _TABLES),
            )
    except Exception as error:  # whatever the library makes of what strangers put into a folder
        said = str(error)
        raise TodsumError(f"{label}: {said if len(said) <= LONGEST else f'{said[:LONGEST]}…'}") from error
    found: dict[str, Sequence[Path]] = {}
    original: dict[str, str] = {}
    root = fetched.folder.resolve()
    for split, paths in (builder.config.data_files or {}).items():
        for path in paths:
            inside = Path(path).parent.resolve().is_relative_to(root)  # the files themselves may be links of the cache
            if _reader(builder) not in READERS or not inside or Path(path).suffix not in SUFFIXES:
                raise TodsumError(f"{label}: {path}: {_ONLY}")
        name = SPLIT_NAMES.get(str(split), str(split))
        found[name], original[name] = [Path(path) for path in paths], str(split)
        if _reader(builder) == "parquet":
            for path in found[name]:
                check_parquet(path, MAX_ROWS)
    return SplitFiles(label, fetched.folder, builder, found, original)


def _held(folder: Path) -> AbstractContextManager[None]:
    """Holds the tables of a data set's folder in the cache."""
    return table_held(cache_folder() / _TABLES, hashlib.sha256(bytes(folder.resolve())).hexdigest()[:16])


def _reader(builder: Any) -> str:
    """The name of the reader of ``datasets``: the module of its builder, which itself is named after the data set."""
    return type(builder).__module__.rsplit(".", 1)[-1]


def _has_data(label: str, folder: Path) -> bool:
    """Whether there are data files; ``datasets`` must not meet a pipe, nor a configuration beside the card."""
    found = False
    for count, path in enumerate(folder.rglob("*")):
        if count == MAX_FILES:
            raise TodsumError(f"{label}: more than {MAX_FILES} files: pass the folder of the data set alone")
        if path.name == STANDALONE:
            raise TodsumError(f"{path}: is not read: put what it says into {CARD}")
        if not path.is_dir():
            check_plain(path)
            found |= path.suffix in SUFFIXES
    return found
