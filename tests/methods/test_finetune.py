from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import ValidationError

from tests.training import tiny
from todsum.data.schema import Example, Slot
from todsum.errors import TodsumError
from todsum.methods.base import Context, Method
from todsum.methods.finetune import Finetune, FinetuneSettings
from todsum.methods.registry import method_class
from todsum.modeling import backbones
from todsum.training.texts import target_text

FACTS: dict[str, Any] = {
    "max_source_tokens": 120,
    "max_target_tokens": 40,
    "learning_rate": 1e-2,
    "epochs": 120,
    "batch_size": 8,
    "patience": None,
    "beams": 1,
    "eval_batch_size": 8,
}


def method(backbone: object, **changes: Any) -> Finetune:
    return Finetune(FinetuneSettings(**(FACTS | {"backbone": str(backbone)} | changes)))


def test_it_is_registered_and_keeps_the_contract() -> None:
    assert method_class("finetune") is Finetune
    made = method("scratch", eval_batch_size=7)
    assert isinstance(made, Method)
    assert made.needs_training_split and made.learns and not method("x", max_steps=0).learns
    assert (made.reads_reference, made.reads_unlabelled, made.batch_size) == (False, False, 7)
    assert [method("x", prompt=prompt).reads_state for prompt in ("none", "state", "query")] == [False, True, False]


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_every_family_learns_its_examples_by_heart(family: str, tmp_path: Path) -> None:
    """Input, loss, steps, generation and decoding together: the summaries come back word for word."""
    data = tiny.examples()
    made = method(
        tiny.checkpoint(family, tmp_path / "backbone"), prompt="state" if family in ("t5", "gpt2") else "none"
    )
    made.fit(data, [], Context(tmp_path))
    wanted = [target_text(example) for example in data]
    assert made.summarize(data) == wanted
    assert made.summarize(data[3:4]) == wanted[3:4]


def test_saved_and_loaded_it_is_the_same(tmp_path: Path) -> None:
    data = tiny.examples()
    made = method("scratch", epochs=6, learning_rate=2e-3, prompt="query", beams=2)
    made.fit(data[:6], data[6:], Context(tmp_path / "run", seed=3))
    made.save(tmp_path / "saved")
    assert {f.suffix for f in (tmp_path / "saved").iterdir()} == {".json", ".safetensors"}
    loaded = method("anything else")
    loaded.load(tmp_path / "saved", Context(tmp_path))
    assert loaded.settings == made.settings and loaded.provenance() == made.provenance()
    assert loaded.summarize(data) == made.summarize(data)
    again = method("scratch", epochs=6, learning_rate=2e-3, prompt="query", beams=2)
    again.fit(data[:6], data[6:], Context(tmp_path / "run", seed=3))  # finished: taken from the folder
    assert again.summarize(data) == made.summarize(data)
    assert again.provenance() == made.provenance()
    assert made.provenance()["steps"] == 6 and made.provenance()["device"] == "cpu"


