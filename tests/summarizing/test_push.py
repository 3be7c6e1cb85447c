"""Exported models on a hub: published whole, once, and loaded from there; what is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.data.hub_stub import TOKEN, Hub, content, hub, push, run_with
from tests.summarizing.cells import examples, predictions, runs
from todsum.bench.result import SPEC, Spec, read_record
from todsum.errors import TodsumError
from todsum.summarizing.export import export
from todsum.summarizing.exported_folder import files_to_push, licences
from todsum.summarizing.model_card import data_licence

LABELS = ("plain", "predicted", "dop")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("to-push")
    for label in LABELS:
        export(runs()[label], folder / label)
    return {label: folder / label for label in LABELS}


@pytest.fixture
def stub() -> Iterator[Hub]:
    with hub() as running:
        yield running


@pytest.fixture
def copy(exported: dict[str, Path], tmp_path: Path) -> Callable[[str], Path]:
    return lambda label: Path(shutil.copytree(exported[label], tmp_path / f"copy-{label}"))


def published(stub: Hub, branch: str = "main") -> dict[str, bytes]:
    repository = stub.models["me/toy"]
    files = dict(repository.commits[repository.branches[branch]])
    files.pop(".gitattributes", None)
    return files


def change(path: Path, edit: Callable[[Any], None]) -> None:
    """Edits a JSON file."""
    value = json.loads(path.read_text(encoding="utf-8"))
    edit(value)
    path.write_text(json.dumps(value), encoding="utf-8")


def list_again(folder: Path) -> None:
    """Makes the manifest list what is in the folder, as somebody might who wants to get past the check."""
    names = content(folder).keys() - {"todsum.json", "README.md"}
    files = {name: sha256((folder / name).read_bytes()).hexdigest() for name in names}
    change(folder / "todsum.json", lambda manifest: manifest.update(files=files))


def on_backbone(folder: Path, backbone: str) -> None:
    """Makes an adapter one on another backbone."""
    change(folder / "adapter_config.json", lambda config: config.update(base_model_name_or_path=backbone))
    list_again(folder)


def test_a_model_is_published_in_one_commit_and_loads_from_there(
    stub: Hub, exported: dict[str, Path], tmp_path: Path
) -> None:
    code, out, err = push(stub, "models", exported["plain"], tmp_path, "--private")
    assert code == 0, err
    repository = stub.models["me/toy"]
    assert published(stub) == content(exported["plain"])
    assert len(repository.commits) == 2 and repository.private and not stub.repositories
    assert out.splitlines()[-1] == f"{stub.url}/me/toy/commit/{repository.branches['main']}"
    assert f"Bearer {TOKEN}" in stub.tokens
    assert any(asked.startswith("PUT /objects/") for asked in stub.asked), "weights go as LFS"
    load = (
        "import json, todsum; from tests.data.hub_stub import TOKEN\n"
        "from todsum.data.schema import Turn\n"
        f"turns = {[[(turn.speaker, turn.text) for turn in e.turns] for e in examples()[:3]]!r}\n"
        "print(json.dumps(todsum.load('me/toy', 'cpu').summarize(turns)))"
    )
    done = run_with(stub, load, tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [predictions("plain")[e.id] for e in examples()[:3]]


def test_another_model_in_its_place_leaves_nothing_of_it(
    stub: Hub, exported: dict[str, Path], copy: Callable[[str], Path], tmp_path: Path
) -> None:
    assert push(stub, "models", exported["predicted"], tmp_path)[0] == 0
    repository = stub.models["me/toy"]
    repository.commits[repository.branches["main"]]["evaluation.json"] = b"{}"
    adapter = copy("dop")
    on_backbone(adapter, "me/backbone")
    code, _, err = push(stub, "models", adapter, tmp_path)
    assert code == 0, err
    assert "model.safetensors" not in content(adapter) and "tracker/config.json" in content(exported["predicted"])
    assert published(stub) == content(adapter) | {"evaluation.json": b"{}"}, "what is not ours stays"
    assert len(repository.commits) == 3
    assert push(stub, "models", adapter, tmp_path)[0] == 0
    assert len(repository.commits) == 3, "nothing has changed: no commit"


def test_a_revision_is_a_branch(stub: Hub, exported: dict[str, Path], tmp_path: Path) -> None:
    assert push(stub, "models", exported["plain"], tmp_path, "--revision", "v2")[0] == 0
    assert published(stub, "v2") == content(exported["plain"])
    assert published(stub) == {}


def test_broken_and_busy_connections_are_tried_again(stub: Hub, exported: dict[str, Path], tmp_path: Path) -> None:
    stub.broken["PUT /objects/"] = 1
    stub.lost["POST /commit/"] = 1
    code, _, err = push(stub, "models", exported["plain"], tmp_path)
    assert code == 0 and "failed" in err, err
    assert published(stub) == content(exported["plain"]) and len(stub.models["me/toy"].commits) == 2
    stub.broken["HEAD /todsum.json"] = 1
    stub.busy["POST /preupload/"] = 1
    code, _, err = push(stub, "models", exported["predicted"], tmp_path)
    assert code == 0, err
    assert published(stub) == content(exported["predicted"])


def test_a_connection_that_keeps_breaking_publishes_nothing(
    stub: Hub, exported: dict[str, Path], tmp_path: Path
) -> None:
    stub.broken["POST /commit/"] = 99
    code, _, err = push(stub, "models", exported["plain"], tmp_path)
    assert code == 2 and "me/toy: nothing was published" in err, err
    assert published(stub) == {}, "no half of it"


def test_a_dry_run_talks_to_nobody(stub: Hub, exported: dict[str, Path], tmp_path: Path) -> None:
    code, out, err = push(stub, "models", exported["plain"], tmp_path, "--dry-run", "--private", HF_TOKEN="")
    assert code == 0 and stub.asked == []
    assert {line.split()[1] for line in out.splitlines()} == set(content(exported["plain"]))
    assert f"{(exported['plain'] / 'model.safetensors').stat().st_size:,}" in out
    assert f"to {stub.url}/me/toy, branch main, private" in err and "nothing was sent" in err


def test_what_is_there_may_refuse_a_push(stub: Hub, exported: dict[str, Path], tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    stub.add("me/toy", other, "model")
    code, _, err = push(stub, "models", exported["plain"], tmp_path, "--private")
    assert code == 2 and "it is public already" in err
    (other / "todsum.json").write_text('{"todsum": 2}', encoding="utf-8")
    stub.add("me/toy", other, "model")
    code, _, err = push(stub, "models", exported["plain"], tmp_path)
    assert code == 2 and "todsum.json of the repository: " in err, err
    assert published(stub) == content(other), "as it was"


def test_nobody_is_asked_without_a_token_or_offline(stub: Hub, exported: dict[str, Path], tmp_path: Path) -> None:
    code, _, err = push(stub, "models", exported["plain"], tmp_path, HF_HUB_OFFLINE="1")
    assert code == 2 and "HF_HUB_OFFLINE is set" in err
    code, _, err = push(stub, "models", exported["plain"], tmp_path, HF_TOKEN="", HF_TOKEN_PATH=str(tmp_path / "none"))
    assert code == 2 and "set HF_TOKEN, or log in" in err
    code, _, err = push(stub, "models", exported["dop"], tmp_path)
    assert code == 2 and "without which nobody can load it" in err
    assert stub.asked == []


def test_files_that_the_export_did_not_write(copy: Callable[[str], Path]) -> None:
    folder = copy("predicted")
    assert {path.relative_to(folder).as_posix() for path in files_to_push(folder)} == content(folder).keys()
    for name, reason in (
        (".env", r"\.env was not written by"),
        ("tracker/notes.txt", "tracker/notes.txt was not written by"),
        ("tracker/todsum.json", "tracker/todsum.json was not written by"),
        ("pytorch_model.bin", "pickled weights"),
        ("modeling.py", "comes with code"),
    ):
        (folder / name).write_bytes(b"{}")
        with pytest.raises(TodsumError, match=reason):
            files_to_push(folder)
        (folder / name).unlink()
    (folder / "rows.parquet").touch()
    list_again(folder)
    with pytest.raises(TodsumError, match=r"rows\.parquet was not written by"):
        files_to_push(folder)


def test_files_that_are_not_as_the_export_wrote_them(copy: Callable[[str], Path]) -> None:
    folder = copy("predicted")
    weights = folder / "tracker" / "model.safetensors"
    told = weights.read_bytes()
    weights.write_bytes(told[:-1] + bytes([told[-1] ^ 1]))
    with pytest.raises(TodsumError, match="has changed since the export"):
        files_to_push(folder)
    weights.unlink()
    with pytest.raises(TodsumError, match=r"tracker/model\.safetensors is missing: export it again"):
        files_to_push(folder)
    weights.write_bytes(told)
    change(folder / "config.json", lambda config: config.update(auto_map={"AutoModel": "mine.Model"}))
    list_again(folder)
    with pytest.raises(TodsumError, match="asks for custom code"):
        files_to_push(folder)


def test_a_broken_manifest(copy: Callable[[str], Path]) -> None:
    folder = copy("plain")
    change(folder / "todsum.json", lambda manifest: manifest["files"].update({"config.json": "0"}))
    with pytest.raises(TodsumError, match=r"todsum\.json: files\.config\.json"):
        files_to_push(folder)
    (folder / "todsum.json").write_bytes(b'{"todsum": 1')
    with pytest.raises(TodsumError, match="broken JSON"):
        files_to_push(folder)
    (folder / "todsum.json").unlink()
    with pytest.raises(TodsumError, match="not a model that `todsum-bench models export` wrote"):
        files_to_push(folder)


def test_the_card_may_be_edited_but_not_another_models(exported: dict[str, Path], copy: Callable[[str], Path]) -> None:
    folder = copy("plain")
    card = folder / "README.md"
    told = card.read_text(encoding="utf-8")
    assert len(licences(folder)) == 2 and "none stated" in licences(folder)[1]
    card.write_text(told.replace("license: unknown", "license: apache-2.0") + "\nBy me.\n", encoding="utf-8")
    assert card in files_to_push(folder)
    assert licences(folder) == ["licence of the training data: none, simulated data; the folder holds none of it"]
    shutil.copyfile(exported["predicted"] / "README.md", card)
    with pytest.raises(TodsumError, match="not the card of this model"):
        files_to_push(folder)
    card.unlink()
    with pytest.raises(TodsumError, match=r"README\.md is missing"):
        files_to_push(folder)


@pytest.mark.parametrize("dataset", ["todsum", "qmsum", "todsum-sim", "hub-me-toy"])
def test_the_weights_do_not_get_the_licence_of_the_data(dataset: str, copy: Callable[[str], Path]) -> None:
    from todsum.summarizing.manifest import read_manifest
    from todsum.summarizing.model_card import card

    manifest = read_manifest(copy("plain"))
    spec = manifest.spec.model_copy(update={"dataset": dataset})
    text = card(manifest.model_copy(update={"spec": spec}), adapter=False)
    assert text.split("---\n")[1].startswith("license: unknown\n")
    assert f"that of the training data ({data_licence(spec)})" in " ".join(text.split())


def test_adapters_on_backbones_that_others_have(
    copy: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copy("dop")
    backbone = str(runs()["dop"].parents[5] / "backbone")
    with pytest.raises(TodsumError, match=rf"on the backbone {backbone}, a folder .*publish the backbone on the hub"):
        files_to_push(folder)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "org" / "here").mkdir(parents=True)
    for local in ("../backbone", "~/backbone", "org/here"):
        on_backbone(folder, local)
        with pytest.raises(TodsumError, match="a folder of this machine"):
            files_to_push(folder)
    for known in ("todsum-mini", "smollm2-135m", "google/pegasus-large"):
        on_backbone(folder, known)
        assert folder / "adapter_config.json" in files_to_push(folder)
    change(folder / "adapter_config.json", lambda config: config.pop("base_model_name_or_path"))
    list_again(folder)
    with pytest.raises(TodsumError, match="names no base_model_name_or_path"):
        files_to_push(folder)


def test_a_cell_itself_is_no_export() -> None:
    assert read_record(runs()["plain"] / SPEC, Spec).label == "plain"
    with pytest.raises(TodsumError, match=r"no todsum\.json in it"):
        files_to_push(runs()["plain"] / "model")
