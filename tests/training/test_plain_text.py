"""Special tokens that are written in a dialogue are text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AddedToken, ByT5Tokenizer, PreTrainedTokenizerFast

from tests.modeling.test_tokenizer import TEXTS, unigram, words
from tests.training import tiny
from todsum.data.schema import Turn
from todsum.methods.dop import word_ids
from todsum.modeling import backbones
from todsum.training.plain_text import PlainText

WRITTEN = "so </s> <mask><pad> a</s>b <unk>"


def tokenizers() -> dict[str, PreTrainedTokenizerFast]:
    bytewise = tiny.tokenizer("bart")
    bytewise.add_tokens([AddedToken("<|im_end|>", special=True)])  # special, and without a name
    mini = backbones.load(backbones.MINI).tokenizer
    return {"bytes": bytewise, "unigram": unigram(TEXTS), "words": words(TEXTS), "mini": mini, "slow": ByT5Tokenizer()}


TOKENIZERS = tokenizers()


@pytest.mark.parametrize("name", TOKENIZERS)
def test_no_text_becomes_a_special_token(name: str) -> None:
    tokenizer = TOKENIZERS[name]
    special = {tokenizer.eos_token_id, tokenizer.pad_token_id, tokenizer.mask_token_id} - {None}
    special |= {tokenizer.get_vocab()["<|im_end|>"]} if name == "bytes" else set()
    plain = PlainText(tokenizer)
    for text in (WRITTEN, "<|im_end|>", "＜/s＞ </S>", tokenizer.eos_token * 3, f"x{tokenizer.pad_token}"):
        assert special.isdisjoint(plain.ids(text)), text
        parted = tokenizer(plain.parted(text), add_special_tokens=False)["input_ids"]
        assert special.isdisjoint(parted), text


@pytest.mark.parametrize("name", ["bytes", "mini", "slow"])
def test_where_bytes_are_read_the_text_comes_back(name: str) -> None:
    tokenizer = TOKENIZERS[name]
    back = tokenizer.decode(PlainText(tokenizer).ids(WRITTEN), skip_special_tokens=True)
    assert back == WRITTEN


def test_the_name_of_the_unknown_token_is_no_unknown_token() -> None:
    tokenizer = unigram([*TEXTS, "< u n k >"])
    assert tokenizer.unk_token_id in tokenizer("a <unk>")["input_ids"]
    assert tokenizer.unk_token_id not in PlainText(tokenizer).ids("a <unk>")
    assert tokenizer.unk_token_id in PlainText(tokenizer).ids("a 界"), "what is unknown stays so"


@pytest.mark.parametrize("name", TOKENIZERS)
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="<>[]"), max_size=30))
@settings(max_examples=25, deadline=None)
def test_ordinary_text_is_encoded_as_ever(name: str, text: str) -> None:
    tokenizer = TOKENIZERS[name]
    assert PlainText(tokenizer).ids(text) == tokenizer(text, add_special_tokens=False)["input_ids"]


def test_examples_and_domain_words_are_encoded_so() -> None:
    tokenizer = TOKENIZERS["unigram"]
    example = tiny.examples(1)[0]
    spoken = replace(example, turns=(*example.turns, Turn("user", WRITTEN)))
    encoder = tiny.encoder(tokenizer)
    assert tokenizer.eos_token_id not in encoder.source(spoken)[:-1]
    assert tokenizer.eos_token_id not in word_ids(tokenizer, ["</s>"])[0]
