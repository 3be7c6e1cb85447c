"""From what a user calls a model to its method, settings and folder: a cell, a folder above it, an export, a name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from todsum.bench.result import RESULT, SPEC, Spec, read_record
from todsum.data.views import Input, input_of
from todsum.errors import TodsumError
from todsum.files.plain import path_of
from todsum.files.validation import validated
from todsum.methods.base import MethodSettings
from todsum.methods.registry import entries, method_class
from todsum.summarizing.checking import check_folder, check_names
from todsum.summarizing.manifest import MANIFEST, read_manifest

_SHOWN = 5
#: Files and folders that are looked through for a cell, and how deep below a folder one is sought: a run directory
#: within a folder or two.
_MOST, _DEPTH = 20_000, 8


@dataclass(frozen=True)
class Found:
    """A model that can be loaded.

    Attributes:
        name: as it was asked for.
        method: its name in the registry.
        settings: of the method.
        how: how dialogues are shown to it.
        folder: what it has learnt; None for a method that learns nothing.
        spec: of the cell that it was; None for the bare name of a method.
    """

    name: str
    method: str
    settings: MethodSettings
    how: Input
    folder: Path | None = None
    spec: Spec | None = None


def find(model: str) -> Found:
    """A cell's folder, a folder above exactly one finished cell, a model folder, a method's name or a hub id.

    Raises:
        TodsumError: there is no such model, it needs training first, or it holds code or a pickle.
    """
    if not model.strip():
        raise TodsumError(f"model {model!r}: is empty; pass a folder, a hub id, or a method's name")
    path = path_of(model)
    if path.is_dir():
        return _in_folder(model, path)
    if path.exists():
        raise TodsumError(f"model {model}: is a file; pass the folder of a cell or of an exported model")
    if model in entries():
        return _untrained(model)
    if model.count("/") == 1 and not model.startswith((".", "/", "~")):
        return _exported(model, _from_hub(model))
    known = ", ".join(_usable())
    raise TodsumError(f"model {model}: no such folder; pass that of a cell or model, a hub id (owner/name), or {known}")


def _usable() -> Iterator[str]:
    """The names of methods that are models by themselves; one that can't be loaded is none."""
    for name in entries():
        with suppress(TodsumError):
            kind = method_class(name)
            if not (kind.needs_training_split or kind.reads_reference):
                yield name


def _in_folder(model: str, path: Path) -> Found:
    if (path / MANIFEST).is_file():
        return _exported(model, path)
    if path.name == "model" and (path.parent / SPEC).is_file():
        path = path.parent
    return _cell(model, path if (path / SPEC).is_file() else _only_cell(path))


def _only_cell(path: Path) -> Path:
    cells, whole = _cells_in(path)
    if len(cells) > 1:
        some = ", ".join(str(cell.relative_to(path)) for cell in cells[:_SHOWN])
        more = f" and {len(cells) - _SHOWN} more" if len(cells) > _SHOWN else ""
        few = "" if whole else "at least "
        raise TodsumError(f"{path}: {few}{len(cells)} finished cells in it; pass the folder of one: {some}{more}")
    if not whole:
        raise TodsumError(f"{path}: more than {_MOST} files and folders: pass the folder of a cell or of a model")
    if not cells:
        raise TodsumError(f"{path}: no finished cell ({RESULT}) and no exported model ({MANIFEST}) in it")
    return cells[0]


def _cells_in(path: Path) -> tuple[list[Path], bool]:
    """The finished cells in a folder, sorted, and whether all of it was seen: so many entries, so deep as cells lie."""
    cells, seen = list[Path](), 0
    for place, folders, files in os.walk(path):
        seen += len(folders) + len(files)
        if seen > _MOST:
            return sorted(cells), False
        if RESULT in files and SPEC in files:
            cells.append(Path(place))
        if SPEC in files or len(Path(place).relative_to(path).parts) == _DEPTH:
            folders.clear()
    return sorted(cells), True


def _cell(model: str, cell: Path) -> Found:
    spec = read_record(cell / SPEC, Spec)
    if not (cell / RESULT).is_file():
        raise TodsumError(f"{cell}: this cell is not finished; run its suite again, which goes on from there")
    folder = cell / "model"
    if method_class(spec.method).needs_training_split and not folder.is_dir():
        raise TodsumError(f"{cell}: its model was removed; run its suite into another --out to train it again")
    return _of_spec(model, spec, folder)


def _exported(model: str, folder: Path) -> Found:
    if not (folder / MANIFEST).is_file():
        raise TodsumError(f"{model}: no {MANIFEST} in it: not a model that `todsum-bench models export` wrote")
    return _of_spec(model, read_manifest(folder).spec, folder)


def _of_spec(model: str, spec: Spec, folder: Path) -> Found:
    method = method_class(spec.method)
    values = spec.settings | ({"backbone": spec.backbone} if spec.backbone is not None else {})
    unknown = f"{model}: settings of {spec.method} that this version does not know"
    settings = validated(values, method.Settings, unknown)
    if method.needs_training_split:
        check_folder(folder)
    try:
        how = input_of(spec.input)
    except TodsumError as error:
        raise TodsumError(f"{model}: its spec: {error}") from error
    return Found(model, spec.method, settings, how, folder if method.needs_training_split else None, spec)


def _untrained(name: str) -> Found:
    method = method_class(name)
    if method.needs_training_split:
        raise TodsumError(f"model {name}: has to be trained first; pass the folder of a finished cell of a run")
    return Found(name, name, method.Settings(), Input("dialogue"))


def _from_hub(model: str) -> Path:
    """The files of a hub id, downloaded or from the local cache; names are checked before anything is downloaded."""
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    from todsum.modeling.backbones import HUB_FILES, HUB_TIMEOUT

    try:
        info = HfApi().model_info(model, timeout=HUB_TIMEOUT)
    except HfHubHTTPError as error:
        reason = str(error).splitlines()[0]
        raise TodsumError(f"model {model}: no such folder here, and the hub says: {reason}") from error
    except Exception as error:  # the HTTP client's own errors: no network, offline mode, a timeout
        try:
            return Path(snapshot_download(model, local_files_only=True, allow_patterns=HUB_FILES))
        except (OSError, ValueError):  # not in the cache, or no possible hub id
            raise TodsumError(
                f"model {model}: no such folder here, it is not in the hub's local cache, "
                f"and the hub can't be reached ({type(error).__name__})"
            ) from error
    check_names(model, (file.rfilename for file in info.siblings or ()))
    return Path(snapshot_download(model, revision=info.sha, allow_patterns=HUB_FILES))
