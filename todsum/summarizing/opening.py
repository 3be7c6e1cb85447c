"""Makes a method of what was found, with what it has learnt."""

from __future__ import annotations

import hashlib
from typing import Any

from todsum.errors import TodsumError
from todsum.files.checksums import sha256
from todsum.methods.base import Context, Method
from todsum.methods.registry import method_class
from todsum.summarizing.finding import Found


def device_for(found: Found, wanted: str) -> str:
    """The device that a model computes on: ``auto`` is a GPU where there is one. What learns nothing needs none."""
    if found.folder is None:
        return "cpu"
    from todsum.bench.job import pick_device

    return pick_device(wanted)


def open_method(found: Found, device: str, beams: int | None = None) -> Method[Any]:
    """The method, ready to summarize.

    Args:
        found: what to load.
        device: its name.
        beams: of the search, in place of the method's own.

    Raises:
        TodsumError: it can't be loaded, reads the reference, or has no search.
    """
    made = method_class(found.method)(found.settings)
    if made.reads_reference:
        raise TodsumError(f"{found.name}: reads the reference summary; a new dialogue has none")
    if found.folder is not None:
        made.load(found.folder, Context(found.folder, device=device))
        _check_backbone(found, made)
    if beams is not None:
        _search(found.name, made, beams)
    return made


def fingerprint(found: Found) -> str:
    """A checksum of a model's files and settings."""
    digest = hashlib.sha256(f"{found.method} {found.how} {found.settings.model_dump_json()}".encode())
    folder = found.folder
    for path in sorted(folder.rglob("*")) if folder is not None else []:
        if path.is_file() and path.suffix in (".json", ".safetensors"):
            name = path.relative_to(folder).as_posix()  # type: ignore[arg-type]
            digest.update(f"{name} {sha256(path)}\n".encode())
    return digest.hexdigest()


def _check_backbone(found: Found, method: Method[Any]) -> None:
    """An adapter on another backbone than its own would write something, and nobody would know."""
    from todsum.bench.configured_method import backbone_revision
    from todsum.methods.adapter import AdapterMethod

    if not isinstance(method, AdapterMethod) or found.spec is None:
        return
    s = method.settings
    if (now := backbone_revision(s.backbone, s.revision)) != (then := found.spec.backbone_revision):
        raise TodsumError(
            f"{found.name}: its backbone {s.backbone} is not the one that it was trained on: "
            f"checksum {str(now)[:12]}, not {str(then)[:12]}"
        )


def _search(name: str, method: Method[Any], beams: int) -> None:
    if method.beams is None:
        raise TodsumError(f"{name}: has no beam search; leave beams out")
    if beams < 1:
        raise TodsumError(f"beams {beams}: expected 1 or more")
    method.use_beams(beams)
