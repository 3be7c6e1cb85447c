"""Tiny random backbones with a prefix, and batches for them."""

from __future__ import annotations

import itertools
from typing import Any

import torch
from peft import PeftModel, get_peft_model
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForSeq2SeqLM, PreTrainedModel

from tests.modeling.shapes import BART
from todsum.modeling.domain_prefix import DomainPrefixConfig

VOCABULARY = 60
WORDS = [[11], [12, 13], [14], [15, 16]]
OTHER_WORDS = [[21, 22], [23], [24], [25], [26, 27], [28]]
TOKENS = [token for word in WORDS for token in word]

SEQ2SEQ = ("bart", "pegasus", "t5")
CAUSAL = ("llama", "qwen2")
FAMILIES = SEQ2SEQ + CAUSAL
ATTENTIONS = ("sdpa", "eager")
EVERY = list(itertools.product(FAMILIES, ATTENTIONS))

_COMMON: dict[str, Any] = {"vocab_size": VOCABULARY, "pad_token_id": 1, "bos_token_id": 0, "eos_token_id": 2}
_T5: dict[str, Any] = {
    "d_model": 16,
    "d_kv": 8,
    "num_layers": 2,
    "num_decoder_layers": 2,
    "num_heads": 2,
    "d_ff": 32,
    "dropout_rate": 0.0,
    "decoder_start_token_id": 1,
}
_LLAMA: dict[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 32,
    "max_position_embeddings": 64,
    "initializer_range": 0.2,
}
SHAPES = {
    "bart": BART,
    "mbart": BART,
    "plbart": BART,
    "pegasus": BART,
    "t5": _T5,
    "mt5": _T5,
    "llama": _LLAMA,
    "qwen2": _LLAMA,
}


def make_backbone(family: str, attention: str = "sdpa", **changes: Any) -> PreTrainedModel:
    torch.manual_seed(0)
    config = AutoConfig.for_model(family, **_COMMON | SHAPES[family] | changes)
    auto = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
    return auto.from_config(config, attn_implementation=attention).eval()


def make_prefixed(
    family: str, attention: str = "sdpa", words: Any = WORDS, trained: bool = True, **settings: Any
) -> Any:
    """A backbone with a prefix of words; ``trained``: its network is moved away from zero."""
    return prefixed(make_backbone(family, attention), words, trained, **settings)


def prefixed(backbone: PreTrainedModel, words: Any = WORDS, trained: bool = True, **settings: Any) -> Any:
    model = get_peft_model(backbone, DomainPrefixConfig(**{"mid_dim": 8, "domain_words": words} | settings)).eval()
    return stir(model) if trained else model


def stir(model: PeftModel, seed: int = 1) -> PeftModel:
    """Moves the trained weights, as training would."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "dop_" in name and model.active_adapter in name.split("."):
                weight.add_(torch.randn(weight.shape, generator=generator) * 0.3)
    return model


def make_batch(family: str) -> dict[str, Tensor]:
    """Three sources of different lengths, and targets for an encoder–decoder."""
    torch.manual_seed(2)
    batch = {"input_ids": torch.randint(3, VOCABULARY, (3, 7)), "attention_mask": torch.ones(3, 7, dtype=torch.long)}
    padded = (1, slice(4, None)) if family not in CAUSAL else (1, slice(None, 3))
    batch["attention_mask"][padded] = 0
    batch["input_ids"][padded] = 1
    if family in CAUSAL:
        batch["position_ids"] = (batch["attention_mask"].cumsum(1) - 1).clamp(min=0)
    else:
        batch["decoder_input_ids"] = torch.randint(3, VOCABULARY, (3, 4))
    return batch


def unpadded(family: str, batch: dict[str, Tensor], row: int) -> dict[str, Tensor]:
    """One example of a batch, alone and without its padding."""
    alone = {name: tensor[row : row + 1] for name, tensor in batch.items()}
    real = alone["attention_mask"][0].bool()
    return {name: tensor if name.startswith("decoder") else tensor[:, real] for name, tensor in alone.items()}


def for_generation(batch: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: batch[name] for name in ("input_ids", "attention_mask")}


@torch.no_grad()
def logits(model: Any, batch: dict[str, Tensor]) -> Tensor:
    return model(**batch).logits


def loss(model: Any, batch: dict[str, Tensor]) -> Tensor:
    """Something that depends on every logit."""
    return model(**batch, use_cache=False).logits.float().logsumexp(-1).sum()


def near(one: Tensor, other: Tensor, tolerance: float = 1e-5) -> None:
    torch.testing.assert_close(one, other, atol=tolerance, rtol=0)
