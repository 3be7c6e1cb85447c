"""Fine-tuning of a pretrained checkpoint in full, optionally with a discrete prompt in front of the source."""

from __future__ import annotations

from typing import ClassVar

from todsum.methods.base import MethodSettings
from todsum.methods.trained import TrainedMethod
from todsum.methods.trained_settings import TrainedSettings
from todsum.training.inputs import Prompt


class FinetuneSettings(TrainedSettings):
    """Settings of ``finetune``."""

    PLACE: ClassVar[str] = "prompt"

    prompt: Prompt = "none"
    """Discrete prompt in front of the dialogue: the linearised state, the query, or none."""


class Finetune(TrainedMethod):
    """Fine-tunes every weight of a backbone on the training examples."""

    Settings: ClassVar[type[MethodSettings]] = FinetuneSettings
    settings_file: ClassVar[str] = "finetune.json"
