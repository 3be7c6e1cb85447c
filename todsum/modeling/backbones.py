"""Loads a pretrained checkpoint, by folder or hub id, without running or unpickling anything that came with it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from todsum.checkpoints import HUB_FILES, HUB_ID, HUB_TIMEOUT, MINI, find
from todsum.errors import TodsumError

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

__all__ = ["HUB_FILES", "HUB_ID", "HUB_TIMEOUT", "MINI", "Backbone", "check_folder", "find", "load"]


@dataclass(frozen=True)
class Backbone:
    """A loaded checkpoint.

    Attributes:
        model: in fp32, on the CPU, in eval mode; its generation defaults are cleared but for special tokens.
        tokenizer: has a padding and an end-of-sequence token.
        causal: a decoder-only model, not an encoder–decoder.
    """

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    causal: bool


def load(backbone: str | Path, revision: str | None = None) -> Backbone:
    """Loads an encoder–decoder or causal checkpoint.

    Args:
        backbone: a folder with ``config.json``, ``*.safetensors`` and a tokenizer, ``todsum-mini``, ``smollm2-135m``,
            or a hub id.
        revision: branch, tag or commit of a hub id; None for its main branch.

    Raises:
        TodsumError: it does not exist, can't be reached, is no such model, or is unsafe to load.
    """
    folder = find(str(backbone), revision)
    check_folder(folder)
    model, causal = _load_model(folder)
    return Backbone(model, _load_tokenizer(folder, model), causal)


def check_folder(folder: Path) -> None:
    """Refuses a checkpoint that would need code or a pickle of its own to load.

    Raises:
        TodsumError: no ``config.json``, no safetensors, ``auto_map`` (custom code), an adapter or a quantised model.
    """
    if not (folder / "config.json").is_file():
        raise TodsumError(f"{folder}: no config.json; pass the folder of a transformers checkpoint")
    if not any(folder.glob("*.safetensors")):
        raise TodsumError(
            f"{folder}: no *.safetensors; pickled weights are never read, convert them to safetensors first"
        )
    if (folder / "adapter_config.json").exists():
        raise TodsumError(f"{folder}: an adapter (adapter_config.json); merge it into its backbone first")
    for file in sorted(folder.glob("*.json")):
        if file.name in ("tokenizer.json", "vocab.json"):  # large, and never asked for code
            continue
        content = _read_json(file)
        if _has_key(content, "auto_map"):
            raise TodsumError(f"{file}: asks for custom code (auto_map); only models within transformers are loaded")
        if file.name == "config.json" and _has_key(content, "quantization_config"):
            raise TodsumError(f"{file}: quantised weights can't be fine-tuned; pass the full-precision checkpoint")


def _read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TodsumError(f"{file}: not readable as JSON: {error}") from error


def _has_key(content: Any, key: str) -> bool:
    if isinstance(content, dict):
        return key in content or any(_has_key(value, key) for value in content.values())
    return isinstance(content, list) and any(_has_key(value, key) for value in content)


def _load_model(folder: Path) -> tuple[PreTrainedModel, bool]:
    import torch
    from transformers import (
        MODEL_FOR_CAUSAL_LM_MAPPING,
        MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING,
        AutoConfig,
        GenerationConfig,
    )
    from transformers.utils import logging

    logging.disable_progress_bar()  # loading takes seconds; training tells of its own progress
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:
        raise TodsumError(f"{folder}/config.json: not a model that transformers knows: {error}") from error
    causal = not config.is_encoder_decoder
    mapping = MODEL_FOR_CAUSAL_LM_MAPPING if causal else MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING
    if type(config) not in mapping:
        raise TodsumError(
            f"{folder}: a {config.model_type!r} model can't generate text; pass an encoder–decoder or causal one"
        )
    kind = mapping[type(config)]
    try:
        model, report = kind.from_pretrained(
            folder,
            config=config,
            dtype=torch.float32,  # otherwise the saved dtype is kept, and AdamW would run in it
            use_safetensors=True,
            local_files_only=True,
            attn_implementation="sdpa" if kind._supports_sdpa else "eager",  # never one that the config names
            output_loading_info=True,
        )
    except Exception as error:
        raise TodsumError(f"{folder}: weights can't be loaded as {kind.__name__}: {error}") from error
    if report["missing_keys"]:
        missing = sorted(report["missing_keys"])
        raise TodsumError(f"{folder}: {len(missing)} weights of {kind.__name__} are missing, such as {missing[0]}")
    # A checkpoint's own lengths, beams and n-gram bans would change results unseen; the method's settings decide.
    saved, ids = model.generation_config, ("bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id")
    model.generation_config = GenerationConfig(**{name: getattr(saved, name) for name in ids})
    return model.eval(), causal


def _load_tokenizer(folder: Path, model: PreTrainedModel) -> PreTrainedTokenizerBase:
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:
        raise TodsumError(f"{folder}: its tokenizer can't be loaded: {error}") from error
    if tokenizer.eos_token_id is None:
        raise TodsumError(f"{folder}: its tokenizer has no end-of-sequence token")
    if tokenizer.pad_token_id is None:  # GPT-2, Llama: padding is masked, so that any token will do
        tokenizer.pad_token = tokenizer.eos_token
    rows = model.get_input_embeddings().weight.shape[0]
    if len(tokenizer) > rows:
        raise TodsumError(f"{folder}: the tokenizer has {len(tokenizer)} tokens, the model only {rows}")
    return tokenizer
