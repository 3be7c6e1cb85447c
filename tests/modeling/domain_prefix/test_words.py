"""Words swapped without training, words of each example, and words left out in training."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from tests.modeling.domain_prefix.test_forward import layers_of
from tests.modeling.domain_prefix.tiny import (
    EVERY,
    FAMILIES,
    OTHER_WORDS,
    WORDS,
    for_generation,
    logits,
    make_batch,
    make_prefixed,
    near,
)
from todsum.modeling.domain_prefix.words import Choice, Layout

every = pytest.mark.parametrize(("family", "attention"), EVERY)
SETS = {"words": WORDS, "taxi": OTHER_WORDS, "hotel": [[31], [32]]}
CHOSEN = ("hotel", "words", "taxi")


def with_sets(family: str, attention: str = "sdpa", **settings: Any) -> Any:
    model = make_prefixed(family, attention, **settings)
    for name in ("taxi", "hotel"):
        model.base_model.add_words("default", name, SETS[name])
    return model


@pytest.mark.parametrize(
    ("family", "attention", "init"), [(*each, "residual") for each in EVERY] + [("bart", "sdpa", "fit")]
)
def test_swapping_words_changes_the_output_and_swapping_back_restores_it(
    family: str, attention: str, init: str
) -> None:
    model, batch = make_prefixed(family, attention, init=init), make_batch(family)
    before, tuner = logits(model, batch), model.base_model
    weights = {name: weight.clone() for name, weight in model.named_parameters()}
    tuner.swap_words("default", OTHER_WORDS)
    assert (logits(model, batch) - before).abs().max() > 1e-3
    assert layers_of(model)[0].rows("default").shape[0] == sum(map(len, OTHER_WORDS))
    tuner.swap_words("default", WORDS)
    assert torch.equal(logits(model, batch), before)
    assert all(torch.equal(weight, weights[name]) for name, weight in model.named_parameters())


@pytest.mark.parametrize("family", FAMILIES)
def test_the_trained_network_applies_to_the_new_words(family: str) -> None:
    """Its part for a word depends on that word alone: not on its place, nor on the words beside it."""
    model = make_prefixed(family)

    def learned(words: list[list[int]]) -> list[torch.Tensor]:
        model.base_model.swap_words("default", words)
        return [layer.rows("default") - layer.dop_base["default"] for layer in layers_of(model)]

    for one, other in zip(learned([[11], [12]]), learned([[12], [33], [11]]), strict=True):
        near(one[0], other[2])
        near(one[1], other[0])
        assert (one[0] - one[1]).abs().max() > 1e-3


@every
def test_examples_with_words_of_their_own_are_as_in_runs_of_their_own(family: str, attention: str) -> None:
    model, batch = with_sets(family, attention), make_batch(family)
    with model.base_model.use_words(CHOSEN):
        mixed = logits(model, batch)
    for row, name in enumerate(CHOSEN):
        with model.base_model.use_words(name):
            together = logits(model, batch)
        own = make_prefixed(family, attention)
        own.base_model.swap_words("default", SETS[name])
        near(logits(own, batch), together)
        near(mixed[row], together[row])
    near(logits(model, batch), logits(make_prefixed(family, attention), batch))


@every
def test_and_so_in_generation_with_beams(family: str, attention: str) -> None:
    model, given = with_sets(family, attention), for_generation(make_batch(family))
    settings: dict[str, Any] = {"num_beams": 3, "num_return_sequences": 2, "max_new_tokens": 4, "do_sample": False}
    settings |= {"return_dict_in_generate": True, "output_scores": True}
    with model.base_model.use_words(CHOSEN):
        mixed = model.generate(**given, **settings)
        uncached = model.generate(**given, **settings, use_cache=False)
    assert torch.equal(mixed.sequences, uncached.sequences)
    for row, name in enumerate(CHOSEN):
        with model.base_model.use_words(name):
            alone = model.generate(**given, **settings)
        rows = slice(2 * row, 2 * row + 2)
        near(mixed.sequences_scores[rows], alone.sequences_scores[rows])
        width = min(mixed.sequences.shape[1], alone.sequences.shape[1])
        assert torch.equal(mixed.sequences[rows, :width], alone.sequences[rows, :width])


@pytest.mark.parametrize("family", FAMILIES)
def test_a_mixed_batch_has_the_gradient_of_its_examples(family: str) -> None:
    model, batch = with_sets(family).train(), make_batch(family)

    def gradient(rows: slice) -> dict[str, torch.Tensor]:
        model.zero_grad()
        with model.base_model.use_words(CHOSEN[rows]):
            output = model(**{name: tensor[rows] for name, tensor in batch.items()}, use_cache=False).logits
        real = slice(None) if "decoder_input_ids" in batch else batch["attention_mask"][rows].bool()
        output[real].logsumexp(-1).sum().backward()
        return {n: w.grad for n, w in model.named_parameters() if w.grad is not None}

    mixed = gradient(slice(None))
    parts = [gradient(slice(row, row + 1)) for row in range(3)]
    for name, found in mixed.items():
        torch.testing.assert_close(found, sum(part[name] for part in parts), atol=1e-3, rtol=1e-4)


def test_swapping_one_set_leaves_the_others() -> None:
    model, batch = with_sets("bart"), make_batch("bart")

    def outputs() -> dict[str, torch.Tensor]:
        found = {}
        for name in SETS:
            with model.base_model.use_words(name):
                found[name] = logits(model, batch)
        return found

    before = outputs()
    model.base_model.swap_words("default", [[40]], name="taxi")
    after = outputs()
    # all sets go through the network together, whose products may then be rounded otherwise
    assert {name for name in SETS if not torch.allclose(before[name], after[name], atol=1e-5)} == {"taxi"}
    assert set(model.peft_config["default"].word_sets) == set(SETS)


def test_the_choice_of_words_ends_with_its_block() -> None:
    model, batch = with_sets("bart"), make_batch("bart")
    tuner, before = model.base_model, logits(model, batch)
    with tuner.use_words("taxi"):
        outer = logits(model, batch)
        with tuner.use_words("hotel"):
            pass
        assert torch.equal(logits(model, batch), outer)
        with pytest.raises(RuntimeError), tuner.use_words("hotel"):
            raise RuntimeError
        assert torch.equal(logits(model, batch), outer)
    assert torch.equal(logits(model, batch), before)


def test_words_are_left_out_in_training_only() -> None:
    model, batch = make_prefixed("bart", word_dropout=0.5), make_batch("bart")
    whole = logits(make_prefixed("bart"), batch)
    assert torch.equal(logits(model, batch), whole)
    model.train()
    torch.manual_seed(3)
    first, second = logits(model, batch), logits(model, batch)
    assert not torch.equal(first, second)
    torch.manual_seed(3)
    assert torch.equal(logits(model, batch), first)
    torch.manual_seed(3)
    with model.base_model.use_words(["words"] * 3):
        assert torch.equal(logits(model, batch), first)


def test_what_is_left_out_is_whole_words_of_each_example() -> None:
    layout = Layout.of({"words": [1, 2, 1, 2], "taxi": [2, 1]})
    device = torch.device("cpu")
    mask = Choice("words", 0.5, seed=4).pick(layout, 400, device).mask
    assert mask is not None and mask.shape == (400, 6)
    assert torch.equal(mask[:, 1], mask[:, 2]) and torch.equal(mask[:, 4], mask[:, 5])
    words = mask[:, [0, 1, 3, 4]].float()
    assert (words.mean(0) - 0.5).abs().max() < 0.1
    assert len({tuple(row.tolist()) for row in words}) == 16
    mixed = Choice(("words", "taxi"), 0.5, seed=4).pick(layout, 4, device)
    assert mixed.repeats == 2 and mixed.mask is not None
    assert torch.equal(mixed.mask[0], mixed.mask[1]) and torch.equal(mixed.mask[2], mixed.mask[3])
    assert not mixed.mask[2:, 3:].any()


def test_a_word_left_out_is_a_word_not_there() -> None:
    """At every site: the same output as with the network's rows of the other words alone."""
    model, batch = make_prefixed("bart", word_dropout=0.5).train(), make_batch("bart")
    torch.manual_seed(8)
    seed = int(torch.randint(2**62, ()))
    layout = model.base_model.shared.layouts["default"]
    mask = Choice("words", 0.5, seed).pick(layout, 3, torch.device("cpu")).mask
    assert mask is not None
    torch.manual_seed(8)
    found = logits(model, batch)
    for row, kept in enumerate(mask):
        alone = make_prefixed("bart")
        for layer in layers_of(alone):
            layer.dop_base["default"] = layer.dop_base["default"][kept]
        shared = alone.base_model.shared
        shared.words["default"] = shared.words["default"][kept]
        shared.layouts["default"] = Layout.of({"words": [1] * int(kept.sum())})
        near(logits(alone, batch)[row], found[row])


def test_dropout_of_the_prefix() -> None:
    model, batch = make_prefixed("llama", prefix_dropout=0.5), make_batch("llama")
    assert torch.equal(logits(model, batch), logits(make_prefixed("llama"), batch))
    model.train()
    assert not torch.equal(logits(model, batch), logits(model, batch))
