from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training import tiny
from todsum.errors import TodsumError
from todsum.training.checkpoint import Checkpoints
from todsum.training.collator import Collator
from todsum.training.encoding import Encoded
from todsum.training.loss import mean_loss
from todsum.training.trainer import Plan, Thrift, Trainer

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
    encode = tiny.encoder(tiny.tokenizer("bart"))
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


class _Memory(Collator):
    """Has room for so many examples, and counts what was asked of it."""

    def __init__(self, room: int) -> None:
        super().__init__(0, False)
        self.room = room
        self.asked: list[int] = []

    def training(self, batch: Any) -> dict[str, torch.Tensor]:
        self.asked.append(len(batch))
        if len(batch) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return super().training(batch)


@pytest.mark.parametrize("at_once", [1, 2, 3])
def test_gradients_that_add_up_are_those_of_the_whole(at_once: int, tmp_path: Path) -> None:
    """The first step's, example by example as all at once: the mean over tokens, not over parts."""
    gradients = []
    for name, thrift in (("whole", Thrift()), ("parts", Thrift(at_once))):
        made = trainer(tmp_path / name, max_steps=1)
        made.thrift, made.collator = thrift, _Memory(99)
        assert made.train(encoded(4), []).at_once == thrift.at_once
        assert made.collator.asked == ([4] if name == "whole" else [at_once] * (4 // at_once) + [1] * (4 % at_once > 0))
        gradients.append({n: made.optimizer.state[weight]["exp_avg"] for n, weight in made.weights.items()})
    for name, whole in gradients[0].items():
        assert (whole - gradients[1][name]).abs().max() < 1e-7, name


def test_a_step_that_does_not_fit_is_halved_from_then_on_and_so_is_the_run_that_goes_on(tmp_path: Path) -> None:
    made = trainer(tmp_path / "a", max_steps=4)
    made.collator, lines = _Memory(1), []
    made.log = lines.append
    progress = made.train(encoded(), encoded(2))
    assert progress.at_once == 1 and made.collator.asked[:6] == [4, 2, 1, 1, 1, 1]
    assert lines[:2] == [
        "out of memory with 4 examples: 2 at once from now on",
        "out of memory with 2 examples: 1 at once from now on",
    ]
    assert made.collator.asked.count(4) == 1 and made.collator.asked.count(2) == 1, "not tried again in vain"
    same = trainer(tmp_path / "b", max_steps=4)
    same.thrift = Thrift(1)
    same.train(encoded(), encoded(2))
    assert torch.equal(flat(made), flat(same)), "as if it had been asked for"
    kept = Checkpoints(tmp_path / "a", progress.fingerprint).read_progress()
    assert kept.at_once == 1


def test_one_example_that_does_not_fit_is_an_error(tmp_path: Path) -> None:
    made = trainer(tmp_path)
    made.collator = _Memory(0)
    with pytest.raises(TodsumError, match=r"out of memory with one example alone \(CUDA out of memory"):
        made.train(encoded(), [])


@pytest.mark.parametrize("family", ["bart", "t5", "llama"])
def test_checkpointing_changes_nothing_but_memory(family: str, tmp_path: Path) -> None:
    trained = []
    for thrift in (Thrift(), Thrift(checkpointing=True)):
        words = tiny.tokenizer(family)
        encode = tiny.encoder(words, family in tiny.CAUSAL)
        data = [encode(example) for example in tiny.examples(8)]
        model, folder = tiny.model(family), tmp_path / str(thrift.checkpointing)
        collator = Collator(0, family in tiny.CAUSAL)
        made = Trainer(model, collator, plan(max_steps=1), 0, CPU, folder, lambda line: None, thrift)
        calls = []
        hook = next(m for m in model.modules() if type(m).__name__ in ATTENTION).register_forward_pre_hook(
            lambda *_, calls=calls: calls.append(1)
        )
        made.train(data, [])
        hook.remove()
        trained.append((torch.cat([s["exp_avg"].flatten() for s in made.optimizer.state.values()]), len(calls)))
        assert not model.is_gradient_checkpointing, "the model is set back"
    assert (trained[0][0] - trained[1][0]).abs().max() < 1e-6
    assert trained[1][1] == 2 * trained[0][1], "each layer is computed twice"


ATTENTION = ("BartAttention", "T5Attention", "LlamaAttention")


def test_a_model_without_checkpointing_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = trainer(tmp_path)
    made.thrift = Thrift(checkpointing=True)
    monkeypatch.setattr(type(made.model), "supports_gradient_checkpointing", False)
    with pytest.raises(TodsumError, match="checkpointing: BartForConditionalGeneration does not support"):
        made.train(encoded(), [])


def test_gradients_that_blow_up_never_reach_the_weights(tmp_path: Path) -> None:
    made = trainer(tmp_path)
    weights = {name: weight.detach().clone() for name, weight in made.weights.items()}
    next(iter(made.weights.values())).register_hook(lambda gradient: gradient * float("nan"))
    with pytest.raises(TodsumError, match="gradients of step 1 are not finite, as the loss is; try precision fp32"):
        made.train(encoded(), [])
    assert all(torch.equal(weight, weights[name]) for name, weight in made.weights.items())
