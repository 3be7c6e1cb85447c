"""Files of strangers, read within bounds: YAML without tricks, and compressed JSON lines."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from todsum.errors import TodsumError
from todsum.yaml_files import SingleKeyLoader

MAX_META = 1 << 18
MAX_PACKED = 1 << 26
MAX_UNPACKED = 1 << 30
MAX_LINE = 1 << 18
MAX_DEPTH = 20


class _Loader(SingleKeyLoader):
    """Refuses aliases, with which a short file can stand for an endless one, and deep nesting."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "aliases are not allowed", self._mark())
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise yaml.composer.ComposerError(None, None, f"nested deeper than {MAX_DEPTH} levels", self._mark())
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def _mark(self) -> Any:
        """Where the loader is."""
        return self.peek_event().start_mark  # type: ignore[no-untyped-call]


def check_plain_file(path: Path, most: int) -> None:
    """Refuses what is no regular file of its own folder, or too large.

    Raises:
        TodsumError: missing, a link, a folder or a device, or more than ``most`` bytes.
    """
    if path.is_symlink():
        raise TodsumError(f"{path}: is a link; only plain files are read")
    if not path.exists():
        raise TodsumError(f"{path}: missing")
    if not path.is_file():
        raise TodsumError(f"{path}: is not a file")
    if (size := path.stat().st_size) > most:
        raise TodsumError(f"{path}: {size} bytes are more than the {most} that are allowed")


def read_yaml(path: Path) -> dict[str, Any]:
    """A mapping from a YAML file of plain values.

    Raises:
        TodsumError: missing, a link, too large, not UTF-8, not YAML, aliases, deep nesting, or no mapping.
    """
    check_plain_file(path, MAX_META)
    try:
        content = yaml.load(path.read_bytes().decode("utf-8-sig"), Loader=_Loader)  # a SafeLoader
    except OSError as error:
        raise TodsumError(f"{path}: can't be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TodsumError(f"{path}: not UTF-8 at byte {error.start}") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise TodsumError(f"{path}: not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise TodsumError(f"{path}: expected a mapping with system, authors, runs …")
    return content


def read_json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    """The number and the content of each line of a gzip file; blank lines are skipped.

    Raises:
        TodsumError: missing, a link, too large packed or unpacked, not gzip, cut short, a line that is too long, not
            UTF-8 or not JSON.
    """
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line.decode("utf-8"), parse_constant=_no_constant)
        except UnicodeDecodeError as error:
            raise TodsumError(f"{path}: line {number}: not UTF-8 at byte {error.start}") from error
        except RecursionError as error:
            raise TodsumError(f"{path}: line {number}: nested too deeply") from error
        except ValueError as error:
            raise TodsumError(f"{path}: line {number}: broken JSON: {error}") from error


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _lines(path: Path) -> Iterator[bytes]:
    """Lines without their ends. Unpacks a little at a time, so that a bomb is refused before it is unpacked."""
    check_plain_file(path, MAX_PACKED)
    rest, total = b"", 0
    for piece in _unpacked(path):
        total += len(piece)
        if total > MAX_UNPACKED:
            raise TodsumError(f"{path}: unpacks to more than the {MAX_UNPACKED} bytes that are allowed")
        *whole, rest = (rest + piece).split(b"\n")
        if len(rest) > MAX_LINE or any(len(line) > MAX_LINE for line in whole):
            raise TodsumError(f"{path}: a line is longer than the {MAX_LINE} bytes that are allowed")
        yield from whole
    if rest:
        yield rest


def _unpacked(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            unpack = zlib.decompressobj(wbits=31)
            while packed := unpack.unconsumed_tail or stream.read(1 << 16):
                yield unpack.decompress(packed, 1 << 20)
                if unpack.eof and (left := unpack.unused_data or stream.read(1)):
                    raise TodsumError(f"{path}: {len(left)} bytes or more follow the end of the gzip data")
            if not unpack.eof:
                raise TodsumError(f"{path}: not a whole gzip file: cut short or empty")
    except OSError as error:
        raise TodsumError(f"{path}: can't be read: {error.strerror}") from error
    except zlib.error as error:
        raise TodsumError(f"{path}: not a gzip file: {error}") from error
