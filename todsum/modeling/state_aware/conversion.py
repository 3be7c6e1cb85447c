"""Takes a pretrained model as the backbone of a state-aware one."""

from __future__ import annotations

import copy

from transformers import MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING, PreTrainedModel

from todsum.modeling.state_aware.configuration import StateAwareError, check_family


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
