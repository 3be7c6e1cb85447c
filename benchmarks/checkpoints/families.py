"""Tiny checkpoints of transformers' families, made on the spot: random weights, and a tokenizer trained here."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

POSITIONS = 128
VOCABULARY = 320
PAD, END, START, LANGUAGE = 0, 1, 2, 3
SPECIAL = ["<pad>", "</s>", "<s>", "en_XX", "<unk>", "<mask>"]

_IDS = {"vocab_size": VOCABULARY, "pad_token_id": PAD, "eos_token_id": END, "bos_token_id": START}
_STILL = {"dropout": 0.0, "attention_dropout": 0.0, "activation_dropout": 0.0}
_BART = _IDS | _STILL | {
    "d_model": 32,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "max_position_embeddings": POSITIONS,
    "init_std": 0.1,
}  # fmt: skip
_T5 = _IDS | {
    "d_model": 32,
    "d_kv": 16,
    "d_ff": 64,
    "num_layers": 1,
    "num_decoder_layers": 1,
    "num_heads": 2,
    "dropout_rate": 0.0,
    "decoder_start_token_id": PAD,
}
_LLAMA = _IDS | {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": POSITIONS,
    "initializer_range": 0.1,
    "attention_dropout": 0.0,
    "hidden_dropout": 0.0,
}
_GPT = _IDS | {
    "n_embd": 32,
    "n_layer": 2,
    "n_head": 2,
    "n_positions": POSITIONS,
    "resid_pdrop": 0.0,
    "embd_pdrop": 0.0,
    "attn_pdrop": 0.0,
    "initializer_range": 0.1,
}
_BERT = {
    "model_type": "bert",
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "max_position_embeddings": POSITIONS,
    "vocab_size": VOCABULARY,
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}
_STARTS = {"decoder_start_token_id": END}
_MOE = {"num_experts": 2, "expert_capacity": 64, "router_jitter_noise": 0.0}

#: By ``model_type``; an encoder–decoder has ``decoder_start_token_id``, unless it starts with a language.
ENCODER_DECODERS: dict[str, dict[str, Any]] = {
    "bart": _BART | _STARTS,
    "bigbird_pegasus": _BART | _STARTS | {"attention_type": "original_full"},
    "blenderbot": _BART | {"decoder_start_token_id": START},
    "blenderbot-small": _BART | {"decoder_start_token_id": START},
    "encoder-decoder": {
        "encoder": _BERT,
        "decoder": _BERT | {"is_decoder": True, "add_cross_attention": True},
        "decoder_start_token_id": START,
        "pad_token_id": PAD,
        "eos_token_id": END,
    },
    "fsmt": _BART | _STARTS | {"langs": ["en", "de"], "src_vocab_size": VOCABULARY, "tgt_vocab_size": VOCABULARY},
    "led": _BART
    | _STARTS
    | {
        "attention_window": 16,
        "max_encoder_position_embeddings": POSITIONS,
        "max_decoder_position_embeddings": POSITIONS,
    },
    "longt5": _T5 | {"local_radius": 15},
    "m2m_100": _BART | _STARTS | {"encoder_layerdrop": 0.0, "decoder_layerdrop": 0.0},
    "marian": _BART | {"decoder_start_token_id": PAD, "decoder_vocab_size": VOCABULARY, "forced_eos_token_id": None},
    "mbart": _BART | {"decoder_start_token_id": LANGUAGE},
    "mt5": _T5,
    "mvp": _BART | _STARTS,
    "nllb-moe": _BART
    | _STARTS
    | _MOE
    | {"encoder_layerdrop": 0.0, "decoder_layerdrop": 0.0, "encoder_sparse_step": 1, "decoder_sparse_step": 1},
    "pegasus": _BART | {"decoder_start_token_id": PAD},
    "pegasus_x": _BART | {"decoder_start_token_id": PAD, "block_size": 16, "num_global_tokens": 4},
    "plbart": _BART | {"decoder_start_token_id": LANGUAGE},
    "prophetnet": _IDS
    | {
        "hidden_size": 32,
        "encoder_ffn_dim": 64,
        "decoder_ffn_dim": 64,
        "num_encoder_layers": 1,
        "num_decoder_layers": 1,
        "num_encoder_attention_heads": 2,
        "num_decoder_attention_heads": 2,
        "max_position_embeddings": POSITIONS,
        "decoder_start_token_id": START,
        "dropout": 0.0,
        "attention_dropout": 0.0,
        "activation_dropout": 0.0,
        "init_std": 0.1,
    },
    "switch_transformers": _T5 | _MOE | {"num_sparse_encoder_layers": 1, "num_sparse_decoder_layers": 1},
    "t5": _T5,
    "umt5": _T5,
}

#: Decoder-only, or what transformers calls a causal model.
CAUSAL: dict[str, dict[str, Any]] = {
    "bert": {name: value for name, value in _BERT.items() if name != "model_type"} | {"pad_token_id": PAD},
    "bloom": _IDS | {"hidden_size": 32, "n_layer": 2, "n_head": 2, "hidden_dropout": 0.0, "attention_dropout": 0.0},
    "falcon": _LLAMA | {"new_decoder_architecture": False, "alibi": False},
    "gemma": _LLAMA | {"head_dim": 16},
    "gemma2": _LLAMA | {"head_dim": 16, "sliding_window": 64},
    "gpt2": _GPT,
    "gpt_bigcode": _GPT,
    "gpt_neo": _IDS
    | {
        "hidden_size": 32,
        "num_layers": 2,
        "num_heads": 2,
        "intermediate_size": 64,
        "max_position_embeddings": POSITIONS,
        "attention_types": [[["global", "local"], 1]],
        "window_size": 64,
        "embed_dropout": 0.0,
        "resid_dropout": 0.0,
        "attention_dropout": 0.0,
        "initializer_range": 0.1,
    },
    "gpt_neox": _LLAMA,
    "gptj": _GPT | {"rotary_dim": 8},
    "gpt_oss": _LLAMA | {"head_dim": 16, "num_local_experts": 2, "num_experts_per_tok": 1},
    "granite": _LLAMA,
    "llama": _LLAMA,
    "mamba": _IDS | {"hidden_size": 32, "num_hidden_layers": 2, "state_size": 8},
    "mamba2": _IDS
    | {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "state_size": 8,
        "num_heads": 4,
        "head_dim": 16,
        "n_groups": 1,
        "chunk_size": 16,
    },
    "mistral": _LLAMA | {"sliding_window": 64},
    "mixtral": _LLAMA | {"num_local_experts": 2, "num_experts_per_tok": 1},
    "mpt": {
        "vocab_size": VOCABULARY,
        "d_model": 32,
        "n_heads": 2,
        "n_layers": 2,
        "max_seq_len": POSITIONS,
        "pad_token_id": PAD,
        "eos_token_id": END,
        "bos_token_id": START,
    },
    "olmo2": _LLAMA,
    "nemotron_h": _LLAMA | {"head_dim": 16},
    "openai-gpt": _GPT,
    "opt": _IDS
    | {
        "hidden_size": 32,
        "word_embed_proj_dim": 32,
        "ffn_dim": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "max_position_embeddings": POSITIONS,
        "dropout": 0.0,
        "init_std": 0.1,
    },
    "phi": _LLAMA | {"resid_pdrop": 0.0, "embd_pdrop": 0.0},
    "phi3": _LLAMA | {"original_max_position_embeddings": POSITIONS},
    "qwen2": _LLAMA,
    "qwen3": _LLAMA | {"head_dim": 16},
    "rwkv": _IDS
    | {"hidden_size": 32, "attention_hidden_size": 32, "num_hidden_layers": 2, "context_length": POSITIONS},
    "stablelm": _LLAMA,
    "xglm": _IDS
    | {
        "d_model": 32,
        "ffn_dim": 64,
        "num_layers": 2,
        "attention_heads": 2,
        "max_position_embeddings": POSITIONS,
        "dropout": 0.0,
        "attention_dropout": 0.0,
    },
}

FAMILIES = {**ENCODER_DECODERS, **CAUSAL}


def tokenizer(family: str, texts: list[str]) -> PreTrainedTokenizerFast:
    """Byte-level BPE; mBART's and PLBART's close with a language, as the real ones do."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made.train_from_iterator(
        texts,
        trainers.BpeTrainer(
            vocab_size=VOCABULARY, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
        ),
    )
    around = {"mbart": "$A </s> en_XX", "plbart": "$A </s> en_XX", "m2m_100": "en_XX $A </s>", "bart": "<s> $A </s>"}
    single = around.get(family, "$A </s>" if family in ENCODER_DECODERS else "$A")
    special = [(token, made.token_to_id(token)) for token in SPECIAL]
    made.post_processor = processors.TemplateProcessing(single=single, special_tokens=special)
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token="<pad>",
        eos_token="</s>",
        bos_token="<s>",
        unk_token="<unk>",
        mask_token="<mask>",
        extra_special_tokens=["en_XX"],
    )


def model(family: str) -> PreTrainedModel:
    """An untrained model of a family, the same at each call."""
    kind = AutoModelForSeq2SeqLM if family in ENCODER_DECODERS else AutoModelForCausalLM
    torch.manual_seed(0)
    made: PreTrainedModel = kind.from_config(AutoConfig.for_model(family, **deepcopy(FAMILIES[family])))
    return made


def checkpoint(family: str, folder: Path, texts: list[str]) -> Path:
    """A folder as a hub would give it."""
    model(family).save_pretrained(folder)
    tokenizer(family, texts).save_pretrained(folder)
    return folder
