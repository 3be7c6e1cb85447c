"""The state-aware model against its backbone, and its attention against one written out."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import AutoConfig, AutoModelForSeq2SeqLM, PreTrainedModel, T5Config, T5ForConditionalGeneration

from tests.modeling.shapes import BART
from todsum.errors import TodsumError
from todsum.modeling import StateAwareConfig, StateAwareForConditionalGeneration
from todsum.modeling.state_aware.configuration import BACKBONES, STATE_ENCODERS
from todsum.modeling.state_aware.cross_attention import StateCrossAttention, StateMemory
from todsum.modeling.state_aware.fusion import FUSIONS

FAMILIES = ("bart", "pegasus")
WORDS = 60


def make_backbone(family: str, attention: str = "sdpa", **changes: Any) -> PreTrainedModel:
    """A random backbone."""
    ids = {"bos_token_id": 0, "pad_token_id": 1, "eos_token_id": 2}
    shape = BART | ids | {"vocab_size": WORDS, "scale_embedding": True}
    if family == "pegasus_x":
        shape |= {"block_size": 4, "num_global_tokens": 2}
    torch.manual_seed(0)
    config = AutoConfig.for_model(family, **shape | changes)
    model = AutoModelForSeq2SeqLM.from_config(config, attn_implementation=attention).eval()
    if family != "pegasus_x":  # which has none
        torch.nn.init.normal_(model.final_logits_bias)  # zero in a new model, and so easily lost unseen
    return model


def stir(model: StateAwareForConditionalGeneration) -> StateAwareForConditionalGeneration:
    """Moves the weights of the state branch, as training would: a copy of the dialogue's would hide mistakes."""
    torch.manual_seed(1)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if ".encoder_attn.state." in name or ".fusion." in name or name.startswith("state_encoder.layers"):
                weight.add_(torch.randn_like(weight) * 0.3)
    return model


def make_state_aware(
    family: str, fusion: str = "gate", state_encoder: str = "separate", attention: str = "sdpa"
) -> Any:
    return stir(
        StateAwareForConditionalGeneration.from_backbone(make_backbone(family, attention), fusion, state_encoder)
    )


def make_batch(without_state: bool = False) -> dict[str, Tensor]:
    """Three dialogues and states of different lengths; on demand, the second example has no state."""
    torch.manual_seed(2)
    batch = {"input_ids": torch.randint(3, WORDS, (3, 9)), "state_input_ids": torch.randint(3, WORDS, (3, 5))}
    batch["attention_mask"] = torch.ones(3, 9, dtype=torch.long)
    batch["attention_mask"][1, 6:] = 0
    batch["state_attention_mask"] = torch.ones(3, 5, dtype=torch.long)
    batch["state_attention_mask"][2, 3:] = 0
    if without_state:
        batch["state_attention_mask"][1] = 0
    return batch


def dialogues(batch: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: batch[name] for name in ("input_ids", "attention_mask")}


def targets() -> Tensor:
    torch.manual_seed(3)
    return torch.randint(3, WORDS, (3, 4))


@torch.no_grad()
def logits(model: Any, **inputs: Tensor) -> Tensor:
    return model(decoder_input_ids=targets(), **inputs).logits


every = pytest.mark.parametrize(
    ("family", "fusion", "state_encoder", "attention"),
    [(f, u, s, a) for f in FAMILIES for u in FUSIONS for s in STATE_ENCODERS for a in ("sdpa", "eager")],
)


@every
def test_without_state_it_is_its_backbone(family: str, fusion: str, state_encoder: str, attention: str) -> None:
    backbone = make_backbone(family, attention)
    model = make_state_aware(family, fusion, state_encoder, attention)
    given = dialogues(make_batch())
    assert torch.equal(logits(model, **given), logits(backbone, **given))
    assert torch.equal(logits(model, input_ids=given["input_ids"]), logits(backbone, input_ids=given["input_ids"]))
    nothing = torch.zeros(3, 0, dtype=torch.long)
    assert torch.equal(logits(model, **given, state_input_ids=nothing), logits(backbone, **given))


