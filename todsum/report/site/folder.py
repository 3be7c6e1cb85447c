"""Puts a site's files into a folder, beside files of others, and takes away what an earlier build left."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from todsum.errors import TodsumError

MANIFEST = ".todsum-site.json"
_PATH = re.compile(r"(?:[a-z0-9][a-z0-9-]*/)*[a-z0-9][a-z0-9-]*\.[a-z0-9]+")


def write_site(files: Mapping[str, bytes], out: Path) -> None:
    """Writes ``files`` (contents by path inside ``out``) and removes files of an earlier build that are not among them.

    All is written beside ``out`` first and then moved into place file by file, pages last: a reader never meets half a
    file, and a build that is killed can be started again. The manifest names the files that are the site's own.

    Raises:
        ValueError: a path is not a plain one inside ``out``.
        TodsumError: a file is in the way that no build wrote, or the manifest can't be read.
    """
    for path in files:
        if not _PATH.fullmatch(path):
            raise ValueError(f"{path!r}: not a path of the site")
    out.mkdir(parents=True, exist_ok=True)
    own = _own_files(out)
    for path in files:
        _check_inside(out, path)
        if path not in own and (out / path).exists():
            raise TodsumError(f"{out / path}: not a file of an earlier build; move it away or choose another folder")
    changed = [path for path in files if not _is_there(out / path, files[path])]
    order = sorted(changed, key=lambda path: (path.endswith(".html"), path))
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.resolve().parent) as folder:
        for path in order:
            _write(Path(folder) / path, files[path])
        # Until all is in place both the old and the new files are ours, so that a killed build can be repeated.
        _write_manifest(out, Path(folder), own | set(files))
        for path in order:
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / path).replace(out / path)
        for path in sorted(own - set(files)):
            _remove(out, path)
        _write_manifest(out, Path(folder), files)


def _is_there(path: Path, content: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _write_manifest(out: Path, folder: Path, paths: Iterable[str]) -> None:
    _write(folder / MANIFEST, (json.dumps(sorted(paths), indent=0) + "\n").encode())
    (folder / MANIFEST).replace(out / MANIFEST)


def _own_files(out: Path) -> set[str]:
    """What the manifest names. It may have been edited: only plain paths count."""
    manifest = out / MANIFEST
    if not manifest.exists():
        return set()
    try:
        paths = json.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TodsumError(f"{manifest}: can't be read ({error}); choose another folder") from error
    if not isinstance(paths, list) or not all(isinstance(path, str) and _PATH.fullmatch(path) for path in paths):
        raise TodsumError(f"{manifest}: not a list of the site's paths; choose another folder")
    return set(paths)


def _check_inside(out: Path, path: str) -> None:
    """No folder on the way may be a link to somewhere else."""
    if not (out / path).parent.resolve().is_relative_to(out.resolve()):
        raise TodsumError(f"{(out / path).parent}: leads out of {out}; remove the link")


def _remove(out: Path, path: str) -> None:
    _check_inside(out, path)
    (out / path).unlink(missing_ok=True)
    for parent in (out / path).parents:
        if parent == out or not parent.is_dir() or any(parent.iterdir()):
            return
        parent.rmdir()
