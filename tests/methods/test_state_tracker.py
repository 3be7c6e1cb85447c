"""The tracker, and the parts that methods share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.training import tiny
from todsum.data.state import ReadState, linearise, read
from todsum.methods.base import Context
from todsum.methods.finetune import Finetune, FinetuneSettings
from todsum.methods.state_aware import StateAware, StateAwareSettings
from todsum.methods.state_tracker import StateTracker

FACTS: dict[str, Any] = {
    "max_source_tokens": 120,
    "max_state_tokens": 60,
    "max_target_tokens": 40,
    "learning_rate": 1e-2,
    "epochs": 120,
    "batch_size": 8,
    "patience": None,
    "beams": 3,
    "eval_batch_size": 8,
    "precision": "fp32",
}


@pytest.mark.parametrize("family", ["bart", "t5", "gpt2"])
def test_states_are_learnt_by_heart(family: str, tmp_path: Path) -> None:
    data = tiny.examples()
    tracker = StateTracker(FinetuneSettings(backbone=str(tiny.checkpoint(family, tmp_path / "backbone")), **FACTS))
    tracker.fit(data, [], Context(tmp_path))
    unseen = [replace(example, state=(), summary=(), query=None) for example in data]
    assert tracker.predict(unseen) == [ReadState(linearise(e.state), e.state, True) for e in data]


def fitted(
    made: type[Finetune] | type[StateAware], states: str, output: Path, parts: Path | None, log: list[str]
) -> Any:
    backbone = output.parent / "backbone"
    if not backbone.exists():
        tiny.checkpoint("pegasus", backbone)
    short = FACTS | {"epochs": 12, "backbone": str(backbone), "states": states}
    settings = FinetuneSettings(prompt="state", **short) if made is Finetune else StateAwareSettings(**short)
    method = made(settings)  # type: ignore[arg-type]
    data = tiny.examples()
    method.fit(data[:6], data[6:], Context(output, seed=1, parts=parts, log=log.append))
    return method


def test_what_methods_share_is_trained_once_and_to_the_same_weights(tmp_path: Path) -> None:
    """Four methods have three models among them; each writes what it would have written alone."""
    data, steps, parts = tiny.examples(), [], tmp_path / "parts"
    for place, (made, states) in enumerate((m, s) for m in (Finetune, StateAware) for s in ("oracle", "predicted")):
        log: list[str] = []
        together = fitted(made, states, tmp_path / f"{place}", parts, log)
        alone = fitted(made, states, tmp_path / f"{place}-alone", None, [])
        steps.append(sum("dev loss" in line for line in log))
        assert together.summarize(data) == alone.summarize(data)
        assert together.provenance() == alone.provenance()
        if states == "predicted":
            assert together.predict_states(data) == alone.predict_states(data)
    assert steps == [12, 12, 12, 0], "two summarizers and one tracker"
    assert len(list(parts.iterdir())) == 3


def test_a_state_of_any_quality_is_used_as_far_as_it_goes(tmp_path: Path) -> None:
    made = fitted(Finetune, "predicted", tmp_path, None, [])
    data = tiny.examples(3)
    broken = "taxi inform ( destination = north ; departure"
    long = f"taxi inform ( {' ; '.join(f'slot{i} = value{i}' for i in range(90))} )"
    texts = [broken, long, ""]
    found = made.summarize_with(data, [read(text) for text in texts])
    clean = made.summarize_with(data[:1], [read("taxi inform ( destination = north )")])
    assert found[:1] == clean and len(found) == 3
