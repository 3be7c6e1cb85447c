"""Generation with a prefix: the cache, beams, their scores, and what is kept between steps."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.modeling.domain_prefix.tiny import (
    CAUSAL,
    EVERY,
    SEQ2SEQ,
    for_generation,
    logits,
    make_backbone,
    make_batch,
    make_prefixed,
    near,
)
from todsum.modeling.domain_prefix.attention import Prefix

BEAMS: dict[str, Any] = {"num_beams": 3, "max_new_tokens": 5, "do_sample": False}
SCORES: dict[str, Any] = {"return_dict_in_generate": True, "output_scores": True}

every = pytest.mark.parametrize(("family", "attention"), EVERY)


@every
def test_beams_with_a_cache_are_those_without(family: str, attention: str) -> None:
    model, given = make_prefixed(family, attention), for_generation(make_batch(family))
    cached = model.generate(**given, **BEAMS, **SCORES, num_return_sequences=3)
    uncached = model.generate(**given, **BEAMS, **SCORES, num_return_sequences=3, use_cache=False)
    assert torch.equal(cached.sequences, uncached.sequences)
    near(cached.sequences_scores, uncached.sequences_scores)
    plain = make_backbone(family, attention).generate(**given, **BEAMS, num_return_sequences=3)
    assert plain.shape != cached.sequences.shape or not torch.equal(plain, cached.sequences)


@every
def test_beam_scores_are_those_of_teacher_forcing(family: str, attention: str) -> None:
    model, given = make_prefixed(family, attention), for_generation(make_batch(family))
    found = model.generate(**given, **BEAMS, **SCORES, length_penalty=0.0)
    start = given["input_ids"].shape[1] if family in CAUSAL else 1
    outputs = found.sequences[:, start:]
    if family in CAUSAL:
        mask = torch.cat([given["attention_mask"], torch.ones_like(outputs)], dim=1)
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        batch = {"input_ids": found.sequences, "attention_mask": mask, "position_ids": positions}
    else:
        batch = {**given, "decoder_input_ids": found.sequences}
    scores = logits(model, batch)[:, start - 1 : -1].log_softmax(-1).gather(-1, outputs[..., None])[..., 0]
    real = outputs != model.config.pad_token_id
    near((scores * real).sum(1), found.sequences_scores, 1e-4)


@pytest.mark.parametrize("family", ["bart", "t5", "llama"])
def test_a_static_cache_generates_the_same(family: str) -> None:
    model, given = make_prefixed(family), for_generation(make_batch(family))
    settings = {"max_new_tokens": 5, "do_sample": False}
    expected = model.generate(**given, **settings)
    assert torch.equal(model.generate(**given, **settings, cache_implementation="static"), expected)


@pytest.mark.parametrize("family", SEQ2SEQ)
def test_what_is_kept_for_a_source_is_not_used_for_another(family: str) -> None:
    """Greedy generation joins prefix and source once; the next source, and the next words, are joined anew."""
    model, given = make_prefixed(family), for_generation(make_batch(family))
    settings: dict[str, Any] = {"max_new_tokens": 5, "do_sample": False, **SCORES}
    other = {"input_ids": given["input_ids"].flip(0), "attention_mask": given["attention_mask"].flip(0)}

    def scores(inputs: dict[str, Tensor], **more: Any) -> Tensor:
        return torch.stack(model.generate(**inputs, **settings, **more).scores)

    for more in ({}, {"cache_implementation": "static"}):
        first, flipped = scores(given, **more), scores(other, **more)
        steps = min(len(first), len(flipped))
        near(first[:steps], flipped[:steps].flip(1))
        model.base_model.swap_words("default", [[31]] * 6)  # as many as before
        changed = scores(given, **more)
        steps = min(len(first), len(changed))
        assert (first[:steps] - changed[:steps]).abs().max() > 1e-3
        model.base_model.swap_words("default", [[11], [12, 13], [14], [15, 16]])
        assert torch.equal(scores(given, **more), first)


def test_a_source_is_joined_once_and_then_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Prefix] = []
    joined: list[tuple[Prefix, Tensor]] = []
    init, join = Prefix.__init__, Prefix.join
    monkeypatch.setattr(Prefix, "__init__", lambda self, *a: (made.append(self), init(self, *a))[1])

    def watch(self: Prefix, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        result = join(self, key, value)
        joined.append((self, result[0]))
        return result

    monkeypatch.setattr(Prefix, "join", watch)
    model, given = make_prefixed("bart", sites=("cross",)), for_generation(make_batch("bart"))
    model.generate(**given, max_new_tokens=5, min_new_tokens=5, do_sample=False)
    assert len(made) == 2  # one a layer
    for prefix in made:
        results = [key for owner, key in joined if owner is prefix]
        assert len(results) == 5 and all(key is results[0] for key in results)
        assert prefix._joined is None  # the source is gone


def test_another_source_in_the_same_cache_is_joined_anew() -> None:
    """As in a static cache that is written to again while the earlier source is still held."""
    prefix = Prefix(torch.ones(1, 2, 3, 4), torch.ones(1, 2, 3, 4), None)
    sources, key, value = (torch.zeros(1), torch.zeros(1)), torch.zeros(2, 2, 5, 4), torch.zeros(2, 2, 5, 4)
    prefix.keep_for(sources[0])
    first, _ = prefix.join(key, value)
    prefix.keep_for(sources[0])
    assert prefix.join(key, value)[0] is first
    key += 7
    prefix.keep_for(sources[1])
    assert torch.equal(prefix.join(key, value)[0][:, :, 3:], key)


@pytest.mark.parametrize("family", ["bart", "t5", "qwen2"])
def test_inference_mode(family: str) -> None:
    model, given = make_prefixed(family), for_generation(make_batch(family))
    expected = model.generate(**given, **BEAMS)
    with torch.inference_mode():
        assert torch.equal(model.generate(**given, **BEAMS), expected)
        model.base_model.swap_words("default", [[31], [32]])
    other = model.generate(**given, **BEAMS)
    assert other.shape != expected.shape or not torch.equal(other, expected)
    model.train()(**make_batch(family)).logits.sum().backward()


WAYS: dict[str, dict[str, Any]] = {
    "greedy": {},
    "long": {"max_new_tokens": 14, "min_new_tokens": 14},
    "beams": BEAMS,
    "looked up in the prompt": {"prompt_lookup_num_tokens": 2},
}


@pytest.mark.parametrize("way", WAYS)
@every
def test_growing_with_the_cache_changes_nothing(
    family: str, attention: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys and values that are joined anew in every step give the same scores."""
    monkeypatch.setattr("todsum.modeling.domain_prefix.growing.GROWTH", 3)
    model, given = make_prefixed(family, attention), for_generation(make_batch(family))
    if "prompt_lookup_num_tokens" in WAYS[way]:
        given = {name: tensor[:1] for name, tensor in given.items()}
    settings: dict[str, Any] = {"max_new_tokens": 6, "do_sample": False, **SCORES, **WAYS[way]}
    grown = model.generate(**given, **settings)
    monkeypatch.setattr(Prefix, "growing_with", lambda prefix, cache, layer: prefix)
    anew = model.generate(**given, **settings)
    assert torch.equal(grown.sequences, anew.sequences)
    near(torch.stack(grown.scores), torch.stack(anew.scores))


