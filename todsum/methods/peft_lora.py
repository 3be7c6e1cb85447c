"""LoRA (Hu et al. 2022) on a frozen backbone, by the peft library: a baseline."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from todsum.methods.adapter import AdapterMethod, AdapterSettings, task_type
from todsum.methods.base import MethodSettings
from todsum.methods.trained_settings import MAX_LEARNING_RATE, MAX_WIDTH


class LoraSettings(AdapterSettings):
    """Settings of ``peft-lora``. Every linear layer but the output gets a low-rank update."""

    learning_rate: float = Field(5e-3, gt=0, le=MAX_LEARNING_RATE)
    """Its peak, after the warm-up, for every backbone; it decays linearly to 0."""
    rank: int = Field(8, ge=1, le=MAX_WIDTH)
    """Rank of the updates."""
    alpha: float = Field(16, gt=0, le=1_000_000)
    """An update is scaled by ``alpha / rank``."""
    dropout: float = Field(0.0, ge=0, lt=1)
    """Of the input of an update."""


class Lora(AdapterMethod[LoraSettings]):
    """Trains low-rank updates of a frozen backbone's weight matrices."""

    Settings: ClassVar[type[MethodSettings]] = LoraSettings
    settings_file: ClassVar[str] = "peft-lora.json"

    def config(self, model: Any) -> Any:
        """A ``LoraConfig``."""
        from peft import LoraConfig

        s = self.settings
        return LoraConfig(
            task_type=task_type(model),
            r=s.rank,
            lora_alpha=s.alpha,
            lora_dropout=s.dropout,
            target_modules="all-linear",
        )
