"""What a model folder may hold: weights as safetensors, JSON and text. Nothing that runs, nothing that is unpickled."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path, PurePosixPath

from todsum.errors import TodsumError
from todsum.files.configurations import has_key, read_configuration
from todsum.files.plain import check_plain

PICKLED = frozenset(
    (".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".npy", ".npz", ".h5", ".msgpack", ".dill")
)
CODE = frozenset((".py", ".pyc", ".so", ".dll", ".dylib", ".sh", ".ipynb"))
MAX_FILES = 10_000
"""Files and folders of a model."""
_LARGE = frozenset(("tokenizer.json", "vocab.json"))  # and never asked for code
_READ = frozenset((".json", ".safetensors"))


def check_names(place: object, names: Iterable[str]) -> None:
    """Refuses files by their names.

    Args:
        place: the model, for the message.
        names: paths within it.

    Raises:
        TodsumError: one is a pickle, or code.
    """
    for name in sorted(names):
        ending = PurePosixPath(name).suffix.lower()
        if ending in PICKLED:
            raise TodsumError(f"{place}: has pickled weights ({name}), which are never read; save safetensors")
        if ending in CODE:
            raise TodsumError(f"{place}: comes with code ({name}), which is never run; remove it")


def check_folder(folder: Path) -> None:
    """Refuses a model folder that would need a pickle or code of its own, before anything of it is loaded.

    Raises:
        TodsumError: there is such a file, a configuration that asks for code (``auto_map``), or far too many files.
    """
    entries = list(islice(folder.rglob("*"), MAX_FILES + 1))
    if len(entries) > MAX_FILES:
        raise TodsumError(f"{folder}: more than {MAX_FILES} files and folders: no model has so many")
    files = [path for path in sorted(entries) if path.suffix in _READ or not path.is_dir()]
    for path in files:
        check_plain(path)
    check_names(folder, (path.relative_to(folder).as_posix() for path in files))
    for path in files:
        if path.suffix == ".json" and path.name not in _LARGE and has_key(read_configuration(path), "auto_map"):
            raise TodsumError(f"{path}: asks for custom code (auto_map), which is never run; remove that entry")
