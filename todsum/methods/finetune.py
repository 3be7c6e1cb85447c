"""Fine-tuning of a pretrained checkpoint in full, optionally with a discrete prompt in front of the source."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator

from todsum.methods.base import MethodSettings
from todsum.methods.trained import TrainedMethod
from todsum.methods.trained_settings import TrainedSettings
from todsum.training.texts import Prompt


class FinetuneSettings(TrainedSettings):
    """Settings of ``finetune``."""

    PLACE: ClassVar[str] = "prompt"

    prompt: Prompt = "none"
    """Discrete prompt in front of the dialogue: the linearised state, the query, or none."""
    dialogue: bool = Field(True, exclude_if=bool)  # cells from before there was a choice keep their keys
    """Whether the dialogue is read; if not, the source is the prompt, as of a dialogue without turns. For backbones
    that are slow."""

    @property
    def reads_dialogue(self) -> bool:
        """Whether the summarizer does."""
        return self.dialogue

    @model_validator(mode="after")
    def _something_to_read(self) -> Self:
        if not self.dialogue and self.structure_shown == "none":
            raise ValueError("dialogue is false and there is no prompt: nothing is left to read; set prompt")
        return self


class Finetune(TrainedMethod[FinetuneSettings]):
    """Fine-tunes every weight of a backbone on the training examples."""

    Settings: ClassVar[type[MethodSettings]] = FinetuneSettings
    settings_file: ClassVar[str] = "finetune.json"