def test_scratch_has_seen_the_training_examples_alone() -> None:
    """Its tokenizer knows no word of dev or test: bytes that training lacks stay bytes."""
    made = method("scratch")
    words = made._summarizer._start(tiny.examples(), 0).tokenizer
    assert len(words("hello", add_special_tokens=False)["input_ids"]) <= 2
    assert len(words("zyzzyva", add_special_tokens=False)["input_ids"]) >= 6


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"max_source_tokens": 300}, r"has 256 positions, but max_source_tokens \(300\)"),
        ({"revision": "main"}, "a folder has no revision"),
    ],
)
def test_settings_that_the_backbone_cannot_meet(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    made = method(tiny.checkpoint("bart", tmp_path / "backbone"), **changes)
    with pytest.raises(TodsumError, match=reason):
        made.fit(tiny.examples(), [], Context(tmp_path))


def test_no_steps_leave_the_backbone_as_it_is(tmp_path: Path) -> None:
    folder = tiny.checkpoint("t5", tmp_path / "backbone")
    made = method(folder, max_steps=0, prompt="query")
    made.fit(tiny.examples(), tiny.examples()[:2], Context(tmp_path / "run"))
    now, before = made._summarizer._model.state_dict(), backbones.load(folder).model.state_dict()
    assert now.keys() == before.keys() and all(torch.equal(now[name], before[name]) for name in now)
    assert made.provenance()["steps"] == 0 and len(made.summarize(tiny.examples())) == 8


def test_without_the_dialogue_the_prompt_is_all_that_is_read(tmp_path: Path) -> None:
    made = method("scratch", prompt="state", dialogue=False, max_steps=2)
    data = tiny.examples()
    made.fit(data[:6], data[6:], Context(tmp_path))
    silent = [replace(example, turns=example.turns[:1]) for example in data]
    assert made.summarize(data) == made.summarize(silent)
    assert [made._summarizer.encode(e).source for e in data] == [made._summarizer.encode(e).source for e in silent]
    changed = [replace(example, state=(Slot("taxi", "inform", "leave", "noon"),)) for example in data]
    assert made._summarizer.encode(changed[0]).source != made._summarizer.encode(data[0]).source


def test_a_choice_that_came_later_leaves_earlier_keys_as_they_were() -> None:
    assert "dialogue" not in method("scratch").settings.model_dump(mode="json")
    assert method("scratch", prompt="query", dialogue=False).settings.model_dump(mode="json")["dialogue"] is False


def test_a_device_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    for device in ("cuda:77", "gpu"):
        with pytest.raises(TodsumError, match=f"device '{device}' can't be used here"):
            method("scratch").fit(tiny.examples(), [], Context(tmp_path, device=device))


def test_prompts_that_the_data_cannot_fill(tmp_path: Path) -> None:
    bare = [Example("a", "d", "a", (), tiny.examples(1)[0].turns, summary=("x",))]
    with pytest.raises(TodsumError, match="no training example has a dialogue state"):
        method("scratch", prompt="state").fit(bare, [], Context(tmp_path))
    with pytest.raises(TodsumError, match="d a: has no query"):
        method("scratch", prompt="query").fit(bare, [], Context(tmp_path))


def test_wrong_settings() -> None:
    for wrong in (
        {"beam": 2},
        {"prompt": "dst"},
        {"dialogue": False},
        {"dialogue": False, "prompt": "state", "states": "none"},
        {"epochs": 0},
        {"learning_rate": 0},
        {"precision": "fp16"},
        {"min_target_tokens": 999},
    ):
        with pytest.raises(ValidationError):
            FinetuneSettings(backbone="scratch", **wrong)


def test_a_folder_that_save_did_not_write(tmp_path: Path) -> None:
    with pytest.raises(TodsumError, match=r"finetune\.json: .*not the settings of a trained method"):
        method("scratch").load(tmp_path, Context(tmp_path))


@pytest.mark.parametrize("text", [None, "{", "[]"])
def test_a_saved_model_without_its_facts(tmp_path: Path, text: str | None) -> None:
    (tmp_path / "finetune.json").write_text(method("scratch").settings.model_dump_json())
    if text is not None:
        (tmp_path / "facts.json").write_text(text)
    reasons = "No such file|not readable as JSON|not the facts of a trained method"
    with pytest.raises(TodsumError, match=rf"facts\.json: ({reasons})") as caught:
        method("scratch").load(tmp_path, Context(tmp_path))
    assert "\n" not in str(caught.value)


def test_swapped_copies_are_trained_on_and_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trainer gets the examples and their copies; dev gets one copy of each."""
    from todsum.training.trainer import Trainer

    seen: list[tuple[int, int]] = []
    real = Trainer.train

    def spy(self: Trainer, train: Any, dev: Any) -> Any:
        seen.append((len(train), len(dev)))
        return real(self, train, dev)

    monkeypatch.setattr(Trainer, "train", spy)
    data = tiny.examples()
    for copies in (0, 3):
        made = method("scratch", epochs=1, swapped_copies=copies, swap_values=1.0)
        made.fit(data[:6], data[6:], Context(tmp_path / str(copies)))
    rest = len(data) - 6
    assert seen == [(6, rest), (24, 2 * rest)]


def test_the_result_is_averaged_with_the_start(tmp_path: Path) -> None:
    """Half of the way back from the trained weights to those of the backbone (WiSE-FT)."""
    from todsum.modeling import backbones

    data, backbone = tiny.examples(), tiny.checkpoint("bart", tmp_path / "backbone")
    start = dict(backbones.load(backbone).model.named_parameters())
    ends = []
    for share in (0.0, 0.5):
        made = method(backbone, epochs=3, start_share=share)
        made.fit(data, [], Context(tmp_path / str(share)))
        ends.append(dict(made._summarizer._model.named_parameters()))
    trained, averaged = ends
    moved = 0
    for name, weight in start.items():
        torch.testing.assert_close(averaged[name], (weight + trained[name]) / 2, msg=name)
        moved += not torch.equal(weight, trained[name])
    assert moved > 10
