from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training import tiny
from todsum.errors import TodsumError
from todsum.training.collator import Collator
from todsum.training.encoding import Encoded, ExampleEncoder
from todsum.training.loss import mean_loss
from todsum.training.trainer import Plan, Trainer

CPU = torch.device("cpu")
FACTS: dict[str, Any] = {
    "learning_rate": 5e-3,
    "epochs": 3,
    "max_steps": None,
    "batch_size": 4,
    "warmup_share": 0.1,
    "weight_decay": 0.0,
    "patience": None,
    "precision": "fp32",
}


def plan(**changes: Any) -> Plan:
    return Plan(**(FACTS | changes))


def encoded(n: int = 8) -> list[Encoded]:
    encode = ExampleEncoder(tiny.tokenizer("bart"), False, "none", 200, 60)
    return [encode(example) for example in tiny.examples(n)]


def trainer(folder: Path, seed: int = 0, model: Any = None, **changes: Any) -> Trainer:
    model = model or tiny.model("bart")
    return Trainer(model, Collator(0, False), plan(**changes), seed, CPU, folder, lambda line: None)


def flat(made: Trainer) -> torch.Tensor:
    return torch.cat([weight.detach().flatten() for weight in made.weights.values()])


@pytest.mark.parametrize(("examples", "max_steps", "steps"), [(8, None, 6), (9, None, 9), (9, 5, 5), (8, 100, 6)])
def test_steps(examples: int, max_steps: int | None, steps: int) -> None:
    assert plan(max_steps=max_steps).steps(examples) == steps


def test_rate_is_that_of_the_library() -> None:
    from transformers import get_linear_schedule_with_warmup

    made, total = plan(warmup_share=0.0), 40
    optimizer = torch.optim.AdamW([torch.zeros(1)], lr=made.learning_rate)
    schedule = get_linear_schedule_with_warmup(optimizer, 0, total)
    for step in range(total):
        assert made.rate(step, total) == pytest.approx(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    rates = [plan(warmup_share=0.25).rate(step, total) for step in range(total)]
    assert rates[:10] == sorted(rates[:10]) and rates[10:] == sorted(rates[10:], reverse=True)
    assert min(rates) > 0 and max(rates) == rates[10] == made.learning_rate


def test_a_step_is_that_of_a_plain_loop(tmp_path: Path) -> None:
    """Three steps of the trainer against the library's loss and optimizer, written down plainly."""
    data = encoded(4)
    made = trainer(tmp_path, max_steps=3, epochs=3, warmup_share=0.0, weight_decay=0.1)
    plain = tiny.model("bart").train()
    made.train(data, [])
    groups = [
        {"params": [p for p in plain.parameters() if p.ndim > 1], "weight_decay": 0.1},
        {"params": [p for p in plain.parameters() if p.ndim == 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=5e-3)
    for step in range(3):
        for group in optimizer.param_groups:
            group["lr"] = 5e-3 * (3 - step) / 3
        optimizer.zero_grad()
        plain(**Collator(0, False).training(data)).loss.backward()
        torch.nn.utils.clip_grad_norm_(plain.parameters(), 1.0)
        optimizer.step()
    expected = torch.cat([p.detach().flatten() for p in plain.parameters()])
    # AdamW's first steps are about lr × sign(gradient): a gradient near zero may take either sign by the order of sums.
    assert ((flat(made) - expected).abs() < 1e-5).float().mean() > 0.99


def test_same_seed_same_weights_other_seed_others(tmp_path: Path) -> None:
    weights = []
    for number, seed in enumerate((0, 0, 1)):
        made = trainer(tmp_path / str(number), seed)
        torch.manual_seed(number)  # what came before must not matter
        made.train(encoded(), encoded(2))
        weights.append(flat(made))
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_early_stopping_keeps_the_best(tmp_path: Path) -> None:
    """Trained on other summaries than dev has, the dev loss soon rises: the weights of its minimum are kept."""
    train, dev = encoded()[:4], encoded()[4:]
    made = trainer(tmp_path, epochs=60, patience=2, learning_rate=2e-2)
    losses: list[float] = []
    made.log = lambda line: losses.append(float(line.split("dev loss ")[1].split()[0])) if "dev loss" in line else None
    progress = made.train(train, dev)
    assert progress.step < 60 and len(losses) == progress.step
    assert losses.index(min(losses)) + 1 == progress.best_step == progress.step - 2
    now = mean_loss(made.model, dev, made.collator, 4, CPU, "fp32")
    assert now == pytest.approx(progress.best_loss, abs=1e-6)
    assert not made.model.eval().training


def test_only_what_requires_gradients_is_trained_and_kept(tmp_path: Path) -> None:
    model = tiny.model("bart")
    model.get_encoder().requires_grad_(False)
    before = {name: weight.clone() for name, weight in model.named_parameters()}
    made = trainer(tmp_path, model=model)
    made.train(encoded(), [])
    for name, weight in model.named_parameters():
        assert torch.equal(weight, before[name]) == (not weight.requires_grad), name
    from safetensors.torch import load_file

    assert load_file(tmp_path / "final" / "weights.safetensors").keys() == made.weights.keys()


def test_a_loss_that_blows_up_is_an_error(tmp_path: Path) -> None:
    model = tiny.model("bart")
    with torch.no_grad():
        model.get_input_embeddings().weight.fill_(float("nan"))
    with pytest.raises(TodsumError, match="training loss is nan at step 1; lower learning_rate"):
        trainer(tmp_path, model=model).train(encoded(), [])


def test_no_examples_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(TodsumError, match="no training examples"):
        trainer(tmp_path).train([], [])
