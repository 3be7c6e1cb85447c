"""Puts a site's files into a folder, beside files of others, and takes away what an earlier build left."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from pathlib import Path

from todsum.errors import TodsumError
from todsum.files.folders import filling
from todsum.files.json_files import read_json
from todsum.files.writing import naming

MANIFEST = ".todsum-site.json"
MAX_MANIFEST = 1 << 24
_PATH = re.compile(r"(?:[a-z0-9][a-z0-9-]*/)*[a-z0-9][a-z0-9-]*\.[a-z0-9]+")


def write_site(files: Mapping[str, bytes], out: Path) -> None:
    """Writes ``files`` (contents by path inside ``out``) and removes files of an earlier build that are not among them.

    All is written before anything is put in place, pages last; a build that is killed can be started again. The
    manifest names the files that are the site's own.

    Raises:
        ValueError: a path is not a plain one inside ``out``.
        TodsumError: a file is in the way that no build wrote, or the manifest can't be read.
    """
    for path in files:
        if not _PATH.fullmatch(path):
            raise ValueError(f"{path!r}: not a path of the site")
    gone: list[str] = []
    with filling(out, gone=gone, pause=time.sleep) as new:
        own = _own_files(out)
        for path in {*files, *own}:
            _check_inside(out, path)
        for path in files:
            if path not in own and (out / path).exists():
                raise TodsumError(
                    f"{out / path}: not a file of an earlier build; move it away or choose another folder"
                )
        for path, content in files.items():
            if not _is_there(out / path, content):
                _write(new / path, content)
        _write(new / MANIFEST, (json.dumps(sorted(files), indent=0) + "\n").encode())
        gone += own - files.keys()


def _is_there(path: Path, content: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with naming(path):
        path.write_bytes(content)


def _own_files(out: Path) -> set[str]:
    """What the manifest names. It may have been edited: only plain paths count."""
    manifest = out / MANIFEST
    if not manifest.exists():
        return set()
    try:
        paths = read_json(manifest, MAX_MANIFEST)
    except TodsumError as error:
        raise TodsumError(f"{error}; choose another folder") from error
    if not isinstance(paths, list) or not all(isinstance(path, str) and _PATH.fullmatch(path) for path in paths):
        raise TodsumError(f"{manifest}: not a list of the site's paths; choose another folder")
    return set(paths)


def _check_inside(out: Path, path: str) -> None:
    """No folder on the way may be a link to somewhere else."""
    if not (out / path).parent.resolve().is_relative_to(out.resolve()):
        raise TodsumError(f"{(out / path).parent}: leads out of {out}; remove the link")
