"""Loads a checkpoint's tokenizer: its own, from its own files, and one that keeps what it is given.

Where files are missing, transformers invents a tokenizer without words instead of failing.
"""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING, Any

from todsum.errors import TodsumError

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

PROBE = "The user asks for a taxi to the north at 17:45."
"""What a tokenizer has to give back, but for case, accents, blanks and punctuation."""
KEPT = 0.5
"""The share of it that is enough: a small vocabulary may lack a few letters, or digits."""

WHOLE = ("tokenizer*.json", "tokenizer.model*", "tiktoken.model", "tekken.json")
"""Files that hold a whole tokenizer of the tokenizers library, or that one is made of."""
OPTIONAL = ("tokenizer_file", "tokenizer_config_file", "normalizer_file", "target_vocab_file")
"""Names in ``vocab_files_names`` of what a tokenizer can do without."""


def load_tokenizer(folder: Path, model: PreTrainedModel) -> PreTrainedTokenizerBase:
    """The tokenizer of a checkpoint's folder; it has a padding and an end-of-sequence token.

    Args:
        folder: of the checkpoint.
        model: its model.

    Raises:
        TodsumError: files of the tokenizer are missing, it can't be loaded, it loses what it is given, it has no
            end-of-sequence token, or the model has fewer tokens.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
        kept = keeps_text(tokenizer)
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise TodsumError(
            f"{folder}: its tokenizer can't be used; copy all of its files (such as tokenizer.json) there: {reason}"
        ) from error
    if missing := missing_files(folder, tokenizer):
        raise TodsumError(
            f"{folder}: no tokenizer of its own, {' and '.join(missing)} missing; copy the tokenizer's files there"
        )
    if not kept:
        raise TodsumError(
            f"{folder}: its tokenizer loses what it is given: {PROBE!r} comes back as {_there_and_back(tokenizer)!r}; "
            "copy the files of the tokenizer that the model was trained with"
        )
    if tokenizer.eos_token_id is None:
        raise TodsumError(f"{folder}: its tokenizer has no end-of-sequence token; name one in tokenizer_config.json")
    if tokenizer.pad_token_id is None:  # GPT-2, Llama: padding is masked, so that any token will do
        tokenizer.pad_token = tokenizer.eos_token
    rows = model.get_input_embeddings().weight.shape[0]
    if len(tokenizer) > rows:
        raise TodsumError(f"{folder}: the tokenizer has {len(tokenizer)} tokens, the model only {rows}")
    return tokenizer


def missing_files(folder: Path, tokenizer: Any) -> list[str]:
    """Names of the files that a tokenizer of this class is made of and that are not in its folder."""
    from transformers import PreTrainedTokenizerFast

    fast = isinstance(tokenizer, PreTrainedTokenizerFast)
    if fast and any(path.name != "tokenizer_config.json" for pattern in WHOLE for path in folder.glob(pattern)):
        return []
    parts = [name for key, name in type(tokenizer).vocab_files_names.items() if key not in OPTIONAL]
    if fast and not parts:
        return ["tokenizer.json"]
    return [name for name in parts if not (folder / name).is_file()]


def keeps_text(tokenizer: Any) -> bool:
    """Whether a plain sentence survives being encoded and decoded, most of it at least."""
    wanted, found = _bare(PROBE), _bare(_there_and_back(tokenizer))
    blocks = SequenceMatcher(None, wanted, found, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) >= KEPT * len(wanted)


def _there_and_back(tokenizer: Any) -> str:
    ids = tokenizer(PROBE, add_special_tokens=False)["input_ids"]
    text: str = tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)
    return text


def _bare(text: str) -> str:
    """Letters and digits, without case and accents."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKD", text).casefold()))
