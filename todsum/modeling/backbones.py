"""Loads a pretrained checkpoint, by folder or hub id, without running or unpickling anything that came with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from todsum.checkpoints import HUB_FILES, HUB_ID, HUB_TIMEOUT, MINI, find
from todsum.errors import TodsumError
from todsum.files.configurations import has_key, read_configuration
from todsum.modeling.abilities import check_arguments, check_forward
from todsum.modeling.decoder_start import first_token
from todsum.modeling.tokenizer import PROBE, load_tokenizer
from todsum.out_of_memory import first_line

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
        TodsumError: it does not exist, can't be reached, is no such model, is unsafe to load, has no tokenizer of its
            own, or can't do what training and generation here need.
    """
    folder = find(str(backbone), revision)
    check_folder(folder)
    model, causal = _load_model(folder)
    tokenizer = load_tokenizer(folder, model)
    with _named(folder, model.config.model_type):
        tokens: list[int] = tokenizer(PROBE, add_special_tokens=False)["input_ids"]
        check_forward(model, tokens, causal)
    return Backbone(model, tokenizer, causal)


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
        content = read_configuration(file)
        if has_key(content, "auto_map"):
            raise TodsumError(f"{file}: asks for custom code (auto_map); only models within transformers are loaded")
        if file.name == "config.json" and has_key(content, "quantization_config"):
            raise TodsumError(f"{file}: quantised weights can't be fine-tuned; pass the full-precision checkpoint")


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
        raise TodsumError(f"{folder}/config.json: not a model that transformers knows: {first_line(error)}") from error
    causal = not config.is_encoder_decoder
    mapping = MODEL_FOR_CAUSAL_LM_MAPPING if causal else MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING
    if type(config) not in mapping:
        raise TodsumError(
            f"{folder}: a {config.model_type!r} model can't generate text; pass an encoder–decoder or causal one"
        )
    kind = mapping[type(config)]
    with _named(folder, config.model_type):
        check_arguments(kind, causal)
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
        raise TodsumError(f"{folder}: weights can't be loaded as {kind.__name__}: {first_line(error)}") from error
    if report["missing_keys"]:
        missing = sorted(report["missing_keys"])
        raise TodsumError(f"{folder}: {len(missing)} weights of {kind.__name__} are missing, such as {missing[0]}")
    # A checkpoint's own lengths, beams and n-gram bans would change results unseen; the method's settings decide.
    saved, ids = model.generation_config, ("bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id")
    model.generation_config = GenerationConfig(**{name: getattr(saved, name) for name in ids})
    if not causal:
        with _named(folder, config.model_type):
            _settle_start(model)
    return model.eval(), causal


def _settle_start(model: PreTrainedModel) -> None:
    """Makes the start token of ``config.json`` that of generation, too.

    Raises:
        TodsumError: the two differ, or there is none.
    """
    defaults, own = model.generation_config, getattr(model.config, "decoder_start_token_id", None)
    if defaults.decoder_start_token_id is None:
        defaults.decoder_start_token_id = own
    elif own not in (None, defaults.decoder_start_token_id):
        raise TodsumError(
            f"its decoder starts from {own} (decoder_start_token_id) by config.json, and from "
            f"{defaults.decoder_start_token_id} by generation_config.json; make them equal"
        )
    first_token(model)


@contextmanager
def _named(folder: Path, model_type: str) -> Iterator[None]:
    """Puts folder and family in front of the reason why a model can't be used."""
    try:
        yield
    except TodsumError as error:
        raise TodsumError(f"{folder}: a {model_type!r} model that can't be trained here: {error}") from error
