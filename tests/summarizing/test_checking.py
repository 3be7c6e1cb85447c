"""A model with a pickle or with code is refused in one line, before anything of it is loaded."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

import todsum
from tests.summarizing.cells import runs
from todsum.errors import TodsumError
from todsum.modeling import backbones
from todsum.summarizing import checking
from todsum.summarizing.export import export


@pytest.fixture(params=["cell", "export"])
def model(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """What is passed, and the folder of its files."""
    trained = runs()["predicted"]

    def never(*_: object) -> None:
        raise AssertionError("it was loaded")

    monkeypatch.setattr(backbones, "load", never)
    if request.param == "export":
        export(trained, tmp_path / "export")
        return tmp_path / "export", tmp_path / "export"
    cell = tmp_path / trained.name
    shutil.copytree(trained, cell)
    return cell, cell / "model"


@pytest.mark.parametrize(
    "name", ["pytorch_model.bin", "tracker/adapter_model.BIN", "a.pt", "x.pkl", "optimizer.pth", "a/b/c.ckpt"]
)
def test_pickles(model: tuple[Path, Path], name: str) -> None:
    shown, folder = model
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(b"")
    with pytest.raises(TodsumError, match="has pickled weights") as caught:
        todsum.load(shown, "cpu")
    assert name in str(caught.value)


def test_far_too_many_files(model: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "MAX_FILES", 5)
    with pytest.raises(TodsumError, match="more than 5 files and folders"):
        todsum.load(model[0], "cpu")


@pytest.mark.parametrize("name", ["modeling_own.py", "tracker/configuration.py", "lib.so"])
def test_code(model: tuple[Path, Path], name: str) -> None:
    shown, folder = model
    (folder / name).write_text("import os")
    with pytest.raises(TodsumError, match="comes with code"):
        todsum.load(shown, "cpu")


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json", "tracker/config.json"])
def test_configurations_that_ask_for_code(model: tuple[Path, Path], name: str) -> None:
    shown, folder = model
    content = json.loads((folder / name).read_text())
    (folder / name).write_text(json.dumps(content | {"deep": [{"auto_map": {"AutoModel": "x.Y"}}]}))
    with pytest.raises(TodsumError, match=r"asks for custom code \(auto_map\)"):
        todsum.load(shown, "cpu")
    (folder / name).write_text("{")
    with pytest.raises(TodsumError, match="not readable as JSON"):
        todsum.load(shown, "cpu")


@pytest.mark.parametrize("name", ["pytorch_model.bin", "modeling.py"])
def test_on_the_hub_names_are_checked_before_the_download(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [SimpleNamespace(rfilename=file) for file in ("config.json", "model.safetensors", name)]
    info = SimpleNamespace(sha="0" * 40, siblings=files)
    monkeypatch.setattr("huggingface_hub.HfApi.model_info", lambda *_, **__: info)
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_, **__: pytest.fail("it was downloaded"))
    with pytest.raises(TodsumError, match=rf"^some/model: .*\({name}\)"):
        todsum.load("some/model")


def test_a_model_on_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export(runs()["plain"], tmp_path / "export")
    names = [p.name for p in (tmp_path / "export").iterdir()]
    info = SimpleNamespace(sha="0" * 40, siblings=[SimpleNamespace(rfilename=name) for name in names])
    monkeypatch.setattr("huggingface_hub.HfApi.model_info", lambda *_, **__: info)
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_, **__: str(tmp_path / "export"))
    assert todsum.load("some/model", "cpu").name == "some/model"
    (tmp_path / "export" / "todsum.json").unlink()
    with pytest.raises(TodsumError, match=r"some/model: no todsum\.json in it"):
        todsum.load("some/model", "cpu")


def test_what_is_no_finished_cell(tmp_path: Path) -> None:
    cell = tmp_path / runs()["plain"].name
    shutil.copytree(runs()["plain"], cell)
    shutil.rmtree(cell / "model")
    with pytest.raises(TodsumError, match="its model was removed"):
        todsum.load(cell)
    (cell / "result.json").unlink()
    with pytest.raises(TodsumError, match="is not finished"):
        todsum.load(cell)
    with pytest.raises(TodsumError, match="5 finished cells in it; pass the folder of one: "):
        todsum.load(runs()["plain"].parents[4])