@pytest.mark.parametrize("family", ["bart", "llama"])
def test_a_cache_that_is_kept_and_gone_on_with(family: str) -> None:
    """With other words in between, without the prefix, in inference mode, and as a copy of the model."""
    model, given = make_prefixed(family), for_generation(make_batch(family))
    settings: dict[str, Any] = {"max_new_tokens": 5, "min_new_tokens": 5, "do_sample": False, **SCORES}
    expected = model.generate(**given, **settings)  # keeps its cache
    with torch.inference_mode():
        within = model.generate(**given, **settings)
    again = model.generate(**given, **settings)
    with model.disable_adapter():
        plain = model.generate(**given, **settings)
    copied = copy.deepcopy(model).generate(**given, **settings)
    for found in (within, again, copied, model.generate(**given, **settings)):
        assert torch.equal(found.sequences, expected.sequences)
        near(torch.stack(found.scores), torch.stack(expected.scores))
    assert not torch.allclose(plain.scores[0], expected.scores[0])


@pytest.mark.parametrize("family", ["bart", "llama"])
def test_two_texts_that_are_generated_in_turns(family: str) -> None:
    """Each has its own cache, and both have the same prefix."""
    model = make_prefixed(family)
    source = {name: tensor[:1] for name, tensor in for_generation(make_batch(family)).items()}
    texts = torch.tensor([[[5, 6, 7, 8]], [[9, 10, 11, 12]]])

    def given(ids: Tensor) -> dict[str, Tensor]:
        return source | {"decoder_input_ids": ids} if family == "bart" else {"input_ids": ids}

    caches: list[Any] = [None, None]
    with torch.no_grad():
        whole = [model(**given(text)).logits for text in texts]
        for step in range(4):
            for i, text in enumerate(texts):
                output = model(**given(text[:, step : step + 1]), past_key_values=caches[i], use_cache=True)
                caches[i] = output.past_key_values
                near(output.logits[:, -1], whole[i][:, step])
