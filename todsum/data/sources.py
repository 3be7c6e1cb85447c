"""Where published files come from: a folder, a zip of it, or a download of the pinned revision."""

from __future__ import annotations

import fnmatch
import io
import os
import urllib.error
import urllib.request
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import cast

from todsum.data.lock import Lock, read_lock
from todsum.errors import TodsumError
from todsum.files.cache import cache_folder, file_made_once
from todsum.files.checksums import sha256
from todsum.files.plain import open_plain
from todsum.files.zip_files import MAX_UNPACKED, open_zip

#: What tells a data set's root: one of these files, or any file below these folders.
MARKERS = {
    "todsum": ("todsum/train.json", "todsum/valid.json", "todsum/test.json"),
    "qmsum": ("data/Academic/", "data/Committee/", "data/Product/"),
    "mts-dialog": ("Main-Dataset/",),
}
#: What reading a damaged file raises.
DAMAGE = (OSError, zipfile.BadZipFile, zlib.error, EOFError)


class Source(ABC):
    """Files by their published names, such as ``todsum/test.json``."""

    label: str

    @abstractmethod
    def names(self) -> list[str]:
        """All file names, sorted."""

    @abstractmethod
    def open(self, name: str) -> io.BufferedIOBase:
        """A binary stream of one file.

        Raises:
            TodsumError: the file is not there or can't be read.
        """

    def match(self, pattern: str) -> list[str]:
        """The names that fit a shell pattern, sorted."""
        return [name for name in self.names() if fnmatch.fnmatchcase(name, pattern)]

    def has(self, name: str) -> bool:
        """Whether there is such a file."""
        return name in self.names()

    def read(self, name: str, most: int) -> bytes:
        """A whole file.

        Raises:
            TodsumError: it is not there, can't be read, or has more than ``most`` bytes.
        """
        where = f"{self.label}/{name}"
        with self.open(name) as stream, _readable(where):
            content = stream.read(most + 1)
        if len(content) > most:
            raise TodsumError(f"{where}: more than the {most} bytes that are allowed")
        return content

    def sha256(self, name: str) -> str:
        """Checksum of one file."""
        with self.open(name) as stream, _readable(f"{self.label}/{name}"):
            return sha256(stream)


@contextmanager
def _readable(where: str) -> Iterator[None]:
    """Turns what a damaged file raises while it is read into an error that names it."""
    try:
        yield
    except DAMAGE as error:
        raise TodsumError(f"{where}: can't be read: {error}") from error


class FolderSource(Source):
    """A folder as published."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.label = str(root)

    def names(self) -> list[str]:
        """All file names below the folder, hidden folders left out."""
        return self._names

    @cached_property
    def _names(self) -> list[str]:
        found = []
        for folder, subfolders, files in os.walk(self.root):
            subfolders[:] = [name for name in subfolders if not name.startswith(".")]
            base = Path(folder).relative_to(self.root)
            found += [(base / file).as_posix() for file in files if not file.startswith(".")]
        return sorted(found)

    def open(self, name: str) -> io.BufferedIOBase:
        """A binary stream of one file."""
        return open_plain(self.root / name, MAX_UNPACKED)


class ZipSource(Source):
    """A zip of the folder; members are read in place, nothing is unpacked."""

    def __init__(self, path: Path, prefix: str = "") -> None:
        self.path = path
        self.prefix = prefix
        self.label = f"{path}{'!' + prefix if prefix else ''}"
        self.archive = open_zip(path)

    def names(self) -> list[str]:
        """All member names below the prefix."""
        return self._names

    @cached_property
    def _names(self) -> list[str]:
        inside = [n for n in self.archive.namelist() if n.startswith(self.prefix) and not n.endswith("/")]
        if len(set(inside)) < len(inside):
            raise TodsumError(f"{self.path}: a file is there twice under one name")
        shown = (name for name in inside if not name.rsplit("/", 1)[-1].startswith("."))
        return sorted(name[len(self.prefix) :] for name in shown)

    def open(self, name: str) -> io.BufferedIOBase:
        """A buffered binary stream of one member."""
        try:
            return cast(io.BufferedIOBase, self.archive.open(self.prefix + name))
        except KeyError as error:
            raise TodsumError(f"{self.path}: no file {name} in it") from error
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            raise TodsumError(f"{self.path}: {name}: {error}") from error


def _marked(name: str, markers: tuple[str, ...]) -> bool:
    return any(name == marker or (marker.endswith("/") and name.startswith(marker)) for marker in markers)


def _marked_folder(folder: Path, markers: tuple[str, ...]) -> bool:
    return any((folder / marker).exists() for marker in markers)


def _open_zip(path: Path, markers: tuple[str, ...]) -> ZipSource | None:
    """The zip as a source: its root may lie one or two folders down, as in a forge's download."""
    tops = set()
    for name in ZipSource(path).names():
        parts = name.split("/")
        for depth in range(min(3, len(parts))):
            if _marked("/".join(parts[depth:]), markers):
                tops.add("".join(f"{part}/" for part in parts[:depth]))
    nearest = sorted(tops, key=lambda top: (top.count("/"), top))[:2]
    if len(nearest) > 1 and nearest[0].count("/") == nearest[1].count("/"):
        raise TodsumError(f"{path}: the data set is there twice, in {nearest[0]} and {nearest[1]}: pack one of them")
    return ZipSource(path, nearest[0]) if nearest else None


