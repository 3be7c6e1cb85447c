"""The state-aware structured summarizer: a second encoder reads the state, the decoder attends to both encoders."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from todsum.methods.base import MethodSettings
from todsum.methods.layout import Layout
from todsum.methods.trained import TrainedMethod
from todsum.methods.trained_settings import TrainedSettings

if TYPE_CHECKING:
    from todsum.modeling.backbones import Backbone


class StateAwareSettings(TrainedSettings):
    """Settings of ``state-aware``: those of ``finetune``, but that the structure has an encoder of its own."""

    PLACE: ClassVar[str] = "structure"

    structure: Literal["state", "query"] = "state"
    """What the second encoder reads: the linearised state, or the query."""
    fusion: Literal["gate", "sum", "tanh"] = "gate"
    """How the decoder joins what it attends to in the two encoders."""
    state_encoder: Literal["shared", "separate"] = "shared"
    """Whether one encoder reads both dialogue and state, or a copy of it that is trained apart reads the state."""


class StateAware(TrainedMethod[StateAwareSettings]):
    """Fine-tunes every weight of a two-encoder model that starts as its encoder–decoder backbone."""

    Settings: ClassVar[type[MethodSettings]] = StateAwareSettings
    settings_file: ClassVar[str] = "state-aware.json"

    def layout(self) -> Layout:
        """The structure goes into the second encoder."""
        return replace(super().layout(), prompt="none", structure=self.settings.structure_shown)

    def adapt(self, backbone: Backbone, seed: int) -> Any:
        """The backbone with a second encoder; new weights, if there are any, depend on the seed alone.

        Raises:
            TodsumError: there is no state-aware form of this backbone, or it is one already.
        """
        import torch

        from todsum.modeling import StateAwareForConditionalGeneration

        s = self.settings
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            made = StateAwareForConditionalGeneration.from_backbone(backbone.model, s.fusion, s.state_encoder)
        return made.eval()
