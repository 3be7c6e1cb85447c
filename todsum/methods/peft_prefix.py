"""Prefix-tuning (Li & Liang 2021) by the peft library: a baseline.

On an encoder–decoder it reaches the decoder's self-attention alone.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field

from todsum.methods.adapter import AdapterMethod, AdapterSettings, task_type
from todsum.methods.base import MethodSettings
from todsum.methods.trained_settings import MAX_LEARNING_RATE, MAX_WIDTH


class PeftPrefixSettings(AdapterSettings):
    """Settings of ``peft-prefix``."""

    learning_rate: float = Field(1e-2, gt=0, le=MAX_LEARNING_RATE)
    """Its peak, after the warm-up, for every backbone; it decays linearly to 0."""
    prefix_length: int = Field(20, ge=1, le=4096)
    """Virtual tokens."""
    mid_dim: int | None = Field(None, ge=1, le=MAX_WIDTH)
    """Width of the MLP that makes the prefix (Li & Liang 2021); None trains keys and values themselves."""


class PeftPrefix(AdapterMethod[PeftPrefixSettings]):
    """Trains keys and values that stand before those of a frozen decoder's self-attention. They start at random."""

    Settings: ClassVar[type[MethodSettings]] = PeftPrefixSettings
    settings_file: ClassVar[str] = "peft-prefix.json"

    def config(self, model: Any) -> Any:
        """A ``PrefixTuningConfig``."""
        from peft import PrefixTuningConfig

        s, own = self.settings, model.config
        # peft would take an encoder–decoder's layers and heads from its encoder.
        layers = getattr(own, "decoder_layers", None) or getattr(own, "num_decoder_layers", None)
        return PrefixTuningConfig(
            task_type=task_type(model),
            num_layers=layers or own.num_hidden_layers,
            num_attention_heads=getattr(own, "decoder_attention_heads", None) or own.num_attention_heads,
            num_virtual_tokens=s.prefix_length,
            prefix_projection=s.mid_dim is not None,
            encoder_hidden_size=s.mid_dim,
        )
