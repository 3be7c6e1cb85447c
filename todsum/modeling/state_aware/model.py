"""The state-aware structured summarizer: a pretrained encoder–decoder whose decoder also reads the dialogue state."""

from __future__ import annotations

import copy
from typing import Any

from torch import Tensor, nn
from transformers import MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING, GenerationMixin, PreTrainedModel
from transformers.masking_utils import create_bidirectional_mask
from transformers.utils.generic import can_return_tuple

from todsum.modeling.state_aware.configuration import StateAwareConfig, StateAwareError, check_family
from todsum.modeling.state_aware.cross_attention import StateCrossAttention, StateMemory
from todsum.modeling.state_aware.dual_encoder import DualEncoder, StateAwareOutput, encode_state, readable


class StateAwareForConditionalGeneration(PreTrainedModel, GenerationMixin):  # type: ignore[misc]
    """A dialogue encoder, a state encoder, and a decoder that attends to both (Zhao et al. 2021, arXiv 2110.12680).

    Dialogue encoder and decoder are a pretrained backbone's. Each decoder layer's cross-attention gets a second branch
    that reads the encoded state, and a fusion of the two, see :mod:`todsum.modeling.state_aware.fusion`. Without a
    state it *is* the backbone, bit for bit. Make one with :meth:`from_backbone`.

    Args:
        config: its configuration.
        backbone: a model to build on, which is changed; by default one with random weights.
    """

    config: StateAwareConfig
    config_class = StateAwareConfig
    base_model_prefix = "backbone"
    main_input_name = "input_ids"
    supports_gradient_checkpointing = True
    accepts_loss_kwargs = False  # the loss is the mean over the batch that forward sees
    _supports_sdpa = True
    _supports_flash_attn = True
    _supports_flex_attn = True

    def __init__(self, config: StateAwareConfig, backbone: PreTrainedModel | None = None) -> None:
        super().__init__(config)
        if backbone is None:
            backbone = MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING[type(config.backbone)](config.backbone)
        self.backbone = backbone
        self.generation_config = copy.deepcopy(backbone.generation_config)
        layers = backbone.get_decoder().layers
        for index, layer in enumerate(layers):
            layer.encoder_attn = StateCrossAttention(layer.encoder_attn, len(layers) + index, config.fusion)
        self.state_encoder: nn.Module | None = None
        if config.state_encoder == "separate":
            encoder = backbone.get_encoder()
            self.state_encoder = copy.deepcopy(encoder, {id(encoder.config): encoder.config})
            self._tied_weights_keys = {"state_encoder.embed_tokens.weight": "backbone.model.shared.weight"}
        self.post_init()

    @classmethod
    def from_backbone(
        cls, model: PreTrainedModel, fusion: str = "gate", state_encoder: str = "shared"
    ) -> StateAwareForConditionalGeneration:
        """A state-aware model that starts as a copy of ``model``, which is left as it was.

        The state branch starts as a copy of the dialogue branch: given the dialogue as state, the model still says
        what its backbone says. Dtype, device, attention implementation, generation defaults and mode are kept.

        Args:
            model: a BART- or Pegasus-family model for conditional generation.
            fusion: ``gate``, ``sum`` or ``tanh``.
            state_encoder: ``shared`` or ``separate``.

        Raises:
            StateAwareError: not such a model, fusion or state encoder.
        """
        backbone = copy_backbone(model)
        config = StateAwareConfig(
            backbone=backbone.config, fusion=fusion, state_encoder=state_encoder, dtype=backbone.dtype
        )
        state_aware = cls(config, backbone)
        state_aware.train(model.training)
        return state_aware

    @can_return_tuple  # type: ignore[untyped-decorator]
    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        decoder_input_ids: Tensor | None = None,
        decoder_attention_mask: Tensor | None = None,
        encoder_outputs: Any = None,
        past_key_values: Any = None,
        inputs_embeds: Tensor | None = None,
        decoder_inputs_embeds: Tensor | None = None,
        labels: Tensor | None = None,
        use_cache: bool | None = None,
        state_input_ids: Tensor | None = None,
        state_attention_mask: Tensor | None = None,
        **kwargs: Any,
    ) -> StateAwareOutput:
        """The logits, (batch, target tokens, vocabulary), and with ``labels`` the loss.

        Args:
            input_ids: dialogues, (batch, dialogue tokens).
            attention_mask: 1 for real tokens, of the same shape. None: all are real, as for the state.
            decoder_input_ids: (batch, target tokens); made of ``labels`` where those are passed alone.
            decoder_attention_mask: of the same shape.
            encoder_outputs: what :meth:`get_encoder` returned, with or without states; the latter are then encoded.
            past_key_values: the cache.
            inputs_embeds: in place of ``input_ids``.
            decoder_inputs_embeds: in place of ``decoder_input_ids``.
            labels: (batch, target tokens), -100 where there is no loss.
            use_cache: whether to return a cache.
            state_input_ids: states, (batch, state tokens), or None.
            state_attention_mask: of the same shape; a row of zeros is an example without a state.
            kwargs: what else the backbone takes.

        Raises:
            StateAwareError: the state's mask or batch does not fit.
        """
        if encoder_outputs is None:
            encoder_outputs = self.get_encoder()(
                input_ids, attention_mask, state_input_ids, state_attention_mask, inputs_embeds, **kwargs
            )
        state = getattr(encoder_outputs, "state_last_hidden_state", None)
        if state is not None:
            state_attention_mask = encoder_outputs.state_attention_mask
        else:
            state = encode_state(self._get_state_encoder(), state_input_ids, state_attention_mask)
        targets = [t for t in (decoder_inputs_embeds, decoder_input_ids, labels, input_ids) if t is not None]
        if state is not None and targets:
            batch, tokens = targets[0].shape[:2]
            kwargs["state_memory"] = self._remember(state, state_attention_mask, batch, tokens)
        output = self.backbone(
            input_ids=input_ids,
            attention_mask=attention_mask,
            decoder_input_ids=decoder_input_ids,
            decoder_attention_mask=decoder_attention_mask,
            encoder_outputs=encoder_outputs,
            past_key_values=past_key_values,
            inputs_embeds=inputs_embeds,
            decoder_inputs_embeds=decoder_inputs_embeds,
            labels=labels,
            use_cache=use_cache,
            return_dict=True,
            **kwargs,
        )
        attentions = {}
        if state is not None and output.cross_attentions:  # recorded in turn: a layer's dialogue, then its state
            attentions["state_cross_attentions"] = output.cross_attentions[1::2]
            output["cross_attentions"] = output.cross_attentions[::2]
        return StateAwareOutput(**output, **attentions)

    def _remember(self, state: Tensor, mask: Tensor | None, batch: int, tokens: int) -> StateMemory:
        """The states as the decoder's layers take them, for targets of shape (batch, tokens)."""
        if state.shape[0] != batch:
            raise StateAwareError(f"{state.shape[0]} states for {batch} targets; pass one for each")
        present = None
        if mask is not None:
            present = mask.bool().any(dim=1)[:, None, None]
            mask = readable(mask)
        sizes = state.new_empty((batch, tokens, 0))
        mask = create_bidirectional_mask(self.backbone.config, sizes, mask, encoder_hidden_states=state)
        return StateMemory(state, mask, present)

    def get_encoder(self, modality: str | None = None) -> DualEncoder:
        """The encoder of dialogues and states, see :class:`~todsum.modeling.state_aware.dual_encoder.DualEncoder`."""
        return DualEncoder(self.backbone.get_encoder(modality), self._get_state_encoder())

    def _get_state_encoder(self) -> nn.Module:
        encoder: nn.Module = self.backbone.get_encoder() if self.state_encoder is None else self.state_encoder
        return encoder

    def _set_gradient_checkpointing(self, enable: bool = True, **kwargs: Any) -> None:
        """Refuses reentrant checkpoints: they see the gradients of positional arguments alone, not of the states."""
        if enable and getattr(kwargs.get("gradient_checkpointing_func"), "keywords", {}).get("use_reentrant"):
            raise StateAwareError("a state-aware model can't use reentrant checkpoints; pass use_reentrant=False")
        super()._set_gradient_checkpointing(enable=enable, **kwargs)

    def prepare_decoder_input_ids_from_labels(self, labels: Tensor) -> Tensor:
        """The labels shifted to the right behind the start token, (batch, target tokens)."""
        shifted: Tensor = self.backbone.prepare_decoder_input_ids_from_labels(labels=labels)
        return shifted

    def get_input_embeddings(self) -> nn.Module:
        """The word embeddings, which encoders and decoder share."""
        embeddings: nn.Module = self.backbone.get_input_embeddings()
        return embeddings

    def set_input_embeddings(self, value: nn.Module) -> None:
        """Replaces the word embeddings of both encoders and the decoder."""
        self.backbone.set_input_embeddings(value)
        if self.state_encoder is not None:
            self.state_encoder.embed_tokens = value

    def get_output_embeddings(self) -> nn.Module:
        """The language-model head."""
        head: nn.Module = self.backbone.get_output_embeddings()
        return head

    def set_output_embeddings(self, new_embeddings: nn.Module) -> None:
        """Replaces the language-model head."""
        self.backbone.set_output_embeddings(new_embeddings)

    def resize_token_embeddings(self, *args: Any, **kwargs: Any) -> nn.Module:
        """Changes the number of words, as the backbone does; see ``PreTrainedModel.resize_token_embeddings``."""
        self.set_input_embeddings(self.backbone.resize_token_embeddings(*args, **kwargs))
        self.tie_weights()
        return self.get_input_embeddings()


def copy_backbone(model: PreTrainedModel) -> PreTrainedModel:
    """A copy of a model that a state branch can be added to.

    Raises:
        StateAwareError: it is no model of a supported family for conditional generation.
    """
    if not isinstance(model, PreTrainedModel):
        raise StateAwareError(f"a backbone is a transformers model, not {type(model).__name__}; load it first")
    check_family(model.config.model_type)
    needed = MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING[type(model.config)]
    if not isinstance(model, needed):
        raise StateAwareError(f"a {type(model).__name__} can't write text; pass a {needed.__name__}")
    backbone = copy.deepcopy(model)
    for module in backbone.modules():
        module._is_hf_initialized = True  # so that no weight is drawn anew
    return backbone
