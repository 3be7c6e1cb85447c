"""An exported model before it is published: is it whole and safe, and can others load it?"""

from __future__ import annotations

from pathlib import Path

from todsum.checkpoints import smollm
from todsum.data.hub.card import UNKNOWN, read_header
from todsum.errors import TodsumError
from todsum.files.checksums import sha256
from todsum.files.configurations import read_configuration
from todsum.hub import There
from todsum.modeling.backbones import HUB_ID, MINI
from todsum.summarizing.checking import check_folder
from todsum.summarizing.export import ADAPTER, KEPT
from todsum.summarizing.manifest import MANIFEST, Manifest, parse, read_manifest
from todsum.summarizing.model_card import CARD, cell_key, data_licence

_AGAIN = "export it again with `todsum-bench models export`"


def files_to_push(folder: Path) -> list[Path]:
    """The files of a folder that ``models export`` wrote, as it wrote them, manifest and card last.

    The card alone may have been edited, so long as it is this model's.

    Raises:
        TodsumError: it is none; holds something else, a pickle or code; lacks or changed something; or is an adapter on
            a backbone that only this machine has.
    """
    if not (folder / MANIFEST).is_file():
        raise TodsumError(f"{folder}: no {MANIFEST} in it: not a model that `todsum-bench models export` wrote")
    manifest = read_manifest(folder)
    check_folder(folder)
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if not path.is_dir()}
    own = (found.pop(MANIFEST), found.pop(CARD, None))
    for name, path in found.items():
        if name not in manifest.files or path.suffix not in KEPT:
            raise TodsumError(f"{folder}: {name} was not written by `todsum-bench models export`: it is not published")
        if sha256(path) != manifest.files[name]:
            raise TodsumError(f"{path}: has changed since the export (another checksum): {_AGAIN}")
    if missing := manifest.files.keys() - found.keys():
        raise TodsumError(f"{folder}: {min(missing)} is missing: {_AGAIN}")
    _check_card(folder, manifest)
    _check_backbones(folder)
    return [*found.values(), *(path for path in own if path is not None)]


def licences(folder: Path) -> list[str]:
    """What whoever publishes has to know of licences, in lines."""
    lines = [f"licence of the training data: {data_licence(read_manifest(folder).spec)}; the folder holds none of it"]
    if read_header(folder / CARD).get("license", UNKNOWN) == UNKNOWN:
        lines.append(f"licence of the weights: none stated; to choose one, set `license` in {folder / CARD}")
    return lines


def earlier_files(there: There) -> set[str]:
    """The files of a repository that an earlier push of a model wrote: they would spoil another model's.

    Raises:
        TodsumError: the repository's manifest can't be read.
    """
    if MANIFEST not in there.names:
        return set()
    return set(parse(there.read(MANIFEST), f"{MANIFEST} of the repository").files)


def _check_card(folder: Path, manifest: Manifest) -> None:
    path = folder / CARD
    if not path.is_file():
        raise TodsumError(f"{folder}: {CARD} is missing: {_AGAIN}")
    read_header(path)
    if cell_key(manifest.spec) not in path.read_text(encoding="utf-8", errors="replace"):
        raise TodsumError(f"{path}: not the card of this model: its line with the cell's key is not there: {_AGAIN}")


def _check_backbones(folder: Path) -> None:
    """Refuses an adapter whose backbone is a folder: nobody else could load it."""
    for path in sorted(folder.rglob(ADAPTER)):
        try:
            backbone = str(read_configuration(path)["base_model_name_or_path"])
        except (LookupError, TypeError) as error:
            raise TodsumError(f"{path}: names no base_model_name_or_path: {_AGAIN}") from error
        if backbone in (MINI, smollm.NAME):
            continue
        if not HUB_ID.fullmatch(backbone) or backbone.startswith(".") or Path(backbone).is_dir():
            raise TodsumError(
                f"{path}: an adapter on the backbone {backbone}, a folder of this machine, without which nobody can "
                "load it: publish the backbone on the hub first, run the cell again with `backbone: org/name`, and "
                "export that"
            )
