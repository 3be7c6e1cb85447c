from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.training import tiny
from todsum.errors import TodsumError
from todsum.modeling import backbones


@pytest.fixture(scope="module")
def bart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.checkpoint("bart", tmp_path_factory.mktemp("bart"))


@pytest.fixture
def copy(bart: Path, tmp_path: Path) -> Path:
    """A checkpoint to spoil."""
    for file in bart.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def edit(file: Path, **changes: object) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


@pytest.mark.parametrize("family", tiny.FAMILIES)
def test_every_family_loads_as_it_was_saved(family: str, tmp_path: Path) -> None:
    folder = tiny.checkpoint(family, tmp_path)
    loaded = backbones.load(folder)
    saved = tiny.model(family).state_dict()
    assert loaded.causal == (family in tiny.CAUSAL)
    assert {name: t.tolist() for name, t in loaded.model.state_dict().items()} == {
        n: t.tolist() for n, t in saved.items()
    }
    assert loaded.tokenizer.pad_token_id is not None
    assert not loaded.model.training


def test_half_precision_checkpoints_are_trained_in_fp32(copy: Path) -> None:
    """from_pretrained would keep the saved dtype."""
    file = copy / "model.safetensors"
    save_file({name: tensor.bfloat16() for name, tensor in load_file(file).items()}, file, metadata={"format": "pt"})
    edit(copy / "config.json", dtype="bfloat16")
    assert {p.dtype for p in backbones.load(copy).model.parameters()} == {torch.float32}


def test_a_checkpoints_own_decoding_settings_are_cleared(copy: Path) -> None:
    edit(copy / "generation_config.json", num_beams=7, min_length=56, no_repeat_ngram_size=3, max_length=142)
    config = backbones.load(copy).model.generation_config
    assert (config.num_beams, config.min_length, config.no_repeat_ngram_size) in {(None, None, None), (1, 0, 0)}
    assert (config.decoder_start_token_id, config.eos_token_id, config.pad_token_id) == (1, 1, 0)


def test_pickled_weights_are_refused(copy: Path) -> None:
    (copy / "model.safetensors").unlink()
    torch.save({}, copy / "pytorch_model.bin")
    with pytest.raises(TodsumError, match=r"no \*\.safetensors; pickled weights are never read"):
        backbones.load(copy)


def test_pickled_weights_beside_safetensors_are_not_opened(copy: Path) -> None:
    (copy / "pytorch_model.bin").write_bytes(b"would fail if opened")
    backbones.load(copy)


@pytest.mark.parametrize("file", ["config.json", "tokenizer_config.json", "generation_config.json"])
def test_custom_code_is_refused(copy: Path, file: str) -> None:
    edit(copy / file, auto_map={"AutoModelForSeq2SeqLM": "evil.Model"})
    (copy / "evil.py").write_text("raise SystemExit('ran')")
    with pytest.raises(TodsumError, match=rf"{file}: asks for custom code \(auto_map\)"):
        backbones.load(copy)


def test_an_attention_implementation_named_by_the_checkpoint_is_not_used(copy: Path) -> None:
    """It may name code to fetch from a hub."""
    edit(copy / "config.json", _attn_implementation="someone/kernel", attn_implementation="someone/kernel")
    assert backbones.load(copy).model.config._attn_implementation == "sdpa"


def test_other_unusable_folders(copy: Path) -> None:
    (copy / "adapter_config.json").write_text("{}")
    with pytest.raises(TodsumError, match="an adapter"):
        backbones.load(copy)
    (copy / "adapter_config.json").unlink()
    edit(copy / "config.json", quantization_config={"quant_method": "gptq"})
    with pytest.raises(TodsumError, match="quantised weights"):
        backbones.load(copy)
    edit(copy / "config.json", quantization_config=None, model_type="vit")
    (copy / "config.json").write_text("{")
    with pytest.raises(TodsumError, match=r"config\.json: not readable as JSON"):
        backbones.load(copy)
    (copy / "config.json").unlink()
    with pytest.raises(TodsumError, match=r"no config\.json"):
        backbones.load(copy)


@pytest.mark.parametrize(
    ("kind", "reason"), [("vit", "can't generate text"), ("no-such", "not a model that transformers")]
)
def test_models_that_are_no_summarizers(copy: Path, kind: str, reason: str) -> None:
    (copy / "config.json").write_text(json.dumps({"model_type": kind}))
    with pytest.raises(TodsumError, match=reason):
        backbones.load(copy)


def test_missing_weights_are_an_error_not_random_numbers(copy: Path) -> None:
    tensors = load_file(copy / "model.safetensors")
    del tensors["model.encoder.layers.0.fc1.weight"]
    save_file(tensors, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(TodsumError, match=r"1 weights of BartForConditionalGeneration are missing, such as model\.enc"):
        backbones.load(copy)


def test_torn_weights_are_an_error(copy: Path) -> None:
    file = copy / "model.safetensors"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(TodsumError, match="weights can't be loaded"):
        backbones.load(copy)


def test_a_tokenizer_beyond_the_model_is_an_error(copy: Path) -> None:
    words = tiny.tokenizer("bart")
    words.add_tokens([f"extra{i}" for i in range(60)])
    words.save_pretrained(copy)
    with pytest.raises(TodsumError, match=r"the tokenizer has \d+ tokens, the model only"):
        backbones.load(copy)


@pytest.mark.parametrize("name", ["/no/such/folder", "./nowhere", "a/b/c", "models/../x/y"])
def test_a_path_that_does_not_exist(name: str) -> None:
    with pytest.raises(TodsumError, match="no such folder; pass one with"):
        backbones.load(name)


def test_a_file_is_no_backbone_and_a_folder_has_no_revision(bart: Path) -> None:
    with pytest.raises(TodsumError, match="is a file"):
        backbones.load(bart / "config.json")
    with pytest.raises(TodsumError, match="a folder has no revision"):
        backbones.load(bart, revision="main")


def test_a_hub_that_cannot_be_reached_says_so_quickly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    def unreachable(*_: object, **__: object) -> None:
        raise ConnectionError("no network")

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", unreachable)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    started = time.monotonic()
    with pytest.raises(TodsumError, match=r"can't be reached \(ConnectionError\); pass a folder") as error:
        backbones.load("someone/bart-base")
    assert time.monotonic() - started < 5
    assert "\n" not in str(error.value)


def test_a_cached_hub_checkpoint_needs_no_network(bart: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub

    def unreachable(*_: object, **__: object) -> None:
        raise ConnectionError("no network")

    asked: list[object] = []

    def cached(name: str, **facts: object) -> str:
        asked.append((name, facts["revision"], facts["local_files_only"]))
        return str(bart)

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", unreachable)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", cached)
    assert not backbones.load("someone/bart-base", "v1").causal
    assert asked == [("someone/bart-base", "v1", True)]


def test_a_hub_checkpoint_without_safetensors_is_not_downloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub
    from huggingface_hub.hf_api import ModelInfo

    info = ModelInfo(id="x/y", sha="abc", siblings=[{"rfilename": "pytorch_model.bin"}])
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", lambda *_, **__: info)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", None)
    with pytest.raises(TodsumError, match=r"no \*\.safetensors at revision abc"):
        backbones.load("x/y")
