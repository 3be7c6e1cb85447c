"""Pretraining on a very small scale: seeded, resumable, and with more steps the same run, longer."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.launch import launch
from todsum.errors import TodsumError
from todsum.modeling import scratch
from todsum.pretraining import training
from todsum.pretraining.corpus import CURRICULUM
from todsum.pretraining.training import POOL, Recipe, batches, pretrain, rate, untrained

RECIPE = Recipe(seed=3, pairs=16, max_source_tokens=64, precision="fp32")


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    make_tiny(monkeypatch)


def make_tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "TOKENIZER_PAIRS", 60)
    monkeypatch.setattr(training, "COPIES", 1)
    for name, value in {"WIDTH": 16, "HEADS": 2, "FEED_FORWARD": 16}.items():
        monkeypatch.setattr(scratch, name, value)


def weights(folder: Path, steps: int) -> dict[str, torch.Tensor]:
    model = pretrain(RECIPE, steps, folder, lambda line: None).model
    return {name: weight.detach().clone() for name, weight in model.named_parameters()}


def killed_at(step: int) -> object:
    def stop(recipe: Recipe, tokenizer: object, start: int = 0) -> Iterator[object]:
        yield from islice(batches(recipe, tokenizer, start), step - start)
        raise KeyboardInterrupt

    return stop


def test_a_killed_run_ends_as_an_undisturbed_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = weights(tmp_path / "whole", 10)
    monkeypatch.setattr(training.Clock, "checkpoint_due", lambda self, ends: True)
    monkeypatch.setattr(training, "batches", killed_at(6))
    with pytest.raises(KeyboardInterrupt):
        weights(tmp_path / "killed", 10)
    monkeypatch.setattr(training, "batches", batches)
    resumed = weights(tmp_path / "killed", 10)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


@pytest.mark.parametrize("finished", [False, True])
def test_more_steps_go_on_from_where_the_rate_is_level(
    finished: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []
    if finished:
        weights(tmp_path / "longer", 10)
    else:
        monkeypatch.setattr(training, "batches", killed_at(8))
        with pytest.raises(KeyboardInterrupt):
            weights(tmp_path / "longer", 10)
        monkeypatch.setattr(training, "batches", batches)
    model = pretrain(RECIPE, 15, tmp_path / "longer", lines.append).model
    assert lines[0] == "going on from step 8"
    whole = weights(tmp_path / "whole", 15)
    assert all(torch.equal(whole[name], weight) for name, weight in model.named_parameters() if name in whole)


def test_fewer_steps_than_the_rate_was_level_for_are_refused(tmp_path: Path) -> None:
    weights(tmp_path, 10)
    with pytest.raises(TodsumError, match="step 10 of a run of 10 steps; a run of 7"):
        weights(tmp_path, 7)


def test_two_processes_take_the_steps_of_one(tmp_path: Path) -> None:
    main, other = launch(2, joint_weights, tmp_path / "both")
    (alone,) = launch(1, joint_weights, tmp_path / "alone")
    differences = []
    for name, weight in alone.items():
        assert np.array_equal(main[name], other[name]), name
        differences.append(np.abs(main[name] - weight).flatten())
    # Where a gradient is nearly zero AdamW steps by lr × its sign, which hangs on the order of sums.
    assert (np.concatenate(differences) < 1e-5).mean() > 0.99


def joint_weights(folder: Path) -> dict[str, np.ndarray]:
    make_tiny(pytest.MonkeyPatch())
    return {name: weight.numpy() for name, weight in weights(folder, 6).items()}


def test_another_recipe_is_refused(tmp_path: Path) -> None:
    weights(tmp_path, 5)
    with pytest.raises(TodsumError, match="other data, settings"):
        pretrain(Recipe(seed=4, pairs=16, max_source_tokens=64, precision="fp32"), 5, tmp_path, lambda line: None)


def test_the_rate_does_not_depend_on_the_length_until_it_falls() -> None:
    assert [rate(step, 1000, 1.0) for step in range(800)] == [rate(step, 5000, 1.0) for step in range(800)]
    assert rate(0, 1000, 1.0) == 1 / 200
    assert rate(800, 1000, 1.0) == 1.0
    assert rate(999, 1000, 1.0) == 1 / 200


def test_batches_are_the_same_from_any_step_on() -> None:
    tokenizer = untrained(RECIPE.seed).tokenizer
    first = list(islice(batches(RECIPE, tokenizer), POOL + 5))
    assert list(islice(batches(RECIPE, tokenizer, POOL - 2), 7)) == first[POOL - 2 :]
    assert all(first), "no batch is empty"
    assert max(len(example.source) for batch in first for example in batch) <= RECIPE.max_source_tokens
    spread = [max(map(len, batch)) - min(map(len, batch)) for batch in first]
    assert sum(spread) / len(spread) < 15, "examples of a batch have like lengths"


def test_it_copies_before_it_summarizes() -> None:
    assert CURRICULUM[0][1] == {"copy": 1.0}
    assert all(sum(shares.values()) == pytest.approx(1) for _, shares in CURRICULUM)