@every
def test_the_dialogue_as_state_says_nothing_new(family: str, fusion: str, state_encoder: str, attention: str) -> None:
    backbone = make_backbone(family, attention)
    model = StateAwareForConditionalGeneration.from_backbone(backbone, fusion, state_encoder)
    given = dialogues(make_batch())
    as_state = {f"state_{name}": tensor for name, tensor in given.items()}
    torch.testing.assert_close(logits(model, **given, **as_state), logits(backbone, **given), atol=1e-5, rtol=0)


@every
def test_states_are_read(family: str, fusion: str, state_encoder: str, attention: str) -> None:
    batch = make_batch()
    model = make_state_aware(family, fusion, state_encoder, attention)
    other = batch | {"state_input_ids": batch["state_input_ids"].clone()}
    other["state_input_ids"][0, 2] = 3 if batch["state_input_ids"][0, 2] != 3 else 4
    before, after = logits(model, **batch), logits(model, **other)
    assert (before[0] - after[0]).abs().max() > 1e-4
    assert torch.equal(before[1:], after[1:])


@every
def test_padding_changes_nothing(family: str, fusion: str, state_encoder: str, attention: str) -> None:
    batch = make_batch()
    model = make_state_aware(family, fusion, state_encoder, attention)
    together = logits(model, **batch)
    for i, row in enumerate(together):
        alone = {name: ids[i : i + 1] for name, ids in batch.items()}
        alone["input_ids"] = alone["input_ids"][:, : int(alone["attention_mask"].sum())]
        alone["state_input_ids"] = alone["state_input_ids"][:, : int(alone["state_attention_mask"].sum())]
        with torch.no_grad():
            unpadded = model(
                input_ids=alone["input_ids"],
                state_input_ids=alone["state_input_ids"],
                decoder_input_ids=targets()[i : i + 1],
            )
        torch.testing.assert_close(unpadded.logits[0], row, atol=2e-5, rtol=0)


@every
def test_examples_without_a_state_among_others(family: str, fusion: str, state_encoder: str, attention: str) -> None:
    batch = make_batch(without_state=True)
    model = make_state_aware(family, fusion, state_encoder, attention)
    mixed = logits(model, **batch)
    plain = logits(make_backbone(family, attention), **dialogues(batch))
    assert torch.equal(mixed[1], plain[1])
    assert torch.equal(mixed[[0, 2]], logits(model, **make_batch())[[0, 2]])
    none = batch | {"state_attention_mask": torch.zeros_like(batch["state_attention_mask"])}
    assert torch.equal(logits(model, **none), plain)


@pytest.mark.parametrize("state_encoder", STATE_ENCODERS)
def test_nothing_attends_to_nothing(state_encoder: str) -> None:
    """The outcome would be NaN in some kernels, if not in those for the CPU."""
    model, masks = make_state_aware("bart", state_encoder=state_encoder), []
    readers = [model.state_encoder or model.backbone.get_encoder()]
    readers += [layer.encoder_attn.state for layer in model.backbone.get_decoder().layers]
    for reader in readers:
        reader.register_forward_pre_hook(
            lambda _, args, inputs: masks.append(inputs["attention_mask"]), with_kwargs=True
        )
    batch = make_batch()
    batch["state_attention_mask"][:2] = 0
    logits(model, **batch)
    assert len(masks) == (4 if state_encoder == "shared" else 3)
    assert all(mask.bool().any(dim=-1).all() for mask in masks)


