"""Training state-aware models: gradients, precision, checkpointing, and transformers' own trainer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import Seq2SeqTrainer, Seq2SeqTrainingArguments

from tests.modeling.test_state_aware import (
    FAMILIES,
    WORDS,
    logits,
    make_backbone,
    make_batch,
    make_state_aware,
    targets,
)
from todsum.modeling import StateAwareForConditionalGeneration
from todsum.modeling.state_aware.configuration import STATE_ENCODERS
from todsum.modeling.state_aware.fusion import FUSIONS


def gradients(model: Any, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    model.zero_grad()
    model(labels=targets(), **batch).loss.backward()
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_gradients_reach_all_of_the_state_branch(family: str, fusion: str, attention: str) -> None:
    model = make_state_aware(family, fusion, attention=attention)
    found = gradients(model, make_batch(without_state=True))
    trained = {name for name, p in model.named_parameters() if p.requires_grad}
    assert found.keys() == trained
    assert all(grad.isfinite().all() for grad in found.values())
    for name, grad in found.items():  # softmax takes no notice of what the key's bias adds to every score
        if ".state." in name or "fusion" in name or name.startswith("state_encoder"):
            assert grad.any() or name.endswith("k_proj.bias"), name


@pytest.mark.parametrize("family", FAMILIES)
def test_tanh_opens_by_itself(family: str) -> None:
    """At first no state comes through, and the state branch has no gradient; ``alpha`` has."""
    model = StateAwareForConditionalGeneration.from_backbone(make_backbone(family), "tanh")
    found = gradients(model, make_batch())
    assert all(grad.abs().item() > 0 for name, grad in found.items() if name.endswith("fusion.alpha"))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_a_batch_without_any_state_trains(family: str, attention: str) -> None:
    batch = make_batch()
    batch["state_attention_mask"][:] = 0
    model = make_state_aware(family, "gate", "separate", attention)
    found = gradients(model, batch)
    assert all(grad.isfinite().all() for grad in found.values())
    for name, grad in found.items():
        if ".encoder_attn.state." in name or "fusion" in name or name.startswith("state_encoder.layers"):
            assert not grad.any(), name


@pytest.mark.filterwarnings("ignore:.*gradient_checkpointing_enable:FutureWarning")
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("state_encoder", STATE_ENCODERS)
def test_checkpointing_gives_the_same_gradients(family: str, state_encoder: str) -> None:
    model = make_state_aware(family, "gate", state_encoder).train()
    plain = gradients(model, make_batch())
    model.gradient_checkpointing_enable()
    checkpointed = gradients(model, make_batch())
    assert plain.keys() == checkpointed.keys()
    for name, grad in plain.items():
        torch.testing.assert_close(checkpointed[name], grad)
    with pytest.raises(ValueError, match="use_reentrant=False"):
        model.gradient_checkpointing_enable({"use_reentrant": True})


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("fusion", FUSIONS)
def test_bf16(family: str, fusion: str) -> None:
    batch = make_batch(without_state=True)
    exact = logits(make_state_aware(family, fusion), **batch)
    model = make_state_aware(family, fusion).to(torch.bfloat16)
    half = logits(model, **batch)
    assert half.dtype == torch.bfloat16
    assert torch.nn.functional.cosine_similarity(half.float().flatten(), exact.flatten(), dim=0) > 0.999
    assert all(grad.isfinite().all() for grad in gradients(model, batch).values())
    assert model.generate(**batch, num_beams=2, max_new_tokens=3).shape[0] == 3
    with torch.autocast("cpu", torch.bfloat16):
        mixed = gradients(make_state_aware(family, fusion), batch)
    assert all(grad.isfinite().all() and grad.dtype == torch.float32 for grad in mixed.values())


class Collator:
    """Stacks examples, and makes decoder inputs, as label smoothing needs them."""

    def __init__(self, model: Any) -> None:
        self.model = model

    def __call__(self, examples: list[dict[str, Tensor]]) -> dict[str, Tensor]:
        batch = {name: torch.stack([example[name] for example in examples]) for name in examples[0]}
        return batch | {"decoder_input_ids": self.model.prepare_decoder_input_ids_from_labels(labels=batch["labels"])}


def told_by_the_state(n: int) -> list[dict[str, Tensor]]:
    """Examples whose summary repeats the state; the dialogue says nothing of it. One in four has no state."""
    torch.manual_seed(5)
    made = []
    for i in range(n):
        value = torch.randint(5, 13, (1,)).expand(2)
        present = torch.full((3,), int(i % 4 > 0))
        made.append(
            {
                "input_ids": torch.randint(20, WORDS, (6,)),
                "attention_mask": torch.ones(6, dtype=torch.long),
                "state_input_ids": torch.cat([torch.tensor([3]), value]),
                "state_attention_mask": present,
                "labels": torch.cat([value if present.any() else torch.tensor([4, 4]), torch.tensor([2])]),
            }
        )
    return made


@pytest.mark.parametrize(("family", "smoothing"), [("bart", 0.0), ("pegasus", 0.1)])
def test_transformers_own_trainer(family: str, smoothing: float, tmp_path: Path) -> None:
    """Only by way of the state can the loss fall below that of guessing the value, log 8 for one word of three."""
    model = StateAwareForConditionalGeneration.from_backbone(make_backbone(family), state_encoder="separate")
    examples = told_by_the_state(32)  # a step's: two batches of 16
    with torch.no_grad():
        first = model(**Collator(model)(examples)).loss.item()
    arguments = Seq2SeqTrainingArguments(
        output_dir=str(tmp_path),
        max_steps=60,
        per_device_train_batch_size=16,
        gradient_accumulation_steps=2,
        per_device_eval_batch_size=32,
        learning_rate=2e-2,
        label_smoothing_factor=smoothing,
        predict_with_generate=True,
        generation_max_length=5,
        generation_num_beams=2,
        logging_steps=1,
        save_strategy="no",
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
        seed=0,
    )
    trainer = Seq2SeqTrainer(
        model, arguments, train_dataset=examples, eval_dataset=examples, data_collator=Collator(model)
    )
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    assert losses[-1] < losses[0] / 2
    if not smoothing:  # accumulated gradients are a mean, as is the loss
        assert losses[0] == pytest.approx(first, rel=1e-4)
    predicted = torch.as_tensor(trainer.predict(examples).predictions)[:, 1:4]
    labels = torch.stack([example["labels"] for example in examples])
    assert (predicted == labels).all(dim=1).float().mean() > 0.9
    trainer.save_model()
    loaded = StateAwareForConditionalGeneration.from_pretrained(tmp_path)
    assert torch.equal(logits(loaded, **make_batch()), logits(model.eval(), **make_batch()))
