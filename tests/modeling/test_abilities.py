"""What is refused when a model is loaded, by its family's name; see benchmarks/checkpoints for many more families."""

from __future__ import annotations

import importlib.util
import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from tests.conftest import ROOT
from tests.training import tiny
from todsum.errors import TodsumError
from todsum.methods.base import Context
from todsum.methods.finetune import Finetune, FinetuneSettings
from todsum.modeling import backbones
from todsum.modeling.decoder_start import decoder_inputs, first_token
from todsum.training.texts import target_text


@pytest.fixture(scope="module")
def families() -> ModuleType:
    spec = importlib.util.spec_from_file_location("families", ROOT / "benchmarks" / "checkpoints" / "families.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TEXTS = [f"{example.turns} {example.summary}" for example in tiny.examples()]


@pytest.mark.parametrize("family", ["mbart", "m2m_100", "blenderbot", "encoder-decoder", "opt", "bloom"])
def test_families_that_differ_learn_two_summaries(family: str, families: ModuleType, tmp_path: Path) -> None:
    data = [replace(example, summary=tiny.examples()[i % 2].summary) for i, example in enumerate(tiny.examples()[:4])]
    settings: dict[str, Any] = {"max_source_tokens": 80, "max_target_tokens": 40, "learning_rate": 1e-2, "beams": 1}
    backbone = families.checkpoint(family, tmp_path / "backbone", TEXTS)
    made = Finetune(FinetuneSettings(backbone=str(backbone), epochs=150, batch_size=8, patience=None, **settings))
    made.fit(data, [], Context(tmp_path))
    assert made.summarize(data) == [target_text(example) for example in data]


@pytest.mark.parametrize(
    ("family", "reason"),
    [
        ("mamba", "MambaForCausalLM takes no past_key_values"),
        ("rwkv", "RwkvForCausalLM takes no past_key_values"),
        ("bert", "it says something else of a text when more follows"),
        ("prophetnet", "its decoder says something else of a text when more follows"),
    ],
)
def test_families_that_lack_something_are_refused(
    family: str, reason: str, families: ModuleType, tmp_path: Path
) -> None:
    with pytest.raises(TodsumError, match=f"{tmp_path}: a '{family}' model that can't be trained here: {reason}"):
        backbones.load(families.checkpoint(family, tmp_path, TEXTS))


def test_the_first_decoder_input_in_training_is_that_of_generation(families: ModuleType, tmp_path: Path) -> None:
    """mBART's own shift starts from the end of the target, its generation from a language."""
    model = backbones.load(families.checkpoint("mbart", tmp_path, TEXTS)).model
    labels = torch.tensor([[7, 8, 1], [9, 1, -100]])
    assert model.prepare_decoder_input_ids_from_labels(labels)[:, 0].tolist() == [1, 1]
    assert decoder_inputs(model, labels).tolist() == [[3, 7, 8], [3, 9, 1]]
    generated = model.generate(torch.tensor([[7, 8, 1]]), max_new_tokens=1)
    assert generated[0, 0] == first_token(model) == 3


@pytest.mark.parametrize("family", tiny.ENCODER_DECODERS)
def test_other_families_are_shifted_as_they_do_it_themselves(family: str) -> None:
    model, labels = tiny.model(family), torch.tensor([[7, 8, 1], [9, 1, -100]])
    assert torch.equal(decoder_inputs(model, labels), model.prepare_decoder_input_ids_from_labels(labels))


def edit(file: Path, **changes: object) -> None:
    content = json.loads(file.read_text()) | changes
    file.write_text(json.dumps({name: value for name, value in content.items() if value is not None}))


def test_two_start_tokens_are_refused_and_one_is_found(tmp_path: Path) -> None:
    folder = tiny.checkpoint("bart", tmp_path)
    edit(folder / "generation_config.json", decoder_start_token_id=2)
    with pytest.raises(TodsumError, match=r"starts from 1 .* by config\.json, and from 2 by generation_config\.json"):
        backbones.load(folder)
    edit(folder / "generation_config.json", decoder_start_token_id=None)
    assert first_token(backbones.load(folder).model) == 1


def test_a_decoder_that_starts_from_nothing_is_refused(tmp_path: Path) -> None:
    folder = tiny.checkpoint("t5", tmp_path)
    edit(folder / "generation_config.json", decoder_start_token_id=None, bos_token_id=None)
    edit(folder / "config.json", decoder_start_token_id=None, bos_token_id=None)
    with pytest.raises(TodsumError, match="None is no token for the decoder to start from"):
        backbones.load(folder)


def test_lengths_are_checked_where_encoder_and_decoder_are_models_of_their_own(
    families: ModuleType, tmp_path: Path
) -> None:
    backbone = families.checkpoint("encoder-decoder", tmp_path / "backbone", TEXTS)
    made = Finetune(FinetuneSettings(backbone=str(backbone), max_source_tokens=200, max_target_tokens=20))
    with pytest.raises(TodsumError, match=r"has 128 positions, but max_source_tokens \(200\)"):
        made.fit(tiny.examples(), [], Context(tmp_path))


def test_the_trial_leaves_the_model_and_the_random_state_alone(families: ModuleType, tmp_path: Path) -> None:
    """BigBird forgets its sparse attention for good when it reads a short text."""
    families.FAMILIES["bigbird_pegasus"] |= {"attention_type": "block_sparse", "block_size": 4}
    torch.manual_seed(5)
    model = backbones.load(families.checkpoint("bigbird_pegasus", tmp_path, TEXTS)).model
    assert model.get_encoder().attention_type == "block_sparse"
