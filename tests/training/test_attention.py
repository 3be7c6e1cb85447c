from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.training import tiny
from tests.training.test_trainer import encoded, flat, trainer
from todsum.modeling import StateAwareForConditionalGeneration
from todsum.training.attention import MOST_SCORES, quick_attention
from todsum.training.collator import Collator
from todsum.training.loss import token_loss

CPU = torch.device("cpu")


@pytest.mark.parametrize("family", tiny.FAMILIES)
@torch.no_grad()
def test_the_loss_is_that_of_the_fused_attention(family: str) -> None:
    causal, model = family in tiny.CAUSAL, tiny.model(family).eval()
    encode = tiny.encoder(tiny.tokenizer(family), causal)
    batch = Collator(0, causal).training([encode(example) for example in tiny.examples(5)])
    fused = token_loss(model, batch, causal)
    with quick_attention(model, "bf16", CPU, 5, 100):
        assert model.config._attn_implementation == "eager"
        plain = token_loss(model, batch, causal)
    assert model.config._attn_implementation == "sdpa"
    assert float(plain) == pytest.approx(float(fused), rel=1e-5)


def test_it_reaches_the_backbone_inside_of_a_state_aware_model() -> None:
    model = StateAwareForConditionalGeneration.from_backbone(tiny.model("pegasus"))
    with quick_attention(model, "bf16", CPU, 4, 100):
        assert {m.config._attn_implementation for m in model.modules() if hasattr(m, "config")} == {"eager"}
    assert {m.config._attn_implementation for m in model.modules() if hasattr(m, "config")} == {"sdpa"}


def test_scores_beyond_memory_are_not_kept() -> None:
    model = tiny.model("bart")
    with quick_attention(model, "bf16", CPU, 8, int(MOST_SCORES**0.5)):
        assert model.config._attn_implementation == "sdpa"
    with quick_attention(model, "fp32", CPU, 8, 100):
        assert model.config._attn_implementation == "sdpa"


def test_training_in_bf16_learns_about_the_same_and_ends_with_the_models_own_attention(tmp_path: Path) -> None:
    made = {p: trainer(tmp_path / p, precision=p, epochs=2) for p in ("fp32", "bf16")}
    start = flat(made["fp32"])
    for each in made.values():
        each.train(encoded(), encoded(2))
        assert each.model.config._attn_implementation == "sdpa"
    far = (flat(made["fp32"]) - start).norm()
    assert 0 < (flat(made["fp32"]) - flat(made["bf16"])).norm() < 0.5 * far
