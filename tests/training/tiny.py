"""Tiny random checkpoints of five families, and tiny examples: what a hub would give, made on the spot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PegasusConfig,
    PegasusForConditionalGeneration,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
)

from todsum.data.schema import Example, Slot, Turn
from todsum.training.encoding import ExampleEncoder

ENCODER_DECODERS = ("bart", "pegasus", "t5")
CAUSAL = ("llama", "qwen2", "gpt2")
FAMILIES = (*ENCODER_DECODERS, *CAUSAL)
POSITIONS = 256
VOCABULARY = 400

_PLACES = ("north", "south", "east", "west", "centre", "coast", "hill", "mill")
_NAMES = ("anna", "ben", "cleo", "dan", "eve", "fred", "gina", "hugo")


def examples(n: int = 8, dataset: str = "tiny") -> list[Example]:
    """Short dialogues of different lengths whose summary names a place and a person."""
    made = []
    for i in range(n):
        place, name = _PLACES[i % 8], _NAMES[(i * 3 + i // 8) % 8]
        turns = [Turn("user", f"i am {name} ."), Turn("agent", "hello " * (1 + i % 4)), Turn("user", f"to {place} .")]
        state = (Slot("taxi", "inform", "destination", place),)
        summary = (f"{name} calls.", f"the taxi goes to {place}.")
        made.append(
            Example(f"e{i}", dataset, f"e{i}", ("taxi",), tuple(turns), f"where is {name} ?", (), state, summary)
        )
    return made


def encoder(words: Any, causal: bool = False, **changes: Any) -> ExampleEncoder:
    """An encoder with room for any of the examples, and no prompt, unless told otherwise."""
    usual = {"prompt": "none", "max_source_tokens": 200, "max_target_tokens": 60}
    return ExampleEncoder(tokenizer=words, causal=causal, **usual | changes)


def tokenizer(family: str) -> PreTrainedTokenizerFast:
    """Byte-level BPE with the family's own special tokens around a text."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    special = ["<pad>", "</s>", "<s>"]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator([f"{e.turns} {e.summary} {e.query}" for e in examples()], trainer)
    if family == "bart":
        made.post_processor = processors.TemplateProcessing(
            single="<s> $A </s>", special_tokens=[("<s>", 2), ("</s>", 1)]
        )
    elif family in ENCODER_DECODERS:
        made.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    elif family == "llama":
        made.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 2)])
    pad = {} if family in CAUSAL else {"pad_token": "<pad>"}  # causal checkpoints often have none
    return PreTrainedTokenizerFast(tokenizer_object=made, eos_token="</s>", bos_token="<s>", **pad)


def model(family: str, seed: int = 0) -> Any:
    """A random model without dropout, with more rows than the tokenizer has tokens (as published ones have)."""
    ids: dict[str, Any] = {"vocab_size": VOCABULARY, "pad_token_id": 0, "eos_token_id": 1}
    pair = {
        "d_model": 32,
        "encoder_layers": 2,
        "decoder_layers": 2,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 4,
        "encoder_ffn_dim": 64,
        "decoder_ffn_dim": 64,
        "max_position_embeddings": POSITIONS,
        "dropout": 0.0,
        "init_std": 0.15,
    }
    rope = {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "intermediate_size": 64,
        "max_position_embeddings": POSITIONS,
        "initializer_range": 0.15,
    }
    torch.manual_seed(seed)
    if family == "bart":
        return BartForConditionalGeneration(BartConfig(**ids, **pair, bos_token_id=2, decoder_start_token_id=1))
    if family == "pegasus":
        return PegasusForConditionalGeneration(
            PegasusConfig(**ids, **pair, scale_embedding=True, decoder_start_token_id=0)
        )
    if family == "t5":
        shape = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4, "dropout_rate": 0.0}
        return T5ForConditionalGeneration(T5Config(**ids, **shape, decoder_start_token_id=0))
    if family == "llama":
        return LlamaForCausalLM(LlamaConfig(**ids, **rope, bos_token_id=2))
    if family == "qwen2":
        return Qwen2ForCausalLM(Qwen2Config(**ids, **rope, bos_token_id=2))
    shape = {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": POSITIONS, "initializer_range": 0.15}
    still = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
    return GPT2LMHeadModel(GPT2Config(**ids, **shape, **still, bos_token_id=2))


def checkpoint(family: str, folder: Path, seed: int = 0) -> Path:
    """A folder as a hub would give it."""
    made = model(family, seed)
    if family in CAUSAL:
        made.config.pad_token_id = made.generation_config.pad_token_id = None
    made.save_pretrained(folder)
    tokenizer(family).save_pretrained(folder)
    return folder
