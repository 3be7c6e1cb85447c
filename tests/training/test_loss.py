from __future__ import annotations

import pytest
import torch

from tests.training import tiny
from todsum.training.collator import Collator
from todsum.training.encoding import Encoded
from todsum.training.loss import mean_loss, token_loss


def batch_of(family: str) -> list[Encoded]:
    encode = tiny.encoder(tiny.tokenizer(family), family in tiny.CAUSAL, prompt="state")
    return [encode(example) for example in tiny.examples(5)]


def slow_loss(model: torch.nn.Module, batch: list[Encoded], causal: bool, start: int) -> float:
    """One example at a time, without padding, from raw log-probabilities of each next token."""
    total, count = 0.0, 0
    for example in batch:
        target = torch.tensor(example.target)
        if causal:
            logits = model(input_ids=torch.tensor([example.source + example.target])).logits[0]
            logits = logits[len(example.source) - 1 : -1]
        else:
            shifted = torch.tensor([(start, *example.target[:-1])])
            logits = model(input_ids=torch.tensor([example.source]), decoder_input_ids=shifted).logits[0]
        total -= float(logits.log_softmax(-1)[torch.arange(len(target)), target].sum())
        count += len(target)
    return total / count


@pytest.mark.parametrize("family", tiny.FAMILIES)
@torch.no_grad()
def test_batched_loss_is_that_of_the_summary_tokens_alone(family: str) -> None:
    causal = family in tiny.CAUSAL
    model = tiny.model(family).eval()
    batch = batch_of(family)
    start = 0 if causal else model.config.decoder_start_token_id
    expected = slow_loss(model, batch, causal, start)
    collator = Collator(0, causal)
    assert float(token_loss(model, collator.training(batch), causal)) == pytest.approx(expected, rel=1e-5)
    assert mean_loss(model, batch, collator, 2, torch.device("cpu"), "fp32") == pytest.approx(expected, rel=1e-5)


@torch.no_grad()
def test_the_source_of_a_causal_model_has_no_part_in_the_gradient_signal() -> None:
    """Scoring the source too would give another figure: the mask matters."""
    model = tiny.model("llama").eval()
    batch = batch_of("llama")[:1]
    ids = torch.tensor([batch[0].source + batch[0].target])
    everything = float(model(input_ids=ids, labels=ids).loss)
    masked = float(token_loss(model, Collator(0, True).training(batch), True))
    assert abs(everything - masked) > 1e-3
