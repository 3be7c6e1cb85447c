"""A finished cell as a model folder: weights or adapter, tokenizer, generation settings, manifest and card."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from todsum.bench.result import RESULT, Result, Spec, read_record
from todsum.errors import TodsumError
from todsum.files.checksums import sha256
from todsum.files.configurations import read_configuration
from todsum.files.fill_once import fill_once
from todsum.files.folders import foreign_entries
from todsum.files.writing import naming
from todsum.methods.registry import method_class
from todsum.summarizing.finding import Found, find
from todsum.summarizing.manifest import MANIFEST, Manifest, read_manifest
from todsum.summarizing.model_card import CARD, card

KEPT = frozenset((".json", ".safetensors", ".model", ".txt", ".jinja"))
"""Endings of the files that are taken over from a cell; adapters come with an empty card of peft's own."""
_TOKENS = ("bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id")
ADAPTER, GENERATION = "adapter_config.json", "generation_config.json"


def export(cell: Path, out: Path) -> tuple[list[Path], bool]:
    """Writes a cell's model as a folder that :func:`todsum.load`, transformers or peft load.

    Args:
        cell: a finished cell's folder, or one above exactly one.
        out: a new or empty folder, or one that holds this export already.

    Returns:
        the files, and whether they were written; False where all were there already.

    Raises:
        TodsumError: there is no such cell, it has no model, or the folder can't be written or holds something else.
    """
    found = find(str(cell))
    if found.folder is None or found.spec is None:
        raise TodsumError(f"{cell}: {found.method} learns nothing: there is no model to export")
    if (found.folder / MANIFEST).is_file():
        raise TodsumError(f"{cell}: is an exported model already")
    if hasattr(method_class(found.method), "layout") and not any(found.folder.rglob("*.safetensors")):
        raise TodsumError(f"{cell}: its weights were removed; run its suite into another --out to train it again")
    result = read_record(found.folder.parent / RESULT, Result)
    refusal, model = f"{out}: is not empty: pass a new folder", found.folder

    def fill(new: Path) -> None:
        if foreign_entries(out) and not _holds(out, result.spec):
            raise TodsumError(refusal)  # before anything large is copied
        _fill(new, found, model, result)

    written = fill_once(out, fill, refusal)
    return [path for path in sorted(out.rglob("*")) if path.is_file()], written


def _holds(out: Path, spec: Spec) -> bool:
    """Tells whether a folder holds an export of a cell, whole or not."""
    try:
        return read_manifest(out).spec == spec
    except TodsumError:  # none, or a broken one
        return False


def _fill(part: Path, found: Found, model: Path, result: Result) -> None:
    for source in sorted(model.rglob("*")):
        if source.is_file() and source.suffix in KEPT:
            copy = part / source.relative_to(model)
            copy.parent.mkdir(parents=True, exist_ok=True)
            with naming(copy):
                shutil.copyfile(source, copy)
    _forget_this_machine(part, found, result.spec)
    if (part / ADAPTER).is_file():
        _change(part / GENERATION, _special_tokens(part, found))
    _change(part / GENERATION, method_class(found.method)(found.settings).generation_config())
    manifest = Manifest(
        spec=result.spec,
        n=result.n,
        scores=result.scores,
        signatures=result.signatures,
        leak=result.leak,
        notes=result.notes,
        facts=result.facts,
        files={path.relative_to(part).as_posix(): sha256(path) for path in sorted(part.rglob("*")) if path.is_file()},
    )
    with naming(part):
        (part / MANIFEST).write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
        (part / CARD).write_text(card(manifest, (part / ADAPTER).is_file()), encoding="utf-8")


def _forget_this_machine(part: Path, found: Found, spec: Spec) -> None:
    """Names the backbone as others know it; an adapter on a folder keeps its path, which it needs to load."""
    name = method_class(found.method).settings_file
    if name is None:
        return
    settings = part / name
    adapters = sorted(part.rglob(ADAPTER))
    if not adapters and settings.is_file() and spec.backbone is not None:
        _change(settings, {"backbone": spec.backbone})
    for path in adapters:
        used = read_configuration(settings)["backbone"]
        _change(path, {"base_model_name_or_path": used})


def _special_tokens(part: Path, found: Found) -> dict[str, Any]:
    """The backbone's, which an adapter does not save, and none of its habits: the suite generates without them."""
    from todsum.modeling import backbones

    name = method_class(found.method).settings_file
    if name is None:
        return {}
    settings = read_configuration(part / name)
    backbone = backbones.find(settings["backbone"], settings["revision"])
    ids: dict[str, Any] = {}
    for name in ("config.json", GENERATION):
        content = read_configuration(backbone / name) if (backbone / name).is_file() else {}
        ids |= {token: content[token] for token in _TOKENS if content.get(token) is not None}
    return ids


def _change(path: Path, values: dict[str, Any]) -> None:
    content = read_configuration(path) if path.is_file() else {}
    path.write_text(json.dumps(content | values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