@pytest.mark.parametrize("family", [f for f in BACKBONES if f not in FAMILIES])
def test_other_families(family: str) -> None:
    attention = "eager" if family == "pegasus_x" else "sdpa"  # the one that has no sdpa
    backbone, batch = make_backbone(family, attention), make_batch(without_state=True)
    model = make_state_aware(family, attention=attention)
    assert torch.equal(logits(model, **dialogues(batch)), logits(backbone, **dialogues(batch)))
    assert torch.equal(logits(model, **batch)[1], logits(backbone, **dialogues(batch))[1])
    settings = {"num_beams": 2, "max_new_tokens": 4, "do_sample": False}
    cached, uncached = (model.generate(**batch, **settings, use_cache=use) for use in (True, False))
    assert torch.equal(cached, uncached)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_cross_attention_against_one_written_out(fusion: str) -> None:
    """Softmax attention with loops over examples and heads, and the fusions as their docstrings give them."""
    model = make_state_aware("bart", fusion, "shared")
    layer = model.backbone.model.decoder.layers[1].encoder_attn
    assert isinstance(layer, StateCrossAttention)
    torch.manual_seed(4)
    hidden, dialogue, state = torch.randn(2, 3, 16), torch.randn(2, 6, 16), torch.randn(2, 4, 16)

    def attend(attention: Any, source: Tensor) -> Tensor:
        query, key, value = attention.q_proj(hidden), attention.k_proj(source), attention.v_proj(source)
        read = torch.zeros(2, 3, 16)
        for example in range(2):
            for head in (slice(0, 8), slice(8, 16)):
                scores = query[example, :, head] @ key[example, :, head].T / math.sqrt(8)
                read[example, :, head] = scores.softmax(-1) @ value[example, :, head]
        return attention.out_proj(read)

    with torch.no_grad():
        ours, _ = layer(hidden, key_value_states=dialogue, state_memory=StateMemory(state, None, None))
        d, s = attend(layer.dialogue, dialogue), attend(layer.state, state)
        if fusion == "gate":
            gate = torch.sigmoid(torch.cat([d, s], -1) @ layer.fusion.weight.T + layer.fusion.bias)
            expected = gate * d + (1 - gate) * s
        else:
            expected = (d + s) / 2 if fusion == "sum" else d + math.tanh(layer.fusion.alpha.item()) * s
    torch.testing.assert_close(ours, expected, atol=1e-5, rtol=1e-5)


def test_attentions_to_dialogue_and_state() -> None:
    model = make_state_aware("pegasus", attention="eager")
    with torch.no_grad():
        output = model(decoder_input_ids=targets(), output_attentions=True, **make_batch())
    assert [a.shape for a in output.cross_attentions] == [(3, 2, 4, 9)] * 2
    assert [a.shape for a in output.state_cross_attentions] == [(3, 2, 4, 5)] * 2
    for attention in (*output.cross_attentions, *output.state_cross_attentions):
        torch.testing.assert_close(attention.sum(-1), torch.ones(3, 2, 4))
    assert not output.state_cross_attentions[0][2, :, :, 3:].any()


@pytest.mark.parametrize("family", FAMILIES)
def test_outputs_as_a_tuple(family: str) -> None:
    model, inputs = make_state_aware(family), {**make_batch(), "decoder_input_ids": targets()}
    with torch.no_grad():
        assert torch.equal(model(**inputs, return_dict=False)[0], model(**inputs).logits)


def test_compiles_whole() -> None:
    model, batch = make_state_aware("bart"), make_batch(without_state=True)
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    inputs = {**batch, "decoder_input_ids": targets(), "use_cache": False}
    with torch.no_grad():
        torch.testing.assert_close(compiled(**inputs).logits, model(**inputs).logits)


@pytest.mark.parametrize("state_encoder", STATE_ENCODERS)
def test_a_backbone_is_left_as_it_was(state_encoder: str) -> None:
    backbone = make_backbone("bart", "eager").to(torch.bfloat16).train()
    backbone.generation_config.num_beams = 3
    weights, config = copy.deepcopy(backbone.state_dict()), backbone.config.to_dict()
    kinds = {name: type(module) for name, module in backbone.named_modules()}
    drawn = torch.get_rng_state()

    model = stir(StateAwareForConditionalGeneration.from_backbone(backbone, state_encoder=state_encoder))

    assert kinds == {name: type(module) for name, module in backbone.named_modules()}
    assert backbone.config.to_dict() == config
    assert backbone.state_dict().keys() == weights.keys()
    assert all(torch.equal(tensor, weights[name]) for name, tensor in backbone.state_dict().items())
    shared = {p.data_ptr() for p in backbone.parameters()} & {p.data_ptr() for p in model.parameters()}
    assert not shared
    assert model.training and model.generation_config.num_beams == 3
    assert {p.dtype for p in model.parameters()} == {torch.bfloat16}
    assert model.config.backbone._attn_implementation == model.config._attn_implementation == "eager"
    torch.set_rng_state(drawn)
    after = torch.rand(1)
    torch.set_rng_state(drawn)
    StateAwareForConditionalGeneration.from_backbone(backbone, state_encoder=state_encoder)
    assert torch.equal(torch.rand(1), after)


