"""Writing folders: all files of an output are put in place, or none; what a killed process left is taken up.

Everything happens inside the output folder, which is never renamed or removed itself: it may be a mount point or a
link. While a command writes there is a folder ``.part`` in it:

* ``lock`` keeps other processes out,
* ``new/`` is filled; killed now, the next command starts over,
* ``ready/`` is the same folder once it is whole; killed now, the next command first puts its files in place,
* ``old/`` holds folders that were replaced, until all is in place.

Then ``.part`` is renamed to ``.part.done``, and removed.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from todsum.errors import TodsumError
from todsum.files.locks import held
from todsum.files.writing import naming, to_disk, unwritable, write_atomic

#: The folder for what is not in place yet, and its name when all is.
PART, DONE = ".part", ".part.done"
_LOCK, _NEW, _READY, _OLD = "lock", "new", "ready", "old"
_PLAN, _FILES = "plan.json", "files"


@contextmanager
def filling(
    out: Path,
    *,
    check: Callable[[], object] | None = None,
    alone: bool = False,
    gone: Iterable[str] = (),
    pause: Callable[[float], object] | None = None,
) -> Iterator[Path]:
    """A folder to fill. Its files are put into ``out`` when the block ends well, pages (.html) last.

    Args:
        out: the output folder, made where there is none. Files of the same names are replaced, others stay.
        check: called when no other process can write there any more, and what a killed one had ready is in place;
            raises where ``out`` may not be written.
        alone: whether all that is in ``out`` is replaced.
        gone: paths in ``out`` that are removed, if they are there, when all else is in place; read when the block ends.
        pause: called with the seconds to wait while another process writes there; None does not wait.

    Raises:
        TodsumError: as ``check``; another process is writing there, something is in the way, or there is no room or
            no right.
    """
    was_there = True
    try:
        was_there = out.exists()
        with _workplace(out, pause) as place:
            shutil.rmtree(out / DONE, ignore_errors=True)
            if (place / _READY).is_dir():
                _finish(out, place)
                (place / _READY).rename(place / _NEW)
                for path in (place / _NEW, place / _OLD):
                    shutil.rmtree(path, ignore_errors=True)
            if check is not None:
                check()
            files = place / _NEW / _FILES
            files.mkdir(parents=True)
            yield files
            _make_ready(out, place, alone, gone)
            _finish(out, place)
    except BlockingIOError as error:
        raise TodsumError(f"{out}: another process is writing there; wait for it, or choose another folder") from error
    except OSError as error:
        raise unwritable(out, _in_place(out, error)) from error
    finally:
        if not was_there:
            with suppress(OSError):  # there is something in it
                out.rmdir()


def write_files(out: Path, contents: Mapping[str, str | bytes], gone: Iterable[str] = ()) -> list[Path]:
    """Writes several files into a folder, all or none. Returns their paths. Waits while another process does.

    Args:
        out: the folder, made where there is none.
        contents: by path inside the folder; text is written as UTF-8.
        gone: paths that are removed, if they are there.

    Raises:
        TodsumError: as :func:`filling`.
    """
    with filling(out, gone=gone, pause=time.sleep) as new:
        for name, content in contents.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with naming(path):
                path.write_bytes(content.encode() if isinstance(content, str) else content)
    return [out / name for name in contents]


def foreign_entries(out: Path) -> list[str]:
    """The names of what is in a folder, without the folders of :func:`filling`.

    Raises:
        OSError: the folder can't be read, or is none.
    """
    return sorted(path.name for path in out.iterdir() if path.name not in (PART, DONE))


@contextmanager
def _workplace(out: Path, pause: Callable[[float], object] | None) -> Iterator[Path]:
    """The folder ``.part`` for this process alone, without what killed processes left there.

    It is removed when the block ends, but for what is ready when the block fails.

    Raises:
        BlockingIOError: another process holds it, and this one does not wait.
        OSError: it can't be made.
    """
    place, done = out / PART, out / DONE
    with ExitStack() as stack:
        while True:
            place.mkdir(parents=True, exist_ok=True)
            with suppress(FileNotFoundError):  # who held it before has removed the folder
                stack.enter_context(held(place / _LOCK, pause))
                break
        for path in (place / _NEW, place / _OLD):
            shutil.rmtree(path, ignore_errors=True)
        try:
            yield place
        except BaseException:
            for path in (place / _NEW, place / _OLD):
                shutil.rmtree(path, ignore_errors=True)
            (place / _LOCK).unlink(missing_ok=True)
            raise
        else:
            place.rename(done)
            shutil.rmtree(done, ignore_errors=True)
        finally:
            with suppress(OSError):  # not empty, or another process has it by now
                place.rmdir()


def _make_ready(out: Path, place: Path, alone: bool, gone: Iterable[str]) -> None:
    new = place / _NEW
    files = new / _FILES
    if alone:
        moves = [path.name for path in files.iterdir()]
        gone = {path.name for path in out.iterdir()} - {PART, *moves}
    else:
        moves = list(_moves(out, files))
    moves.sort(key=lambda name: (name.endswith(".html"), (files / name).is_file(), name))
    text = json.dumps({"moves": moves, "gone": sorted(gone)})
    (new / _PLAN).write_text(text, encoding="utf-8")
    for path in (*new.rglob("*"), new):
        to_disk(path)
    new.rename(place / _READY)


def _moves(out: Path, files: Path, folder: str = "") -> Iterator[str]:
    """Paths of what is moved at a time: files, and folders that are new."""
    for path in (files / folder).iterdir():
        name = path.relative_to(files).as_posix()
        target = out / name
        if path.is_dir() and target.is_dir():
            yield from _moves(out, files, name)
        elif target.exists() and target.is_dir() != path.is_dir():
            raise TodsumError(f"{target}: is in the way: move it, or choose another folder")
        else:
            yield name


def _finish(out: Path, place: Path) -> None:
    """Puts in place what is ready, from wherever an earlier process stopped."""
    ready, old = place / _READY, place / _OLD
    plan = _plan(place)
    for name in plan["moves"]:
        source, target = ready / _FILES / name, out / name
        if source.exists():
            _put(source, target, old / name)
    for name in plan["gone"]:
        if os.path.lexists(out / name):
            _set_aside(out / name, old / name)
        for parent in (out / name).relative_to(out).parents[:-1]:
            with suppress(OSError):  # something is left in it
                (out / parent).rmdir()
    to_disk(out)


def _put(source: Path, target: Path, aside: Path) -> None:
    if target.is_file() and target.is_symlink():
        write_atomic(target, source.read_bytes())
        return
    if target.is_dir():
        _set_aside(target, aside)
    source.replace(target)


def _set_aside(path: Path, aside: Path) -> None:
    shutil.rmtree(aside, ignore_errors=True)
    aside.parent.mkdir(parents=True, exist_ok=True)
    path.replace(aside)


def _plan(place: Path) -> dict[str, list[str]]:
    content: dict[str, list[str]] = json.loads((place / _READY / _PLAN).read_bytes())
    return content


def _in_place(out: Path, error: OSError) -> OSError:
    """The error with the name that the file was to have."""
    if isinstance(error.filename, str | Path) and Path(error.filename).is_relative_to(out / PART):
        parts = Path(error.filename).relative_to(out / PART).parts
        error.filename = str(out.joinpath(*parts[2:]))  # .part/new/files/NAME
    return error
