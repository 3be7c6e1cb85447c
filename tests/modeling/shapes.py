"""The shape of tiny random backbones."""

from typing import Any

BART: dict[str, Any] = {
    "d_model": 16,
    "encoder_layers": 1,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 24,
    "max_position_embeddings": 32,
    "dropout": 0.0,
    "init_std": 0.2,
    "decoder_start_token_id": 2,
    "forced_eos_token_id": None,
}
"""Of the BART family: encoder and decoder differ in size, so that one can't be taken for the other."""
