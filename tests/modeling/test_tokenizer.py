"""A checkpoint's tokenizer is its own, and keeps what it is given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import ByT5Tokenizer, PreTrainedTokenizerFast

from tests.training import tiny
from todsum.errors import TodsumError
from todsum.modeling import backbones
from todsum.modeling.tokenizer import PROBE, keeps_text

VOCABULARIES = ("tokenizer.json", "vocab.json", "merges.txt", "spiece.model")


def without(folder: Path, *kept: str) -> Path:
    for file in folder.iterdir():
        if file.suffix != ".safetensors" and file.name not in ("config.json", "generation_config.json", *kept):
            file.unlink()
    return folder


def wrapped(made: Tokenizer) -> PreTrainedTokenizerFast:
    return PreTrainedTokenizerFast(
        tokenizer_object=made, pad_token="<pad>", eos_token="</s>", unk_token="<unk>", mask_token="<mask>"
    )


SPECIAL = ["<pad>", "</s>", "<unk>", "<mask>"]
TEXTS = [f"{PROBE} {example.turns}" for example in tiny.examples()]


def unigram(texts: list[str], **more: Any) -> PreTrainedTokenizerFast:
    made = Tokenizer(models.Unigram())
    made.normalizer = normalizers.Sequence([normalizers.NFKC(), *more.get("normalizers", [])])
    made.pre_tokenizer, made.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=200, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False)
    made.train_from_iterator(texts, trainer)
    return wrapped(made)


def words(texts: list[str]) -> PreTrainedTokenizerFast:
    made = Tokenizer(models.WordLevel(unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.train_from_iterator(texts, trainers.WordLevelTrainer(special_tokens=SPECIAL, show_progress=False))
    return wrapped(made)


def letters() -> PreTrainedTokenizerFast:
    """Without an unknown token, and without digits."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(vocab_size=200, special_tokens=SPECIAL[:2], show_progress=False)
    made.train_from_iterator(["".join(filter(str.isalpha, PROBE.lower()))], trainer)
    return PreTrainedTokenizerFast(tokenizer_object=made, pad_token="<pad>", eos_token="</s>")


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_without_its_files_no_checkpoint_is_loaded(family: str, tmp_path: Path) -> None:
    """transformers invents a tokenizer for most of them; its own settings alone are no tokenizer either."""
    folder = tiny.checkpoint(family, tmp_path)
    with pytest.raises(TodsumError, match=r"copy (the tokenizer's files|all of its files)") as caught:
        backbones.load(without(folder, "tokenizer_config.json"))
    assert str(folder) in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(TodsumError, match=r"copy (the tokenizer's files|all of its files)"):
        backbones.load(without(folder))


def test_half_of_the_files_are_not_enough(tmp_path: Path) -> None:
    """Without merges transformers makes some up."""
    folder = tiny.checkpoint("gpt2", tmp_path)
    vocab, merges = tiny.tokenizer("gpt2").backend_tokenizer.model.save(str(tmp_path))
    assert (Path(vocab).name, Path(merges).name) == ("vocab.json", "merges.txt")
    without(folder, "vocab.json", "merges.txt")
    Path(merges).unlink()
    with pytest.raises(TodsumError, match="merges"):
        backbones.load(folder)


def test_a_tokenizer_of_bytes_needs_no_files(tmp_path: Path) -> None:
    without(tiny.checkpoint("t5", tmp_path))
    ByT5Tokenizer(extra_ids=0).save_pretrained(tmp_path)
    tokenizer = backbones.load(tmp_path).tokenizer
    assert tokenizer.decode(tokenizer("ü 17:45")["input_ids"], skip_special_tokens=True) == "ü 17:45"


def test_a_tokenizer_without_words_is_refused(tmp_path: Path) -> None:
    words(["garden"]).save_pretrained(tiny.checkpoint("t5", tmp_path))
    with pytest.raises(TodsumError, match=r"its tokenizer loses what it is given: 'The user asks .* comes back as ''"):
        backbones.load(tmp_path)


def test_what_a_real_tokenizer_may_change() -> None:
    lower = [normalizers.Lowercase(), normalizers.NFD(), normalizers.StripAccents()]
    assert keeps_text(unigram(TEXTS)) and keeps_text(unigram(TEXTS, normalizers=lower)) and keeps_text(words(TEXTS))
    assert keeps_text(unigram([example.summary[1] + " user asks" for example in tiny.examples()])), "no digits"
    assert keeps_text(letters()), "what it does not know is left out without a trace"
    assert not keeps_text(words(["hello"])) and not keeps_text(unigram(["0123456789"]))
