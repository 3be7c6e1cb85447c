from __future__ import annotations

import pytest
import torch

from tests.training import tiny
from todsum.modeling import StateAwareForConditionalGeneration
from todsum.training.collator import Collator
from todsum.training.generation import Decoding, _is_full, generate

CPU = torch.device("cpu")


@pytest.mark.parametrize("family", tiny.FAMILIES)
@pytest.mark.parametrize("beams", [1, 3])
def test_a_summary_does_not_depend_on_its_batch(family: str, beams: int) -> None:
    """Padding, on the left or on the right, is invisible: batches and single examples give the same texts."""
    causal, words = family in tiny.CAUSAL, tiny.tokenizer(family)
    words.pad_token = words.pad_token or words.eos_token
    model = tiny.model(family).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name.endswith(
                ("encoder_attn.q_proj.weight", "encoder_attn.out_proj.weight", ".EncDecAttention.q.weight")
            ):
                weight.mul_(20)  # so that a random model listens to its source
    encode = tiny.encoder(words, causal)
    sources = [encode.source(example) for example in tiny.examples(6)]
    collator, decoding = (
        Collator(words.pad_token_id, causal),
        Decoding(beams=beams, min_tokens=4, max_tokens=12, precision="fp32"),
    )
    together = generate(model, words, collator, sources, decoding, CPU)
    alone = [generate(model, words, collator, [source], decoding, CPU)[0] for source in sources]
    assert together == alone
    assert len(set(together)) > 1, "a model that ignores its source would prove nothing"


@pytest.mark.parametrize("beams", [1, 3])
def test_a_summary_does_not_depend_on_the_states_of_others(beams: int) -> None:
    """Nor on whether others have one: with states that some examples lack, batches and single examples are the same."""
    words = tiny.tokenizer("pegasus")
    model = StateAwareForConditionalGeneration.from_backbone(tiny.model("pegasus")).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "encoder_attn" in name and name.endswith(("q_proj.weight", "out_proj.weight")):
                weight.mul_(20)
    encode = tiny.encoder(words, structure="state", max_state_tokens=40)
    made = [encode(example) for example in tiny.examples(6)]
    states = [() if place in (1, 4) else example.state for place, example in enumerate(made)]
    collator, decoding = (
        Collator(words.pad_token_id, False),
        Decoding(beams=beams, min_tokens=4, max_tokens=12, precision="fp32"),
    )
    sources = [example.source for example in made]
    together = generate(model, words, collator, sources, decoding, CPU, states)
    alone = [generate(model, words, collator, [a], decoding, CPU, [b])[0] for a, b in zip(sources, states, strict=True)]
    assert together == alone
    assert together != generate(model, words, collator, sources, decoding, CPU), "the states must make a difference"


@pytest.mark.parametrize(("low", "high"), [(0, 5), (9, 9)])
def test_length_limits_hold(low: int, high: int, monkeypatch: pytest.MonkeyPatch) -> None:
    words = tiny.tokenizer("pegasus")
    model = tiny.model("pegasus").eval()
    sources = [tiny.encoder(words).source(example) for example in tiny.examples(4)]
    made: list[list[int]] = []
    monkeypatch.setattr(words, "batch_decode", lambda ids, **_: made.extend(ids) or ["" for _ in ids])
    generate(
        model,
        words,
        Collator(0, False),
        sources,
        Decoding(beams=1, min_tokens=low, max_tokens=high, precision="fp32"),
        CPU,
    )
    assert len(made) == 4
    for ids in made:
        end = ids.index(1) + 1 if 1 in ids else len(ids)
        assert low <= end <= high


def test_nothing_in_nothing_out() -> None:
    assert (
        generate(
            None, None, Collator(0, False), [], Decoding(beams=1, min_tokens=0, max_tokens=5, precision="fp32"), CPU
        )
        == []
    )


@pytest.mark.parametrize(
    ("row", "forced", "full"),
    [
        ([5, 6, 2], False, False),
        ([5, 6, 2], True, True),
        ([5, 2, 1], True, False),
        ([5, 6, 7], False, True),
        ([5, 2, 2], False, False),
        ([2, 1, 1], True, False),
    ],
)
def test_a_text_that_ended_because_of_its_length(row: list[int], forced: bool, full: bool) -> None:
    assert _is_full(row, 2, 3, forced) is full
