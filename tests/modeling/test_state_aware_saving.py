"""Saving, loading and resizing state-aware models."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from transformers import AutoConfig, AutoModelForSeq2SeqLM

from tests.modeling.test_state_aware import FAMILIES, WORDS, logits, make_backbone, make_batch, make_state_aware
from todsum.modeling import StateAwareConfig, StateAwareForConditionalGeneration
from todsum.modeling.state_aware.configuration import STATE_ENCODERS
from todsum.modeling.state_aware.fusion import FUSIONS


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("state_encoder", STATE_ENCODERS)
def test_a_loaded_model_is_the_saved_one(family: str, fusion: str, state_encoder: str, tmp_path: Path) -> None:
    model = make_state_aware(family, fusion, state_encoder)
    model.generation_config.num_beams = 3
    model.save_pretrained(tmp_path)
    assert list(tmp_path.glob("*.bin")) == []

    loaded, report = AutoModelForSeq2SeqLM.from_pretrained(tmp_path, output_loading_info=True)

    assert isinstance(loaded, StateAwareForConditionalGeneration)
    assert not any(report.values()), report
    assert (loaded.config.fusion, loaded.config.state_encoder) == (fusion, state_encoder)
    assert loaded.config.backbone.model_type == family
    assert loaded.generation_config.num_beams == 3
    weights = loaded.state_dict()
    assert weights.keys() == model.state_dict().keys()
    assert all(torch.equal(tensor, weights[name]) for name, tensor in model.state_dict().items())
    assert torch.equal(logits(loaded, **make_batch()), logits(model, **make_batch()))


@pytest.mark.parametrize("family", FAMILIES)
def test_shared_words_are_saved_once_and_stay_shared(family: str, tmp_path: Path) -> None:
    model = make_state_aware(family)
    model.save_pretrained(tmp_path)
    with safe_open(tmp_path / "model.safetensors", "pt") as file:
        words = [name for name in file.keys() if file.get_slice(name).get_shape() == [WORDS, 16]]  # noqa: SIM118
    assert len(words) == 1
    for each in (model, StateAwareForConditionalGeneration.from_pretrained(tmp_path)):
        shared = each.get_input_embeddings().weight
        assert each.state_encoder.embed_tokens.weight is shared
        assert each.backbone.get_encoder().embed_tokens.weight is shared
        assert each.get_decoder().embed_tokens.weight is shared
        assert each.get_output_embeddings().weight is shared


def test_dtype_and_attention_are_chosen_when_loading(tmp_path: Path) -> None:
    make_state_aware("bart").to(torch.bfloat16).save_pretrained(tmp_path)
    assert StateAwareForConditionalGeneration.from_pretrained(tmp_path).dtype == torch.bfloat16
    model = AutoModelForSeq2SeqLM.from_pretrained(tmp_path, dtype=torch.float32, attn_implementation="eager")
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    attention = model.backbone.model.decoder.layers[0].encoder_attn
    eager = logits(model, **make_batch())
    for implementation in ("eager", "sdpa"):
        model.set_attn_implementation(implementation)
        for part in (attention.state, attention.dialogue, model.state_encoder.layers[0].self_attn):
            assert part.config._attn_implementation == implementation
    torch.testing.assert_close(logits(model, **make_batch()), eager, atol=1e-4, rtol=0)


def test_the_configuration_alone(tmp_path: Path) -> None:
    made = make_state_aware("pegasus", "tanh", "shared").config
    made.save_pretrained(tmp_path)
    read = AutoConfig.from_pretrained(tmp_path)
    assert isinstance(read, StateAwareConfig)
    assert (read.fusion, read.state_encoder) == ("tanh", "shared")
    assert read.backbone.to_dict() == made.backbone.to_dict()


@pytest.mark.parametrize("family", FAMILIES)
def test_resized_vocabulary(family: str, tmp_path: Path) -> None:
    model, batch = make_state_aware(family), make_batch()
    before = logits(model, **batch)
    words = model.resize_token_embeddings(WORDS + 6, mean_resizing=False)
    assert words.weight.shape[0] == model.config.vocab_size == WORDS + 6
    torch.testing.assert_close(logits(model, **batch)[..., :WORDS], before)
    batch["state_input_ids"][0, 0] = WORDS + 5
    changed = logits(model, **batch)
    assert changed.shape[-1] == WORDS + 6
    assert (changed[0, :, :WORDS] - before[0]).abs().max() > 1e-4
    model.save_pretrained(tmp_path)
    loaded = StateAwareForConditionalGeneration.from_pretrained(tmp_path)
    assert torch.equal(logits(loaded, **batch), changed)


def test_new_words_are_those_of_all() -> None:
    model, words = make_state_aware("bart"), torch.nn.Embedding(WORDS, 16)
    model.set_input_embeddings(words)
    for part in (model, model.state_encoder, model.backbone.get_encoder(), model.get_decoder()):
        assert part.get_input_embeddings() is words


def test_words_that_are_not_shared(tmp_path: Path) -> None:
    untied = make_backbone("pegasus", tie_word_embeddings=False)
    model = StateAwareForConditionalGeneration.from_backbone(untied, state_encoder="separate")
    assert model.state_encoder.embed_tokens.weight is not model.get_input_embeddings().weight
    model.save_pretrained(tmp_path)
    loaded = StateAwareForConditionalGeneration.from_pretrained(tmp_path)
    assert torch.equal(logits(loaded, **make_batch()), logits(model, **make_batch()))
