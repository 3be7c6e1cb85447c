"""Exported models: the same summaries from the suite, from transformers and from peft."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

import todsum
from tests.summarizing.cells import examples, predictions, runs
from todsum.cli.models import models
from todsum.errors import TodsumError
from todsum.summarizing.export import export
from todsum.training.texts import dialogue_text, prompt_text, structure_text

LABELS = ("plain", "predicted", "state-aware", "dop")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("exported")
    for label in LABELS:
        export(runs()[label], folder / label)
    return {label: folder / label for label in LABELS}


@pytest.mark.parametrize("label", LABELS)
def test_it_writes_what_the_cell_wrote(label: str, exported: dict[str, Path]) -> None:
    told = predictions(label)
    assert todsum.load(exported[label], "cpu").summarize(examples()) == [told[e.id] for e in examples()]


@pytest.mark.parametrize("label", LABELS)
def test_what_is_in_it(label: str, exported: dict[str, Path]) -> None:
    files = {path.relative_to(exported[label]).as_posix() for path in exported[label].rglob("*") if path.is_file()}
    assert {Path(name).suffix for name in files} == {".json", ".safetensors", ".md"}
    weights = "adapter_model.safetensors" if label == "dop" else "model.safetensors"
    assert {weights, "tokenizer.json", "generation_config.json", "todsum.json", "README.md"} <= files
    generation = json.loads((exported[label] / "generation_config.json").read_text())
    assert (generation["num_beams"], generation["max_new_tokens"], generation["do_sample"]) == (1, 20, False)
    if label != "dop":
        home = str(runs()[label].parents[5])
        assert not [name for name in files if home in (exported[label] / name).read_text(errors="replace")]


@pytest.mark.parametrize("label", LABELS)
def test_its_card(label: str, exported: dict[str, Path]) -> None:
    text = (exported[label] / "README.md").read_text(encoding="utf-8")
    result = json.loads((runs()[label] / "result.json").read_text())
    assert all(signature in text for signature in result["signatures"].values())
    assert all(
        f"| {name} | {100 * score:.2f} |" in text for name, score in result["scores"].items() if score is not None
    )
    spec = result["spec"]
    assert spec["fingerprint"] in text and "train: 12 of 12 examples" in text and spec["method"] in text
    header = yaml.safe_load(text.split("---\n")[1])
    assert header["library_name"] == ("peft" if label == "dop" else "transformers")
    metrics = {m["name"]: m["value"] for m in header["model-index"][0]["results"][0]["metrics"]}
    assert metrics["rouge1"] == round(100 * result["scores"]["rouge1"], 2)


def generated(model: Any, tokenizer: Any, source: str, **more: Any) -> str:
    batch = tokenizer(source, return_tensors="pt", truncation=True, max_length=96)
    ids = model.generate(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], **more)
    return str(tokenizer.decode(ids[0], skip_special_tokens=True, clean_up_tokenization_spaces=False)).strip()


def test_plain_transformers_writes_the_same(exported: dict[str, Path]) -> None:
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    model = AutoModelForSeq2SeqLM.from_pretrained(exported["plain"])
    tokenizer = AutoTokenizer.from_pretrained(exported["plain"])
    for example in examples()[:4]:
        assert generated(model, tokenizer, dialogue_text(example)) == predictions("plain")[example.id]


def test_the_state_aware_model_loads_with_the_auto_classes(exported: dict[str, Path]) -> None:
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

    import todsum.modeling  # noqa: F401

    model = AutoModelForSeq2SeqLM.from_pretrained(exported["state-aware"])
    tokenizer = AutoTokenizer.from_pretrained(exported["state-aware"])
    for example in examples()[:4]:
        state = tokenizer(structure_text(example, "state"), return_tensors="pt", truncation=True, max_length=40)
        more = {"state_input_ids": state["input_ids"], "state_attention_mask": state["attention_mask"]}
        assert generated(model, tokenizer, dialogue_text(example), **more) == predictions("state-aware")[example.id]


def test_the_dop_adapter_loads_with_plain_peft(exported: dict[str, Path]) -> None:
    from peft import PeftModel
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer, GenerationConfig

    import todsum.modeling.domain_prefix  # noqa: F401

    backbone = AutoModelForSeq2SeqLM.from_pretrained(runs()["dop"].parents[5] / "backbone")
    backbone.generation_config = GenerationConfig.from_pretrained(exported["dop"])
    model = PeftModel.from_pretrained(backbone, exported["dop"]).eval()
    tokenizer = AutoTokenizer.from_pretrained(exported["dop"])
    for example in examples()[:4]:
        source = f"{prompt_text(example, 'state')} {dialogue_text(example)}"
        assert generated(model, tokenizer, source) == predictions("dop")[example.id]


def test_an_adapter_on_another_backbone_is_refused(exported: dict[str, Path]) -> None:
    path = exported["dop"] / "todsum.json"
    content = path.read_text()
    manifest = json.loads(content)
    manifest["spec"]["backbone_revision"] = "0" * 64
    path.write_text(json.dumps(manifest))
    with pytest.raises(TodsumError, match="is not the one that it was trained on: checksum"):
        todsum.load(exported["dop"], "cpu")
    path.write_text(content)


def test_the_command(tmp_path: Path) -> None:
    done = CliRunner().invoke(models, ["export", str(runs()["plain"]), "--out", str(tmp_path / "new")])
    assert done.exit_code == 0 and str(tmp_path / "new" / "README.md") in done.output


def test_what_is_not_exported(exported: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    for cell, out, reason in (
        (runs()["lead-3"], tmp_path / "out", "learns nothing"),
        (runs()["plain"], tmp_path, "is not empty"),
        (exported["plain"], tmp_path / "out", "is an exported model already"),
        (tmp_path / "no", tmp_path / "out", "no such folder"),
    ):
        with pytest.raises(TodsumError, match=reason):
            export(cell, out)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_model_without_weights_is_none(tmp_path: Path) -> None:
    cell = tmp_path / runs()["plain"].name
    shutil.copytree(runs()["plain"], cell, ignore=shutil.ignore_patterns("*.safetensors"))
    with pytest.raises(TodsumError, match="its weights were removed"):
        export(cell, tmp_path / "out")
    assert not (tmp_path / "out").exists()