def test_weights_without_a_mark_are_kept() -> None:
    """transformers marks the modules that it has drawn or loaded; one put in later must not be drawn anew."""
    backbone = make_backbone("bart")
    backbone.set_input_embeddings(torch.nn.Embedding(WORDS, 16))
    backbone.tie_weights()
    backbone.model.encoder.layers[0].fc1 = torch.nn.Linear(16, 32)
    model = StateAwareForConditionalGeneration.from_backbone(backbone)
    assert torch.equal(logits(model, **dialogues(make_batch())), logits(backbone, **dialogues(make_batch())))
    assert not any(module.training for module in model.modules())


def test_a_new_model_starts_as_a_copy_too() -> None:
    model = StateAwareForConditionalGeneration(StateAwareConfig(backbone=make_backbone("pegasus").config)).eval()
    given = dialogues(make_batch())
    as_state = {f"state_{name}": tensor for name, tensor in given.items()}
    torch.testing.assert_close(logits(model, **given, **as_state), logits(model, **given), atol=1e-5, rtol=0)
    assert model.generation_config.decoder_start_token_id == 2


def test_the_configuration_speaks_for_the_backbone() -> None:
    config = StateAwareConfig(backbone=make_backbone("bart", vocab_size=50).config.to_dict(), fusion="sum")
    assert (config.vocab_size, config.d_model, config.hidden_size, config.pad_token_id) == (50, 16, 16, 1)
    assert config.get_text_config(decoder=True).num_hidden_layers == 2
    config.pad_token_id = 5
    assert config.backbone.pad_token_id == 5 and "pad_token_id" not in config.__dict__
    assert copy.deepcopy(config) == config
    assert StateAwareConfig().backbone.model_type == "bart"
    with pytest.raises(AttributeError):
        _ = config.no_such_thing


def test_refusals_when_made() -> None:
    t5 = T5ForConditionalGeneration(T5Config(vocab_size=8, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2))
    bart = make_backbone("bart")
    refused: list[tuple[Any, dict[str, str], str]] = [
        (t5, {}, "'t5' model .* supported: bart, .*pegasus"),
        (bart.model, {}, "BartModel can't write text; pass a BartForConditionalGeneration"),
        ("facebook/bart-base", {}, "not str"),
        (StateAwareForConditionalGeneration.from_backbone(bart), {}, "'state_aware' model"),
        (bart, {"fusion": "gat"}, "unknown fusion 'gat': did you mean gate"),
        (bart, {"state_encoder": "seperate"}, "did you mean separate"),
    ]
    for model, settings, message in refused:
        with pytest.raises(TodsumError, match=message) as error:
            StateAwareForConditionalGeneration.from_backbone(model, **settings)
        assert isinstance(error.value, ValueError) and "\n" not in str(error.value)


def test_refused_inputs() -> None:
    model, batch = make_state_aware("bart"), make_batch()
    mask = {name: tensor for name, tensor in batch.items() if name != "state_input_ids"}
    with pytest.raises(ValueError, match="without state_input_ids"):
        logits(model, **mask)
    with pytest.raises(ValueError, match=r"\(3, 4\), state_input_ids \(3, 5\)"):
        logits(model, **batch | {"state_attention_mask": batch["state_attention_mask"][:, :4]})
    with pytest.raises(ValueError, match="1 states for 3 targets"):
        logits(model, **dialogues(batch), state_input_ids=batch["state_input_ids"][:1])
