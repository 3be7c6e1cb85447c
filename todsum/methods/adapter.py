"""What methods have in common that keep the backbone frozen and train an adapter of the peft library on it."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from pydantic import model_validator

from todsum.errors import TodsumError
from todsum.methods.finetune import FinetuneSettings
from todsum.methods.trained import TrainedMethod
from todsum.methods.trained_settings import SCRATCH

if TYPE_CHECKING:
    from todsum.modeling.backbones import Backbone

ADAPTER_FILES = ("adapter_config.json", "adapter_model.safetensors")
RENAMED = "`is_gradient_checkpointing` is deprecated"
"""Says transformers 5.23 of a name that peft uses."""


class AdapterSettings(FinetuneSettings):
    """Settings of methods that train an adapter: those of ``finetune``, but that ``scratch`` is no backbone for them,
    and that the learning rate by default is the method's, whatever the backbone."""

    @model_validator(mode="before")
    @classmethod
    def _adapter_defaults(cls, values: Any) -> Any:
        rate = cls.model_fields["learning_rate"].default
        return {"learning_rate": rate} | values if isinstance(values, dict) else values

    @model_validator(mode="after")
    def _needs_a_trained_backbone(self) -> Self:
        if self.backbone == SCRATCH:
            raise ValueError("backbone scratch: its weights are random, and an adapter leaves them so; choose another")
        return self


A = TypeVar("A", bound=AdapterSettings)


class AdapterMethod(TrainedMethod[A]):
    """Base of methods that train an adapter; a subclass says which."""

    def config(self, model: Any) -> Any:
        """The ``peft.PeftConfig`` of the adapter for this backbone."""
        raise NotImplementedError

    def adapt(self, backbone: Backbone, seed: int) -> Any:
        """The backbone, frozen, with a new adapter, whose weights depend on the seed alone.

        Raises:
            TodsumError: the adapter is not for this kind of backbone.
        """
        import torch
        from peft import get_peft_model

        model: Any = backbone.model
        with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
            warnings.filterwarnings("ignore", RENAMED, FutureWarning)
            torch.manual_seed(seed)
            try:
                return get_peft_model(model, self.config(model)).eval()
            except (ValueError, KeyError) as error:
                kind = f"backbone {self.settings.backbone} ({model.config.model_type})"
                raise TodsumError(f"{kind}: can't take this adapter: {error}") from error

    def adapt_tracker(self, backbone: Backbone, seed: int) -> Any:
        """The frozen backbone with an adapter of the same kind."""
        return self.adapt(backbone, seed)

    def reopen_tracker(self, folder: Path) -> Backbone:
        """As :meth:`reopen`."""
        return self.reopen(folder)

    def reopen(self, folder: Path) -> Backbone:
        """The backbone of the settings with the adapter that was saved in a folder. Nothing is unpickled.

        Raises:
            TodsumError: the folder has no adapter, or one that does not fit.
        """
        from peft import PeftModel

        from todsum.modeling import backbones

        if missing := [name for name in ADAPTER_FILES if not (folder / name).is_file()]:
            raise TodsumError(f"{folder}: no adapter: {' and '.join(missing)} missing")
        backbone = backbones.load(self.settings.backbone, self.settings.revision)
        model: Any = backbone.model
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", RENAMED, FutureWarning)
                warnings.filterwarnings("error", message="Found missing adapter keys")
                model = PeftModel.from_pretrained(model, folder).eval()
        except Exception as error:  # peft's and safetensors' own, and what a strange configuration leads to
            raise TodsumError(f"{folder}: the adapter does not fit {self.settings.backbone}: {error}") from error
        return replace(backbone, model=model)


def task_type(model: Any) -> str:
    """What peft calls a backbone's task."""
    return "SEQ_2_SEQ_LM" if model.config.is_encoder_decoder else "CAUSAL_LM"
