"""peft-lora and peft-prefix: what they train, what they write, and that they come back as they were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import ValidationError

from tests.training import tiny
from todsum.errors import TodsumError
from todsum.methods.adapter import AdapterMethod
from todsum.methods.base import Context, Method
from todsum.methods.registry import method_class
from todsum.modeling import backbones

NAMES = ("peft-lora", "peft-prefix")
FACTS: dict[str, Any] = {
    "max_source_tokens": 120,
    "max_state_tokens": 60,
    "max_target_tokens": 40,
    "batch_size": 8,
    "patience": None,
    "beams": 2,
    "eval_batch_size": 8,
    "precision": "fp32",
}


def method(name: str, backbone: object, **changes: Any) -> AdapterMethod:
    made: Any = method_class(name)
    return made(made.Settings(**(FACTS | {"backbone": str(backbone)} | changes)))  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", NAMES)
def test_the_contract_and_what_is_refused(name: str) -> None:
    made = method(name, "x", prompt="state")
    assert isinstance(made, Method) and made.reads_state and not made.reads_unlabelled
    with pytest.raises(ValidationError, match="scratch"):
        method(name, "scratch")
    assert method(name, "todsum-mini").settings.beams == 2
    assert (
        method(name, "todsum-mini").settings.learning_rate == type(made.settings).model_fields["learning_rate"].default
    )
    assert method(name, "todsum-mini", learning_rate=0.25).settings.learning_rate == 0.25


@pytest.mark.parametrize("family", ["bart", "pegasus", "t5", "llama", "qwen2"])
@pytest.mark.parametrize("name", NAMES)
def test_only_the_adapter_is_trained_and_it_comes_back(name: str, family: str, tmp_path: Path) -> None:
    data = tiny.examples()
    folder = tiny.checkpoint(family, tmp_path / "backbone")
    made = method(name, folder, epochs=12, learning_rate=2e-2, prompt="query")
    made.fit(data[:6], data[6:], Context(tmp_path / "run", seed=3))
    frozen = dict(backbones.load(folder).model.named_parameters())
    base = made._summarizer._model.get_base_model()
    now = {n.replace(".base_layer", ""): p for n, p in base.named_parameters() if "lora_" not in n}
    assert now.keys() == frozen.keys() and all(torch.equal(now[n], frozen[n]) for n in frozen)
    facts = made.provenance()
    assert 0 < facts["trainable_parameters"] < facts["parameters"] / 2 and facts["steps"] == 12
    made.save(tmp_path / "saved")
    assert not [f for f in (tmp_path / "saved").iterdir() if f.suffix not in (".json", ".safetensors", ".md", ".jinja")]
    assert (tmp_path / "saved" / "adapter_model.safetensors").stat().st_size < 200_000
    loaded = method(name, "anything else")
    loaded.load(tmp_path / "saved", Context(tmp_path))
    assert loaded.settings == made.settings and loaded.provenance() == facts
    assert loaded.summarize(data) == made.summarize(data)


@pytest.mark.parametrize("name", NAMES)
def test_training_lowers_the_loss_and_depends_on_the_seed(name: str, tmp_path: Path) -> None:
    data = tiny.examples()
    folder = tiny.checkpoint("pegasus", tmp_path / "backbone")
    losses = {}
    for place, (steps, seed) in enumerate([(1, 1), (60, 1), (60, 1), (60, 2)]):
        made = method(name, folder, epochs=100, max_steps=steps, learning_rate=2e-2)
        made.fit(data[:6], data[:6], Context(tmp_path / str(place), seed=seed))
        losses[place] = made.provenance()["best_dev_loss"]
    assert losses[1] < losses[0] - 0.2
    assert losses[1] == losses[2] != losses[3]


def test_predicted_states_come_from_a_tracker_that_is_an_adapter_too(tmp_path: Path) -> None:
    data = tiny.examples()
    folder = tiny.checkpoint("bart", tmp_path / "backbone")
    made = method("peft-lora", folder, max_steps=4, prompt="state", states="predicted")
    made.fit(data[:6], data[6:], Context(tmp_path / "run"))
    assert len(made.predict_states(data)) == len(made.summarize(data)) == len(data)
    facts = made.provenance()["state_tracker"]
    assert facts["trainable_parameters"] < facts["parameters"] / 2
    made.save(tmp_path / "saved")
    loaded = method("peft-lora", folder)
    loaded.load(tmp_path / "saved", Context(tmp_path))
    assert loaded.summarize(data) == made.summarize(data)


@pytest.mark.parametrize("name", [*NAMES, "dop"])
def test_the_small_backbone_has_more_decoder_than_encoder_layers(name: str, tmp_path: Path) -> None:
    own = {"init": "random"} if name == "dop" else {}
    made = method(name, "todsum-mini", epochs=1, max_steps=1, beams=1, **own)
    made.fit(tiny.examples(2), [], Context(tmp_path))
    assert len(made.summarize(tiny.examples(2))) == 2


def test_a_prefix_of_pefts_takes_positions(tmp_path: Path) -> None:
    folder = tiny.checkpoint("bart", tmp_path / "backbone")  # 256 positions
    made = method("peft-prefix", folder, max_steps=1, prefix_length=230)
    with pytest.raises(TodsumError, match=r"256 positions, but .*the prefix \(230\).* need 270"):
        made.fit(tiny.examples(), [], Context(tmp_path / "long"))
    fits = method("peft-prefix", folder, max_steps=1, prefix_length=216, min_target_tokens=40)
    fits.fit(tiny.examples(), [], Context(tmp_path / "short"))
    assert all(fits.summarize(tiny.examples()))


@pytest.mark.parametrize("name", [*NAMES, "dop"])
def test_killed_in_training_it_ends_as_undisturbed(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("todsum.training.clock.EPOCH_CHECKPOINT_SECONDS", 0.0)  # one after each epoch
    monkeypatch.setattr("todsum.training.clock.CHECKPOINT_SHARE", 1.0)
    data = tiny.examples()
    folder = tiny.checkpoint("pegasus", tmp_path / "backbone")
    own = {"init": "random", "mid_dim": 16} if name == "dop" else {}
    lines: list[str] = []

    def dies(line: str) -> None:
        lines.append(line)
        if sum("dev loss" in said for said in lines) == 3:
            raise KeyboardInterrupt

    def saved(place: str) -> bytes:
        made = method(name, folder, epochs=4, learning_rate=2e-2, batch_size=4, **own)
        made.fit(data[:6], data[6:], Context(tmp_path / place, seed=3, log=lines.append))
        made.save(tmp_path / f"{place}-saved")
        return (tmp_path / f"{place}-saved" / "adapter_model.safetensors").read_bytes()

    undisturbed = saved("undisturbed")
    lines.clear()
    with pytest.raises(KeyboardInterrupt):
        method(name, folder, epochs=4, learning_rate=2e-2, batch_size=4, **own).fit(
            data[:6], data[6:], Context(tmp_path / "killed", seed=3, log=dies)
        )
    lines.clear()
    assert saved("killed") == undisturbed
    assert any(line.startswith("going on from step") for line in lines)


def test_settings_that_no_weight_shows_are_trained_apart(tmp_path: Path) -> None:
    folder = tiny.checkpoint("bart", tmp_path / "backbone")
    for place, alpha in enumerate((16, 64, 16)):
        made = method("peft-lora", folder, epochs=1, prompt="state", alpha=alpha)
        made.fit(tiny.examples(), [], Context(tmp_path / str(place), parts=tmp_path / "parts"))
    assert len(list((tmp_path / "parts").glob("*/final"))) == 2


def test_a_folder_without_a_fitting_adapter(tmp_path: Path) -> None:
    data = tiny.examples()
    made = method("peft-lora", tiny.checkpoint("bart", tmp_path / "bart"), max_steps=1)
    made.fit(data, [], Context(tmp_path / "run"))
    made.save(tmp_path / "saved")
    (tmp_path / "saved" / "peft-lora.json").write_text(
        json.dumps(
            json.loads(made.settings.model_dump_json()) | {"backbone": str(tiny.checkpoint("t5", tmp_path / "t5"))}
        )
    )
    with pytest.raises(TodsumError, match="does not fit"):
        made.load(tmp_path / "saved", Context(tmp_path))
    weights = tmp_path / "saved" / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(TodsumError, match="does not fit"):
        made.load(tmp_path / "saved", Context(tmp_path))
    weights.rename(tmp_path / "saved" / "adapter_model.bin")
    with pytest.raises(TodsumError, match=r"adapter_model\.safetensors missing"):
        made.load(tmp_path / "saved", Context(tmp_path))
