"""Checkpoints that survive a kill at any moment: safetensors and JSON, each folder renamed into place when whole."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from todsum.errors import TodsumError
from todsum.files.writing import naming, to_disk, unwritable

if TYPE_CHECKING:
    from torch import Tensor

WEIGHTS, MOMENTS, PROGRESS = "weights.safetensors", "moments.safetensors", "progress.json"


class Progress(BaseModel):
    """Where a training run stands. All that decides how it goes on, beside weights and optimizer moments."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    fingerprint: str
    """Of data, settings and seed: a checkpoint of another run is never taken up."""
    step: int = 0
    """Optimizer steps done."""
    best_step: int | None = None
    """The step with the lowest dev loss so far."""
    best_loss: float | None = None
    """The lowest dev loss so far."""
    evaluations_since_best: int = 0
    """Evaluations in a row without a lower dev loss."""
    at_once: int | None = None
    """Examples of a step whose gradients are made together; None: all of them."""
    finished: bool = False
    """Whether training has ended."""
    total: int | None = None
    """Steps of the whole run, where it can be gone on with for longer."""


class Checkpoints:
    """The checkpoints of one training run under one folder.

    ``state-N`` holds what step N left behind, ``best-N`` the weights with the lowest dev loss, ``final`` the result.
    Of the first two only the newest whole one is kept.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.folder = folder
        self.fingerprint = fingerprint
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(folder, error) from error

    def read_progress(self) -> Progress:
        """Progress of the final or newest checkpoint, or that of a run that has not started.

        Raises:
            TodsumError: the checkpoint is not readable, or belongs to another run.
        """
        latest = self._latest()
        if latest is None:
            return Progress(fingerprint=self.fingerprint)
        file = latest / PROGRESS
        try:
            progress = Progress.model_validate_json(file.read_bytes())
        except (OSError, ValidationError) as error:
            reason = str(error).splitlines()[0]
            raise TodsumError(f"{file}: not a checkpoint ({reason}); remove {self.folder} to start over") from error
        if progress.fingerprint != self.fingerprint:
            raise TodsumError(
                f"{self.folder}: holds a checkpoint of other data, settings, seed or device; "
                "remove it, or use another folder"
            )
        return progress

    def tidy(self, progress: Progress) -> None:
        """Removes what a killed run left beside the checkpoint that :meth:`read_progress` told of."""
        if (latest := self._latest()) is not None:
            self._remove_all_but({latest.name, f"best-{progress.best_step}"} if not progress.finished else {"final"})

    def read_weights(self) -> dict[str, Tensor]:
        """Weights of the checkpoint that :meth:`read_progress` tells of."""
        return _read(self._folder_of_latest() / WEIGHTS)

    def read_moments(self) -> dict[str, Tensor]:
        """Optimizer moments of the checkpoint that :meth:`read_progress` tells of."""
        return _read(self._folder_of_latest() / MOMENTS)

    def read_best(self, progress: Progress) -> dict[str, Tensor]:
        """Weights of the best step."""
        return _read(self.folder / f"best-{progress.best_step}" / WEIGHTS)

    def write_best(self, step: int, weights: Mapping[str, Tensor]) -> None:
        """Keeps the weights of the best step. Until the next :meth:`write` the former best one stays too."""
        self._write(f"best-{step}", {WEIGHTS: weights})

    def write(self, progress: Progress, weights: Mapping[str, Tensor], moments: Mapping[str, Tensor]) -> None:
        """Keeps what a step left behind, then removes what it replaces."""
        name = f"state-{progress.step}"
        self._write(name, {WEIGHTS: weights, MOMENTS: moments}, progress)
        self._remove_all_but({name, f"best-{progress.best_step}"})

    def write_final(self, progress: Progress, weights: Mapping[str, Tensor]) -> None:
        """Keeps the result of training, and nothing else."""
        self._write("final", {WEIGHTS: weights}, progress)
        self._remove_all_but({"final"})

    def _latest(self) -> Path | None:
        if (self.folder / "final").is_dir():
            return self.folder / "final"
        states = self.folder.glob("state-*")
        return max(states, key=lambda path: int(path.name.removeprefix("state-")), default=None)

    def _folder_of_latest(self) -> Path:
        latest = self._latest()
        assert latest is not None, "read_progress told of a checkpoint"
        return latest

    def _write(self, name: str, tensors: Mapping[str, Mapping[str, Tensor]], progress: Progress | None = None) -> None:
        from safetensors import SafetensorError
        from safetensors.torch import save_file

        partial = self.folder / f"partial-{name}"
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        for file, content in tensors.items():
            plain = {key: tensor.detach().cpu().contiguous() for key, tensor in content.items()}
            try:
                save_file(plain, partial / file)
            except SafetensorError as error:
                raise TodsumError(f"{partial / file}: can't write there: {error}") from error
        if progress is not None:
            with naming(partial / PROGRESS):
                text = json.dumps(progress.model_dump(), sort_keys=True) + "\n"
                (partial / PROGRESS).write_text(text, encoding="utf-8")
        for path in (*partial.iterdir(), partial):
            to_disk(path)
        shutil.rmtree(self.folder / name, ignore_errors=True)  # only ever a best-N that no progress refers to yet
        partial.rename(self.folder / name)
        to_disk(self.folder)

    def _remove_all_but(self, kept: set[str]) -> None:
        for path in self.folder.iterdir():
            if path.name.startswith(("state-", "best-", "partial-", "final")) and path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)


def _read(file: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors: dict[str, Tensor] = load_file(file)
    except (OSError, SafetensorError) as error:
        raise TodsumError(f"{file}: not readable ({error}); remove {file.parent.parent} to start over") from error
    return tensors
