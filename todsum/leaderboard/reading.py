"""Files of strangers: plain files of their own folder alone, YAML and compressed JSON lines within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from todsum.errors import TodsumError
from todsum.files import yaml_files
from todsum.files.json_files import parse_content
from todsum.files.packed import lines_of, unpacked
from todsum.files.plain import check_plain

MAX_META = 1 << 18
MAX_PACKED = 1 << 26
MAX_UNPACKED = 1 << 30
MAX_LINE = 1 << 18


def check_plain_file(path: Path, most: int) -> None:
    """Refuses what is no regular file of its own folder, or too large.

    Raises:
        TodsumError: missing, a link, a folder or a device, or more than ``most`` bytes.
    """
    if path.is_symlink():
        raise TodsumError(f"{path}: is a link; only plain files are read")
    if not path.exists():
        raise TodsumError(f"{path}: missing")
    check_plain(path, most)


def read_yaml(path: Path) -> dict[str, Any]:
    """A mapping from a YAML file of plain values.

    Raises:
        TodsumError: missing, a link, too large, not UTF-8, not YAML, larger than it looks by its aliases, nested too
            deeply, or no mapping.
    """
    check_plain_file(path, MAX_META)
    content = yaml_files.read_yaml(path, MAX_META)
    if not isinstance(content, dict):
        raise TodsumError(f"{path}: expected a mapping with system, authors, runs …")
    return content


def read_json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    """The number and the content of each line of a gzip file; blank lines are skipped.

    Raises:
        TodsumError: missing, a link, too large packed or unpacked, not gzip, cut short, a line that is too long, not
            UTF-8 or not JSON.
    """
    check_plain_file(path, MAX_PACKED)
    for number, line in enumerate(lines_of(unpacked(path, MAX_PACKED, MAX_UNPACKED), path, MAX_LINE), 1):
        line = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if line.strip():
            yield number, parse_content(line, f"{path}: line {number}")
