from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.training import tiny
from todsum.data.schema import Example, Slot
from todsum.errors import TodsumError
from todsum.methods.base import Context, Method
from todsum.methods.finetune import Finetune, FinetuneSettings
from todsum.methods.registry import method_class
from todsum.methods.state_aware import StateAware, StateAwareSettings
from todsum.training.texts import target_text

FACTS: dict[str, Any] = {
    "max_source_tokens": 120,
    "max_state_tokens": 60,
    "max_target_tokens": 40,
    "learning_rate": 1e-2,
    "epochs": 150,
    "batch_size": 8,
    "patience": None,
    "beams": 1,
    "eval_batch_size": 8,
    "precision": "fp32",
}
OTHER = (Slot("hotel", "inform", "area", "elsewhere"),)


def method(backbone: object, **changes: Any) -> StateAware:
    return StateAware(StateAwareSettings(**(FACTS | {"backbone": str(backbone)} | changes)))


def bare(examples: list[Example]) -> list[Example]:
    """The examples with nothing in the dialogue that tells them apart: only the structure can."""
    return [replace(e, turns=tiny.examples(1)[0].turns, query=f"where is {e.state[0].value} ?") for e in examples]


def test_it_is_registered_and_keeps_the_contract() -> None:
    assert method_class("state-aware") is StateAware
    made = method("scratch")
    assert isinstance(made, Method)
    reads = [method("x", **c).reads_state for c in ({}, {"states": "predicted"}, {"states": "none"})]
    assert reads == [True, False, False]
    assert not method("x", structure="query").reads_state


@pytest.mark.parametrize(
    ("family", "fusion", "state_encoder"),
    [
        ("bart", "gate", "shared"),
        ("pegasus", "gate", "separate"),
        ("pegasus", "sum", "shared"),
        ("bart", "sum", "separate"),
        ("bart", "tanh", "shared"),
        ("pegasus", "tanh", "separate"),
    ],
)
def test_it_learns_by_heart_what_the_structure_alone_tells(
    family: str, fusion: str, state_encoder: str, tmp_path: Path
) -> None:
    data = bare(tiny.examples())
    structure = "query" if state_encoder == "shared" else "state"
    changes = {"fusion": fusion, "state_encoder": state_encoder, "structure": structure}
    made = method(tiny.checkpoint(family, tmp_path / "backbone"), **changes)
    made.fit(data, [], Context(tmp_path))
    wanted = [target_text(example) for example in data]
    assert made.summarize(data) == wanted
    assert made.summarize([replace(data[0], state=data[3].state, query=data[3].query)]) == wanted[3:4]


def test_saved_and_loaded_it_is_the_same(tmp_path: Path) -> None:
    data = tiny.examples()
    made = method("scratch", epochs=4, learning_rate=2e-3, states="predicted", beams=2, fusion="tanh")
    made.fit(data[:6], data[6:], Context(tmp_path / "run", seed=3))
    made.save(tmp_path / "saved")
    assert {f.suffix for f in (tmp_path / "saved").rglob("*") if f.is_file()} == {".json", ".safetensors"}
    loaded = method("anything else")
    loaded.load(tmp_path / "saved", Context(tmp_path))
    assert loaded.settings == made.settings and loaded.provenance() == made.provenance()
    assert loaded.predict_states(data) == made.predict_states(data)
    assert loaded.summarize(data) == made.summarize(data)
    assert made.provenance()["tested_on_states"] == "predicted" and made.provenance()["state_tracker"]["steps"] == 4


def test_without_states_it_is_its_backbone_fine_tuned(tmp_path: Path) -> None:
    data, backbone = tiny.examples(), tiny.checkpoint("bart", tmp_path / "backbone")
    few = {"epochs": 20, "learning_rate": 3e-3}
    plain = Finetune(FinetuneSettings(**(FACTS | {"backbone": str(backbone)} | few)))
    plain.fit(data[:6], data[6:], Context(tmp_path / "plain"))
    made = method(backbone, states="none", **few)
    made.fit(data[:6], data[6:], Context(tmp_path / "made"))
    assert made.summarize(data) == plain.summarize(data)
    assert len(set(made.summarize(data))) > 1
    assert made.provenance()["best_dev_loss"] == plain.provenance()["best_dev_loss"]
    prompted = Finetune(
        FinetuneSettings(**(FACTS | {"backbone": str(backbone), "prompt": "state", "states": "none"} | few))
    )
    prompted.fit(data[:6], data[6:], Context(tmp_path / "prompted"))
    assert prompted.summarize(data) == plain.summarize(data)


@pytest.mark.parametrize("made", [Finetune, StateAware])
def test_the_gold_state_is_read_with_oracle_alone(made: type[Finetune] | type[StateAware], tmp_path: Path) -> None:
    data, backbone = tiny.examples(), tiny.checkpoint("pegasus", tmp_path / "backbone")
    others = [replace(example, state=OTHER) for example in data]
    for states in ("oracle", "predicted"):
        settings = made.Settings(**(FACTS | {"backbone": str(backbone), "states": states} | {"epochs": 40}), **(
            {"prompt": "state"} if made is Finetune else {}
        ))  # fmt: skip
        fitted = made(settings)  # type: ignore[arg-type]
        fitted.fit(data, [], Context(tmp_path / states, parts=tmp_path / "parts"))
        assert (fitted.summarize(others) == fitted.summarize(data)) == (states == "predicted")
        if states == "predicted":
            assert fitted.predict_states(others) == fitted.predict_states(data)


@pytest.mark.parametrize("family", ["t5", "gpt2"])
def test_backbones_that_have_no_state_aware_form(family: str, tmp_path: Path) -> None:
    with pytest.raises(TodsumError, match=f"'{family}' model can't be made state-aware"):
        method(tiny.checkpoint(family, tmp_path / "backbone")).fit(tiny.examples(), [], Context(tmp_path))


def test_data_without_the_structure(tmp_path: Path) -> None:
    without = [replace(example, state=(), query=None) for example in tiny.examples()]
    with pytest.raises(TodsumError, match="structure 'state': no training example has a dialogue state; set structure"):
        method("scratch").fit(without, [], Context(tmp_path))
    with pytest.raises(TodsumError, match="e0: has no query; set prompt or structure to state"):
        method("scratch", structure="query").fit(without, [], Context(tmp_path))
    with pytest.raises(TodsumError, match=r"has 256 positions, but .*max_state_tokens \(300\)"):
        backbone = tiny.checkpoint("bart", tmp_path / "backbone")
        method(backbone, max_state_tokens=300).fit(tiny.examples(), [], Context(tmp_path))


def test_wrong_settings() -> None:
    for wrong in ({"fusion": "max"}, {"state_encoder": "both"}, {"structure": "none"}, {"prompt": "state"}):
        with pytest.raises(ValidationError):
            StateAwareSettings(backbone="scratch", **wrong)
    with pytest.raises(ValidationError, match="no state is read: set structure to state"):
        StateAwareSettings(backbone="scratch", structure="query", states="predicted")
    for prompt in ("none", "query"):
        with pytest.raises(ValidationError, match="no state is read: set prompt to state"):
            FinetuneSettings(backbone="scratch", prompt=prompt, states="predicted")