def open_source(name: str, path: Path) -> Source:
    """The source of a data set at ``path``: a folder with the data set in it, its root, or a zip of either.

    Raises:
        TodsumError: there is no such data set at that place.
    """
    markers = MARKERS[name]
    lock = read_lock(name)
    if not path.exists():
        raise TodsumError(f"{path}: no such folder or zip")
    if path.is_file():
        if zipped := _open_zip(path, markers):
            return zipped
    else:
        repository = lock.url.rsplit("/", 1)[-1]
        inside = path / name
        below = sorted(child for parent in (inside, path) if parent.is_dir() for child in parent.iterdir())
        folders = [inside, path, path / repository, *(c for c in below if c.is_dir() and c.name.startswith(repository))]
        for folder in folders:
            if _marked_folder(folder, markers):
                return FolderSource(folder)
        for child in below:
            if child.suffix == ".zip" and child.stem.lower().startswith(name) and (zipped := _open_zip(child, markers)):
                return zipped
    raise TodsumError(
        f"{path}: no {name} in it: expected {name}/{markers[-1]}, laid out as {lock.url}, or a zip of it; "
        "if this is a folder or file inside of it, pass the folder above"
    )


def download(lock: Lock) -> Path:
    """The zip of the pinned revision, from the cache or the network, with progress on stderr.

    Raises:
        TodsumError: no network, or the archive is not the pinned one.
    """
    from todsum.console import progress_bar

    def fetch(part: Path) -> None:
        try:
            with urllib.request.urlopen(lock.archive, timeout=20) as reply, part.open("wb") as out:
                total = int(reply.headers.get("Content-Length") or 0) or None
                with progress_bar(f"download {lock.name}", total) as advance:
                    while block := reply.read(1 << 18):
                        out.write(block)
                        advance(len(block))
            _verify(part, lock)
        except (urllib.error.URLError, TimeoutError, OSError) as error:
            reason = getattr(error, "reason", error)
            raise TodsumError(
                f"{lock.name}: can't download {lock.archive} ({reason}): pass --data DIR, a folder with {lock.name}/ "
                f"in it (a clone of {lock.url} at {lock.revision[:12]}, or its zip)"
            ) from error

    return file_made_once(cache_folder() / "sources" / f"{lock.name}-{lock.revision[:12]}.zip", fetch)


def _verify(path: Path, lock: Lock) -> None:
    archive = _open_zip(path, MARKERS[lock.name])
    if archive is None:
        raise TodsumError(f"{lock.archive}: the download holds no {lock.name}")
    for file, digest in lock.files.items():
        if digest and archive.sha256(file) != digest:
            raise TodsumError(f"{lock.archive}: {file} is not the pinned one (sha256 differs)")


def find_source(name: str, data: Path | None) -> Source:
    """The source of a data set: at ``data`` where given, else the download of the pinned revision."""
    return open_source(name, data if data is not None else download(read_lock(name)))
