"""Domain-oriented prefix-tuning as a method: which words it uses when, and that nothing else differs by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import ValidationError

from tests.training import tiny
from todsum.data.schema import Example
from todsum.data.simulation.dialogues import simulated
from todsum.domain_words import interleave, run_words
from todsum.errors import TodsumError
from todsum.methods.augmentation import Augmentation
from todsum.methods.base import Context, Method
from todsum.methods.dop import IDS, Dop, DopSettings
from todsum.methods.registry import method_class
from todsum.methods.word_sets import ALL, WordSets, word_ids
from todsum.modeling import backbones
from todsum.pretraining.corpus import as_example
from todsum.training.checkpoint import Progress
from todsum.training.encoding import Encoded
from todsum.training.trainer import Trainer

FACTS: dict[str, Any] = {
    "max_source_tokens": 220,
    "max_state_tokens": 60,
    "max_target_tokens": 30,
    "batch_size": 8,
    "epochs": 3,
    "patience": None,
    "beams": 1,
    "eval_batch_size": 8,
    "precision": "fp32",
    "words": 6,
    "mid_dim": 16,
}


def method(backbone: object, **changes: Any) -> Dop:
    return Dop(DopSettings(**(FACTS | {"backbone": str(backbone)} | changes)))


def dialogues(domain: str, n: int) -> list[Example]:
    return [replace(as_example(simulated(i, 5, (domain,), made_up=0.0)), id=f"{domain}{i}") for i in range(n)]


@pytest.fixture(scope="module")
def train() -> list[Example]:
    return [*dialogues("hotel", 12), *dialogues("train", 12)]


@pytest.fixture(scope="module")
def unlabelled() -> tuple[Example, ...]:
    return tuple(replace(e, state=(), summary=()) for e in dialogues("restaurant", 12))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.checkpoint("pegasus", tmp_path_factory.mktemp("backbone"))


def fitted(folder: Path, train: list[Example], context: Context, **changes: Any) -> Dop:
    made = method(folder, **changes)
    made.fit(train, train[:4], context)
    return made


def test_the_contract() -> None:
    assert method_class("dop") is Dop
    made = method("x", prompt="state")
    assert isinstance(made, Method) and made.reads_state and not made.reads_unlabelled
    assert [method("x", domain_words=w).reads_unlabelled for w in ("source", "target", "union")] == [False, True, True]


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"backbone": "scratch"}, "random"),
        ({"sites": ()}, "no site"),
        ({"sites": ("end",)}, "enc"),
        ({"init": "random", "domain_words": "target"}, "leave domain_words"),
    ],
)
def test_settings_that_are_refused(wrong: dict[str, Any], match: str) -> None:
    with pytest.raises(ValidationError, match=match):
        DopSettings(**(FACTS | {"backbone": "x"} | wrong))


def test_target_words_need_dialogues_of_a_target(folder: Path, train: list[Example], tmp_path: Path) -> None:
    with pytest.raises(TodsumError, match="no unlabelled dialogues"):
        fitted(folder, train, Context(tmp_path), domain_words="target")


def test_words_of_the_run_and_which_are_used(
    folder: Path, train: list[Example], unlabelled: tuple[Example, ...], tmp_path: Path
) -> None:
    """All three are trained once, to the same weights; they differ by the words that are put in afterwards."""
    words = run_words(train, 6, 3, "restaurant", unlabelled)
    wanted = {
        "source": interleave(*words.source.values())[:6],
        "target": words.target["restaurant"],
        "union": words.union[:6],
    }
    assert len(set(wanted.values())) == 3
    weights, logits = [], []
    for which, expected in wanted.items():
        context = Context(tmp_path / which, 3, unlabelled=unlabelled, parts=tmp_path / "parts", target="restaurant")
        made = fitted(folder, train, context, domain_words=which, prompt="state")
        model = made._summarizer._model
        ids = model.peft_config["default"].word_sets[ALL]
        assert ids == word_ids(made._summarizer._tokenizer, expected)
        facts = made.provenance()["domain_words"]
        assert facts["source"] == {d: list(w) for d, w in words.source.items()}
        assert facts["target"] == ({} if which == "source" else {"restaurant": list(words.target["restaurant"])})
        weights.append({n: p.detach().clone() for n, p in model.named_parameters()})
        with torch.inference_mode():
            logits.append(model(input_ids=torch.tensor([[5, 6, 1]]), decoder_input_ids=torch.tensor([[0]])).logits)
    assert all(torch.equal(weights[0][n], other[n]) for other in weights[1:] for n in weights[0])
    assert len(list((tmp_path / "parts").glob("*/final"))) == 1
    assert not torch.allclose(logits[0], logits[1]) and not torch.allclose(logits[1], logits[2])


def test_only_prefixes_are_trained_and_they_come_back(
    folder: Path, train: list[Example], unlabelled: tuple[Example, ...], tmp_path: Path
) -> None:
    context = Context(tmp_path / "run", 1, unlabelled=unlabelled, target="restaurant")
    made = fitted(folder, train, context, domain_words="target")
    frozen = dict(backbones.load(folder).model.named_parameters())
    model = made._summarizer._model
    now = {n.replace(".base_layer", ""): p for n, p in model.base_model.model.named_parameters() if "dop_" not in n}
    assert now.keys() == frozen.keys() and all(torch.equal(now[n], frozen[n]) for n in frozen)
    assert any(p.requires_grad and bool(p.any()) for n, p in model.named_parameters() if "dop_head" in n)
    made.save(tmp_path / "saved")
    assert (tmp_path / "saved" / "adapter_model.safetensors").is_file()
    loaded = method("anything else")
    loaded.load(tmp_path / "saved", Context(tmp_path))
    assert loaded.settings == made.settings and loaded.provenance() == made.provenance()
    assert loaded.summarize(train[:6]) == made.summarize(train[:6])


def test_examples_have_words_of_their_own_in_training(train: list[Example]) -> None:
    words = run_words(train, 6, 0)
    sets = WordSets.of(words, train)
    names = list(sets.words)
    assert names == ["of hotel", "of train", "words"]
    assert sets.words["of hotel"] == words.source["hotel"] and len(sets.words[ALL]) == 6
    used = [names[sets.number_of(example)] for example in train]
    assert set(used) == set(names)
    for example, name in zip(train, used, strict=True):
        assert name == ALL or name.removeprefix("of ") in example.domains
    copies = Augmentation(1, 0.7, 1.0)(train, 0)
    assert {names[sets.number_of(copy)] for copy in copies if copy not in train} == set(names)
    assert 0.2 < used.count(ALL) / len(used) < 0.8


def test_training_sees_the_set_of_each_example_and_the_tracker_none(
    folder: Path, train: list[Example], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[Mapping[str, Any]]] = []

    def note(trainer: Trainer, examples: Sequence[Encoded], dev: Sequence[Encoded]) -> Progress:
        seen.append([example.extra for example in (*examples, *dev)])
        return Progress(fingerprint="")

    monkeypatch.setattr(Trainer, "train", note)
    fitted(folder, train, Context(tmp_path), prompt="state", states="predicted")
    sets = WordSets.of(run_words(train, 6, 0), train)
    assert seen == [[{IDS: sets.number_of(e)} for e in (*train, *train[:4])], [{}] * (len(train) + 4)]


def test_random_prefixes_have_no_words(folder: Path, train: list[Example], tmp_path: Path) -> None:
    made = fitted(folder, train, Context(tmp_path), init="random", max_steps=2)
    config = made._summarizer._model.peft_config["default"]
    assert config.word_sets is None and config.num_virtual_tokens == 6
    assert "domain_words" not in made.provenance()
    assert len(made.summarize(train[:3])) == 3


@pytest.mark.parametrize("sites", [("enc",), ("dec",), ("cross",)])
def test_a_site_alone(sites: tuple[str, ...], folder: Path, train: list[Example], tmp_path: Path) -> None:
    made = fitted(folder, train, Context(tmp_path), sites=sites, max_steps=1)
    found = {layer.site for layer in made._summarizer._model.modules() if hasattr(layer, "site")}
    assert found == set(sites)


@pytest.mark.parametrize("family", ["bart", "t5", "llama", "qwen2"])
def test_every_family(family: str, train: list[Example], tmp_path: Path) -> None:
    made = fitted(tiny.checkpoint(family, tmp_path / "b"), train, Context(tmp_path / "run"), max_steps=2, beams=2)
    assert len(made.summarize(train[:3])) == 3
    assert made.provenance()["trainable_parameters"] > 0


def test_predicted_states_come_from_a_tracker_with_a_prefix(folder: Path, train: list[Example], tmp_path: Path) -> None:
    made = fitted(folder, train, Context(tmp_path), prompt="state", states="predicted", max_steps=2)
    assert len(made.summarize(train[:3])) == len(made.predict_states(train[:3])) == 3
