"""What a state-aware summarizer is made of: its backbone's configuration, a fusion and a state encoder."""

from __future__ import annotations

from typing import Any, ClassVar

from transformers import AutoConfig, PretrainedConfig

from todsum.errors import TodsumError, unknown_name
from todsum.modeling.state_aware.fusion import FUSIONS

STATE_ENCODERS = ("shared", "separate")
"""``shared``: one encoder reads dialogue and state. ``separate``: the state has an encoder of its own."""

BACKBONES = ("bart", "mbart", "plbart", "pegasus", "pegasus_x")
"""The families, by ``model_type``, that the model is tested with.

Not ``bigbird_pegasus``: a short text, such as a state, turns its encoder's sparse attention off for good.
"""


class StateAwareError(TodsumError, ValueError):
    """A backbone, setting or input that the state-aware model can't take."""


class StateAwareConfig(PretrainedConfig):  # type: ignore[misc]
    """The configuration of :class:`~todsum.modeling.state_aware.model.StateAwareForConditionalGeneration`.

    It holds the backbone's own configuration, so that one class serves every family. Whatever else is read or set
    here (``vocab_size``, ``pad_token_id``, ``d_model``, …) is the backbone's: there is one place for each value.

    Attributes:
        backbone: a configuration whose ``model_type`` is in ``BACKBONES``, or its dictionary; BART's by default.
        fusion: how the decoder mixes what it reads in dialogue and state: ``gate``, ``sum`` or ``tanh``.
        state_encoder: ``shared`` or ``separate``.

    Raises:
        StateAwareError: no such fusion or state encoder, or a family that is not supported.
    """

    model_type = "state_aware"
    keys_to_ignore_at_inference: ClassVar[list[str]] = ["past_key_values"]
    sub_configs: ClassVar[dict[str, Any]] = {"backbone": AutoConfig}

    backbone: Any = None
    fusion: str = "gate"
    state_encoder: str = "shared"
    is_encoder_decoder: bool = True

    def __post_init__(self, **kwargs: Any) -> None:
        """Makes the backbone's configuration of a dictionary, as read from ``config.json``, and checks the names."""
        _check_name("fusion", self.fusion, FUSIONS)
        _check_name("state encoder", self.state_encoder, STATE_ENCODERS)
        if not isinstance(self.backbone, PretrainedConfig):
            fields = {"model_type": "bart"} if self.backbone is None else dict(self.backbone)
            check_family(fields.get("model_type"))
            self.backbone = AutoConfig.for_model(**fields)
        check_family(self.backbone.model_type)
        kwargs.setdefault("attn_implementation", self.backbone._attn_implementation)
        super().__post_init__(**kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or "backbone" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(self.__dict__["backbone"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        own = name.startswith("_") or name in self.__dict__ or hasattr(type(self), name)
        if not own and "backbone" in self.__dict__ and hasattr(self.backbone, name):
            setattr(self.backbone, name, value)
        else:
            super().__setattr__(name, value)

    def get_text_config(self, decoder: bool | None = None, encoder: bool | None = None) -> Any:
        """The backbone's configuration, which sizes caches and embeddings."""
        return self.backbone.get_text_config(decoder=decoder, encoder=encoder)

    def _get_generation_parameters(self) -> dict[str, Any]:
        """The backbone's: a field of its configuration, such as BART's ``forced_eos_token_id``, is no stray one."""
        parameters: dict[str, Any] = self.backbone._get_generation_parameters()
        return parameters


def check_family(model_type: object) -> None:
    """Refuses a backbone that is not one of ``BACKBONES``.

    Raises:
        StateAwareError: says which are supported.
    """
    if model_type not in BACKBONES:
        raise StateAwareError(f"a {model_type!r} model can't be made state-aware; supported: {', '.join(BACKBONES)}")


def _check_name(kind: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise StateAwareError(str(unknown_name(kind, str(name), known)))
