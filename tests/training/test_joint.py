"""Several processes that train together, against one process that trains alone."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.launch import launch
from tests.training.joint import train


@pytest.mark.parametrize("kind", ["bart", "state-aware"])
def test_two_processes_take_the_steps_of_one(kind: str, tmp_path: Path) -> None:
    main, other = launch(2, train, tmp_path / "both", kind)
    (alone,) = launch(1, train, tmp_path / "alone", kind)
    assert len(main.dev_losses) == 3 and main.dev_losses == pytest.approx(alone.dev_losses, abs=1.01e-4)
    assert other.best_step == main.best_step == alone.best_step
    differences = []
    for name, weight in alone.weights.items():
        assert np.array_equal(main.weights[name], other.weights[name]), name
        differences.append(np.abs(main.weights[name] - weight).flatten())
    # Where a gradient is nearly zero AdamW steps by lr × its sign, which hangs on the order of sums.
    assert (np.concatenate(differences) < 1e-5).mean() > 0.99
    assert main.lines and not other.lines
    assert [path.name for path in (tmp_path / "both").iterdir()] == ["final"]


@pytest.mark.parametrize("kind", ["bart", "state-aware"])
@pytest.mark.parametrize("batch_size", [1, 4, 9])
def test_the_gradient_is_that_of_the_mean_over_all_tokens_of_the_batch(
    kind: str, batch_size: int, tmp_path: Path
) -> None:
    changes = {"max_steps": 1, "batch_size": batch_size}
    main, other = launch(2, partial(train, **changes), tmp_path / "both", kind)
    (alone,) = launch(1, partial(train, **changes), tmp_path / "alone", kind)
    for name, expected in alone.gradients.items():
        for made in (main.gradients[name], other.gradients[name]):
            assert (made is None) == (expected is None), "AdamW leaves alone what has no gradient"
            assert expected is None or np.abs(made - expected).max() < 1e-7, name


def test_an_error_in_one_process_ends_all_and_the_run_goes_on_from_there(tmp_path: Path) -> None:
    undisturbed = launch(2, train, tmp_path / "undisturbed", "bart")
    main, other = launch(2, train, tmp_path / "disturbed", "bart", 4)
    assert repr(other) == "OSError('no longer there')"
    assert str(main) == "process 1: OSError('no longer there')"
    assert [path.name for path in (tmp_path / "disturbed").glob("state-*")] == ["state-3"]
    again = launch(2, train, tmp_path / "disturbed", "bart")
    assert "going on from step 3" in again[0].lines
    for first, second in zip(undisturbed, again, strict=True):
        for name, weight in first.weights.items():
            assert np.array_equal(weight, second.weights[name]), name
