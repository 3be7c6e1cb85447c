"""A method as a suite asks for it: its class, its settings with all defaults, its backbone pinned."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from todsum.bench.suite import MethodChoice, Suite
from todsum.checkpoints import find
from todsum.errors import TodsumError
from todsum.files.checksums import sha256
from todsum.files.validation import validated
from todsum.methods.base import Method, MethodSettings
from todsum.methods.registry import method_class


@dataclass(frozen=True)
class ConfiguredMethod:
    """A method of a grid, and what all its cells have in common.

    Attributes:
        name: in the registry; label: in the tables.
        kind: its class.
        settings: validated, the suite's backbone filled in where the method takes one.
        values: the settings as plain JSON, the backbone and its revision left out.
        backbone: as it was asked for: a name, a hub id or a folder.
        revision: as it was asked for.
    """

    name: str
    label: str
    kind: type[Method[Any]]
    settings: MethodSettings
    values: Mapping[str, JsonValue]
    backbone: str | None
    revision: str | None

    @classmethod
    def of(cls, choice: MethodChoice, suite: Suite) -> ConfiguredMethod:
        """The method that a suite chose.

        Raises:
            TodsumError: there is no such method, or its settings are wrong.
        """
        try:
            kind = method_class(choice.name)
        except TodsumError as error:
            raise TodsumError(f"suite {suite.name}: {error}") from error
        model = kind.Settings
        given: dict[str, Any] = dict(choice.settings)
        if "backbone" in model.model_fields and suite.backbone is not None:
            given.setdefault("backbone", suite.backbone)
        settings = validated(given, model, f"suite {suite.name}: settings of {choice.shown}")
        values = settings.model_dump(mode="json")
        backbone, revision = values.pop("backbone", None), values.pop("revision", None)
        return cls(choice.name, choice.shown, kind, settings, values, backbone, revision)

    @cached_property
    def shown_backbone(self) -> str | None:
        """The backbone as in specs: a folder by its name."""
        return Path(self.backbone).name if self.backbone and Path(self.backbone).is_dir() else self.backbone

    @cached_property
    def pin(self) -> tuple[str | None, str | None]:
        """What pins the backbone, and None; or the revision asked for, and why the backbone can't be had."""
        if self.backbone is None:
            return self.revision, None
        try:
            return backbone_revision(self.backbone, self.revision), None
        except TodsumError as error:
            return self.revision, str(error)

    @property
    def needs_states(self) -> bool:
        """Tells whether it is of no use without dialogue states."""
        return self.kind.needs_states(self.settings)


@cache
def backbone_revision(backbone: str, revision: str | None) -> str | None:
    """What pins a backbone: a checksum of its files. ``scratch`` has none.

    Raises:
        TodsumError: the backbone can't be had.
    """
    from todsum.methods.trained_settings import SCRATCH

    if backbone == SCRATCH:
        return None
    folder = find(backbone, revision)
    digest = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        if file.is_file() and file.suffix in (".json", ".safetensors", ".model", ".txt"):
            digest.update(f"{file.name}\0{sha256(file)}\n".encode())
    return digest.hexdigest()
