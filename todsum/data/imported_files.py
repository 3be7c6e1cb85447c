"""The data files of a data set from elsewhere: which make a split, their checksums, and where a row stands."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import datasets

from todsum.cache import cache_folder
from todsum.data.hub.download import SUFFIXES, Fetched
from todsum.errors import TodsumError

#: The readers of ``datasets`` that are used: none of them runs or unpickles anything.
READERS = ("parquet", "json", "csv")
_ONLY = "only Parquet, JSON and CSV files of the data set itself are read"
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

    def rows(self, split: str) -> datasets.Dataset:
        """The rows of a split, as the data set has them.

        Raises:
            TodsumError: the files can't be read.
        """
        try:
            self.builder.download_and_prepare(verification_mode="no_checks")
            return self.builder.as_dataset(split=self.original[split])
        except (datasets.exceptions.DatasetGenerationError, ValueError, OSError) as error:
            cause = error.__cause__ or error
            raise TodsumError(f"{self.label}: its files can't be read as its card says: {cause}") from error

    def checksum(self, splits: Sequence[str], choices: Sequence[object]) -> tuple[str, dict[str, str]]:
        """A fingerprint of the files of some splits and of all that decides how they are read; each file's checksum."""
        digests: dict[str, str] = {}
        digest = hashlib.sha256("\n".join(map(str, choices)).encode())
        for split in splits:
            for path in self.files[split]:
                with path.open("rb") as stream:
                    digests[self._name(path)] = hashlib.file_digest(stream, "sha256").hexdigest()
                digest.update(f"\n{split}\0{self._name(path)}\0{digests[self._name(path)]}".encode())
        return digest.hexdigest(), digests

    def place(self, split: str, index: int) -> tuple[str, int]:
        """File and row, from 1, of a split's row; the files are read again to find it."""
        files = self.files[split]
        for path in files[:-1]:
            cache = str(cache_folder() / "imported")
            count = len(
                datasets.load_dataset(_reader(self.builder), data_files=[str(path)], split="train", cache_dir=cache)
            )
            if index < count:
                return self._name(path), index + 1
            index -= count
        return self._name(files[-1]), index + 1

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
    if not _has_data(fetched.folder):
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
        builder = datasets.load_dataset_builder(
            str(fetched.folder),
            fetched.config,
            data_files=fetched.data_files,
            cache_dir=str(cache_folder() / "imported"),
        )
    except Exception as error:  # whatever the library makes of what strangers put into a folder
        raise TodsumError(f"{label}: {error}") from error
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
    return SplitFiles(label, fetched.folder, builder, found, original)


def _reader(builder: Any) -> str:
    """The name of the reader of ``datasets``: the module of its builder, which itself is named after the data set."""
    return type(builder).__module__.rsplit(".", 1)[-1]


def _has_data(folder: Path) -> bool:
    return any(path.suffix in SUFFIXES for path in folder.rglob("*"))
