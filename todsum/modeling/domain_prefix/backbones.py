"""The backbones that can have a prefix, and where their attention modules are."""

from __future__ import annotations

import re
from typing import Any

import torch
from torch import nn
from transformers import PreTrainedModel

from todsum.modeling.domain_prefix.configuration import SITES, DomainPrefixError

_BART = {
    "enc": r"(.*\.)?encoder\.layers\.\d+\.self_attn",
    "dec": r"(.*\.)?decoder\.layers\.\d+\.self_attn",
    "cross": r"(.*\.)?decoder\.layers\.\d+\.encoder_attn",
}
_T5 = {
    "enc": r"(.*\.)?encoder\.block\.\d+\.layer\.0\.SelfAttention",
    "dec": r"(.*\.)?decoder\.block\.\d+\.layer\.0\.SelfAttention",
    "cross": r"(.*\.)?decoder\.block\.\d+\.layer\.1\.EncDecAttention",
}
_CAUSAL = {"dec": r"(.*\.)?layers\.\d+\.self_attn"}

BACKBONES: dict[str, dict[str, str]] = {
    "bart": _BART,
    "mbart": _BART,
    "plbart": _BART,
    "pegasus": _BART,
    "t5": _T5,
    "mt5": _T5,
    "llama": _CAUSAL,
    "qwen2": _CAUSAL,
}
"""For each ``model_type``, the names of the attention modules of each site, as a pattern that fits the whole name."""


def attention_names(model: nn.Module, sites: tuple[str, ...]) -> dict[str, str]:
    """The patterns of those of the sites that a backbone has.

    Raises:
        DomainPrefixError: the backbone is not supported, or has none of the sites.
    """
    model_type = getattr(getattr(model, "config", None), "model_type", None)
    if not isinstance(model, PreTrainedModel) or model_type not in BACKBONES:
        what = f"a {model_type!r} model" if model_type else f"a {type(model).__name__}"
        raise DomainPrefixError(f"{what} can't have a domain prefix; supported: {', '.join(BACKBONES)}")
    names = BACKBONES[model_type]
    if "enc" in names and not hasattr(model, "prepare_decoder_input_ids_from_labels"):
        raise DomainPrefixError(
            f"a {type(model).__name__} is no encoder–decoder that writes text; pass a {model_type!r} model for "
            "conditional generation"
        )
    chosen = {site: names[site] for site in SITES if site in sites and site in names}
    if not chosen:
        raise DomainPrefixError(f"a {model_type!r} model has the sites {', '.join(names)}, not {', '.join(sites)}")
    return chosen


def site_of(name: str, names: dict[str, str]) -> str:
    """The site of an attention module called ``name``."""
    return next(site for site, pattern in names.items() if re.fullmatch(pattern, name))


def key_shape(attention: Any) -> tuple[int, int]:
    """How many key heads an attention module has, and how wide each is."""
    width: int = attention.key_value_proj_dim if hasattr(attention, "key_value_proj_dim") else attention.head_dim
    keys = attention.k_proj if hasattr(attention, "k_proj") else attention.k
    return keys.out_features // width, width


def prefix_dtype(module: nn.Module) -> torch.dtype:
    """The module's dtype, and at least single precision, in which a prefix is kept and trained."""
    return torch.promote_types(next(module.parameters()).dtype, torch.float32)
