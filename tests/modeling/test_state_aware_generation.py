"""Generation with states: the cache, beams and their scores, encoder outputs made beforehand."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers.modeling_outputs import BaseModelOutput

from tests.modeling.test_state_aware import FAMILIES, dialogues, make_backbone, make_batch, make_state_aware, targets

BEAMS: dict[str, Any] = {"num_beams": 4, "max_new_tokens": 7, "do_sample": False}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("settings", [{"max_new_tokens": 7}, BEAMS])
def test_without_state_it_generates_as_its_backbone(family: str, settings: dict[str, Any]) -> None:
    given = dialogues(make_batch())
    plain = make_backbone(family).generate(**given, **settings)
    assert torch.equal(make_state_aware(family).generate(**given, **settings), plain)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("fusion", ["gate", "tanh"])
def test_cached_beams_are_those_without_a_cache(family: str, fusion: str) -> None:
    """Beams cross all the time here, so that states in the wrong row of the cache would show."""
    model, batch = make_state_aware(family, fusion), make_batch(without_state=True)
    more = {"return_dict_in_generate": True, "output_scores": True, "num_return_sequences": 4}
    cached = model.generate(**batch, **BEAMS, **more)
    uncached = model.generate(**batch, **BEAMS, **more, use_cache=False)
    assert torch.equal(cached.sequences, uncached.sequences)
    torch.testing.assert_close(cached.sequences_scores, uncached.sequences_scores, atol=1e-5, rtol=0)
    assert torch.equal(model.generate(**batch, **BEAMS, cache_implementation="static"), cached.sequences[::4])
    plain = make_backbone(family).generate(**dialogues(batch), **BEAMS, num_return_sequences=4)
    width = min(plain.shape[1], cached.sequences.shape[1])
    assert torch.equal(cached.sequences[4:8, :width], plain[4:8, :width])
    assert not torch.equal(cached.sequences[:4, :width], plain[:4, :width])


@pytest.mark.parametrize("family", FAMILIES)
def test_a_batch_generates_what_its_examples_do(family: str) -> None:
    model, batch = make_state_aware(family), make_batch()
    together = model.generate(**batch, **BEAMS)
    for i, row in enumerate(together):
        alone = model.generate(**{name: tensor[i : i + 1] for name, tensor in batch.items()}, **BEAMS)[0]
        assert torch.equal(row[: len(alone)], alone)
        assert (row[len(alone) :] == model.config.pad_token_id).all()


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("length_penalty", [0.0, 1.0, 2.0])
def test_beam_scores_are_those_of_teacher_forcing(family: str, length_penalty: float) -> None:
    model, batch = make_state_aware(family), make_batch()
    found = model.generate(
        **batch, **BEAMS, length_penalty=length_penalty, return_dict_in_generate=True, output_scores=True
    )
    inputs, outputs = found.sequences[:, :-1], found.sequences[:, 1:]
    with torch.no_grad():
        scores = model(decoder_input_ids=inputs, **batch).logits.log_softmax(-1)
    scores = scores.gather(-1, outputs[..., None])[..., 0]
    real = outputs != model.config.pad_token_id
    expected = (scores * real).sum(-1) / real.sum(-1) ** length_penalty
    torch.testing.assert_close(found.sequences_scores, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("family", FAMILIES)
def test_encoder_outputs_made_beforehand(family: str) -> None:
    model, batch = make_state_aware(family), make_batch(without_state=True)
    mask = {"attention_mask": batch["attention_mask"]}
    states = {name: tensor for name, tensor in batch.items() if name.startswith("state_")}
    beams, decoder = model.generate(**batch, **BEAMS), {"decoder_input_ids": targets()}
    with torch.no_grad():
        expected = model(**batch, **decoder).logits
        encoded = model.get_encoder()(**batch)
        assert torch.equal(model(encoder_outputs=encoded, **mask, **decoder).logits, expected)
        assert torch.equal(model(encoder_outputs=encoded, **mask, **states, **decoder).logits, expected)
        hidden = make_backbone(family).get_encoder()(**dialogues(batch)).last_hidden_state
        assert torch.equal(encoded.last_hidden_state, hidden)
        for dialogue_alone in (BaseModelOutput(last_hidden_state=hidden), (hidden,)):
            assert torch.equal(model(encoder_outputs=dialogue_alone, **mask, **states, **decoder).logits, expected)
    assert torch.equal(model.generate(encoder_outputs=encoded, **mask, **BEAMS), beams)


def test_states_are_encoded_once() -> None:
    model = make_state_aware("bart")
    calls = []
    model.state_encoder.register_forward_hook(lambda *_: calls.append("state"))
    model.backbone.get_encoder().register_forward_hook(lambda *_: calls.append("dialogue"))
    model.backbone.model.decoder.layers[1].encoder_attn.state.k_proj.register_forward_hook(
        lambda *_: calls.append("key")
    )
    model.generate(**make_batch(), **BEAMS)
    assert sorted(calls) == ["dialogue", "key", "state"]


def test_sampling_repeats_the_states() -> None:
    model = make_state_aware("pegasus")
    torch.manual_seed(0)
    assert model.generate(**make_batch(), do_sample=True, num_return_sequences=2, max_new_tokens=3).shape[0] == 6
