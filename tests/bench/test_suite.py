from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest
import yaml

from tests.bench.toy import toy_data, write_suite
from tests.conftest import ROOT
from todsum.bench import configured_method, grid_data
from todsum.bench.cell import plan
from todsum.bench.only import Only
from todsum.bench.result import Spec
from todsum.bench.suite import DATASETS, read_suite
from todsum.data import builder
from todsum.data.lock import benchmarks_folder
from todsum.data.sources import MARKERS
from todsum.data.views import VIEWS
from todsum.errors import TodsumError
from todsum.leaderboard.meta import Run

BAD: list[tuple[dict[str, Any], str]] = [
    ({"dataset": "todsun"}, "unknown data set 'todsun': did you mean todsum"),
    ({"settings": ["zero-shots"]}, "unknown setting 'zero-shots': did you mean zero-shot"),
    ({"settings": [{"name": "few-shot"}]}, "few-shot needs k"),
    ({"settings": [{"name": "in-domain", "single_domain": True}]}, "takes no targets and no single_domain"),
    ({"settings": [{"name": "zero-shot", "sources": ["taxi"]}]}, "takes no sources"),
    ({"settings": [{"name": "zero-shot", "targest": ["taxi"]}]}, "unknown field 'targest': did you mean targets"),
    ({"settings": []}, "settings"),
    ({"view": "gold"}, "todsum has no view gold"),
    ({"view": "golden"}, "view"),
    ({"methods": ["lead-3", "lead-3"]}, "lead-3 is there twice"),
    ({"seeds": [1, 1]}, "a seed is there twice"),
    ({"seeds": [True]}, "expected a number, not true or false"),
    ({"settings": [{"name": "few-shot", "k": True}]}, "expected a number, not true or false"),
    ({"seeds": [99999999999999999999]}, "less than"),
    ({"markers": True}, "todsum has no transcription markers"),
    ({"markers": True, "dataset": "mts-dialog"}, "mts-dialog has no transcription markers"),
    ({"view": "gold", "dataset": "mts-dialog"}, "mts-dialog has no view gold: it has dialogue"),
    ({"methods": [{"name": "lead-3", "label": "a\tb"}]}, "label"),
    ({"seeds": [-1]}, "greater than or equal to 0"),
    ({"sedes": [1]}, "unknown field 'sedes': did you mean seeds"),
    ({"methods": [{"name": "lead-3", "label": "a/b"}]}, "label"),
]


@pytest.mark.parametrize(("changes", "reason"), BAD)
def test_a_bad_suite_is_refused(changes: dict[str, Any], reason: str, tmp_path: Path) -> None:
    with pytest.raises(TodsumError, match=reason) as raised:
        read_suite(write_suite(tmp_path / "bad.yaml", **changes))
    assert str(tmp_path / "bad.yaml") in str(raised.value)
    assert "\n" not in str(raised.value)


PLANNED: list[tuple[dict[str, Any], str]] = [
    ({"methods": ["led-3"]}, "unknown method 'led-3': did you mean lead-3"),
    ({"methods": [{"name": "lead-3", "settings": {"units": "turn"}}]}, "unknown field 'units': did you mean unit"),
    ({"methods": [{"name": "lead-3", "settings": {"n": "many"}}]}, "settings of lead-3: n"),
    ({"methods": [{"name": "finetune", "settings": {"backbone": "scratch", "learning_rate": "inf"}}]}, "finite"),
    ({"settings": [{"name": "zero-shot", "targets": ["taxy"]}]}, "unknown domain 'taxy': did you mean taxi"),
    ({"methods": ["lead-3", {"name": "lead-3", "label": "again"}]}, "are the same cell"),
    ({"dataset": "qmsum"}, "no qmsum in it"),
]


@pytest.mark.parametrize(("changes", "reason"), PLANNED)
def test_what_only_the_plan_can_see(
    changes: dict[str, Any], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))
    suite = read_suite(write_suite(tmp_path / "bad.yaml", **changes))
    with pytest.raises(TodsumError, match=reason):
        plan(suite, toy_data(tmp_path / "data"))


@pytest.mark.parametrize("raw", [b"a: [", b"- 1", b"\xff", b"", b"name: x", b"&a [*a]"])
def test_what_is_no_suite_is_refused(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_bytes(raw)
    with pytest.raises(TodsumError, match=r"s\.yaml"):
        read_suite(tmp_path / "s.yaml")
    with pytest.raises(TodsumError, match="No such file"):
        read_suite(tmp_path / "none.yaml")


QMSUM = {"dataset": "qmsum", "settings": ["in-domain"], "methods": ["lead-3"]}
BAND = {"dataset": "t", "setting": "s", "target": "t", "method": "m", "score": "x"}
TOP: list[tuple[dict[str, Any], str]] = [
    ({"simulate": {"dialogues": 30}, "protocol": "low-resource"}, "no low-resource protocol"),
    ({"simulate": {"dialogues": 30}, "grids": [QMSUM]}, r"set simulate\.meetings"),
    ({"simulate": {"dialogues": 30}, "grids": [QMSUM | {"dataset": "mts-dialog"}]}, "mts-dialog can't be simulated"),
    ({"protocol": "ful"}, "protocol"),
    ({"bands": [BAND | {"low": 2, "high": 1}]}, "is above high"),
]


@pytest.mark.parametrize(("changes", "reason"), TOP)
def test_what_does_not_fit_together_is_refused(changes: dict[str, Any], reason: str, tmp_path: Path) -> None:
    path = write_suite(tmp_path / "s.yaml")
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")
    with pytest.raises(TodsumError, match=reason):
        read_suite(path)


def test_a_key_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = write_suite(tmp_path / "s.yaml")
    path.write_text(path.read_text(encoding="utf-8") + "name: again\n", encoding="utf-8")
    with pytest.raises(TodsumError, match="'name' is there twice"):
        read_suite(path)


def test_located_spans_are_part_of_the_key(data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))
    shutil.copytree(data_dir / "qmsum" / "data", tmp_path / "qmsum" / "data")
    shutil.copytree(data_dir / "qmsum" / "extracted_span", tmp_path / "qmsum" / "extracted_span")
    suite = read_suite(write_suite(tmp_path / "s.yaml", dataset="qmsum", view="located"))
    (before,) = plan(suite, tmp_path)
    with (tmp_path / "qmsum" / "extracted_span" / "test.txt").open("a", encoding="utf-8") as stream:
        stream.write("<s> q </s> other </s>\n")
    (after,) = plan(suite, tmp_path)
    assert before.spec.key() != after.spec.key()


def test_every_data_set_is_known_to_suites_views_and_the_leaderboard() -> None:
    submitted = get_args(Run.model_fields["dataset"].annotation)
    assert DATASETS == tuple(builder.BUILDERS) == tuple(VIEWS) == submitted == tuple(MARKERS)
    assert {path.name.split(".")[0] for path in (benchmarks_folder() / "data").glob("*.lock.json")} == set(DATASETS)


def test_yaml_never_makes_objects(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("name: !!python/object/apply:os.system ['true']\n", encoding="utf-8")
    with pytest.raises(TodsumError, match="broken YAML"):
        read_suite(tmp_path / "s.yaml")


def test_the_plan_has_every_cell_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))
    data = toy_data(tmp_path / "data")
    settings = ["in-domain", "zero-shot", {"name": "transfer", "single_domain": True}, {"name": "few-shot", "k": 2}]
    finetune = {"name": "finetune", "settings": {"backbone": "scratch"}}
    path = write_suite(tmp_path / "s.yaml", settings=settings, methods=["lead-3", finetune], seeds=[1, 2])
    cells = plan(read_suite(path), data)
    found = [(c.spec.setting, c.spec.source, c.spec.target, c.spec.method, c.spec.seed) for c in cells]
    pairs = [("in-domain", None, "all")]
    pairs += [("zero-shot", None, target) for target in ("hotel", "taxi")]
    pairs += [("transfer", s, t) for s in ("hotel", "taxi") for t in ("hotel", "taxi")]
    pairs += [("few-shot", None, target) for target in ("hotel", "taxi")]
    wanted = [(*pair, "lead-3", 0) for pair in pairs] + [(*pair, "finetune", seed) for pair in pairs for seed in (1, 2)]
    assert sorted(found, key=str) == sorted(wanted, key=str)
    assert all(c.spec.dataset == "todsum-sim" and c.spec.protocol == "simulated" for c in cells)
    only = Only(["target=tax*", "method=finetune", "seed=2", "setting=zero-shot"])
    some = plan(read_suite(path), data, only)
    assert [(c.spec.target, c.spec.seed) for c in some] == [("taxi", 2)]


def test_the_key_follows_the_settings_and_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))

    def key(data: Path, **changes: Any) -> str:
        (cell,) = plan(read_suite(write_suite(tmp_path / "s.yaml", **changes)), data)
        return cell.spec.key()

    data, other = toy_data(tmp_path / "data"), toy_data(tmp_path / "other", test=23)
    first = key(data)
    assert first == key(data) == key(data, methods=[{"name": "lead-3", "label": "named"}])
    keys = [
        first,
        key(other),
        key(data, methods=[{"name": "lead-3", "settings": {"n": 2}}]),
        key(data, methods=["longest-3"]),
    ]
    assert len(set(keys)) == 4


def test_what_cells_have_in_common_is_found_out_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Planning is the same work for each cell however many there are."""
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))
    calls: Counter[str] = Counter()

    def counted(module: ModuleType, name: str) -> None:
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *given: calls.update([name]) or real(*given))

    for module, name in ((configured_method, "method_class"), (builder, "domains_of"), (grid_data, "fingerprint")):
        counted(module, name)
    monkeypatch.setattr(Spec, "canonical", lambda spec, real=Spec.canonical: calls.update(["canonical"]) or real(spec))
    methods = [{"name": "lead-3", "label": f"lead-{n}", "settings": {"n": n}} for n in range(1, 9)]
    path = write_suite(tmp_path / "s.yaml", settings=["in-domain", "zero-shot", "transfer"], methods=methods)
    cells = plan(read_suite(path), toy_data(tmp_path / "data"))
    assert len(cells) == 8 * (1 + 2 + 4)
    assert len({cell.spec.key() for cell in cells}) == len(cells)
    assert calls == {"method_class": 8, "domains_of": 1, "fingerprint": 1, "canonical": len(cells)}


def test_a_plan_does_not_import_what_trains(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from todsum.bench.cell import plan; from todsum.bench.suite import "
        "read_suite; cells = plan(read_suite(Path(sys.argv[1])), Path(sys.argv[2])); "
        "assert cells[0].spec.backbone_revision; print(*sys.modules)"
    )
    method = {"name": "finetune", "settings": {"backbone": "todsum-mini"}}
    suite, data = write_suite(tmp_path / "s.yaml", methods=[method]), toy_data(tmp_path / "data")
    environment = os.environ | {"TODSUM_CACHE": str(tmp_path / "cache")}
    command = [sys.executable, "-c", code, str(suite), str(data)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.split()
    assert not {"torch", "transformers", "peft"} & set(said)


@pytest.mark.parametrize("path", sorted((ROOT / "benchmarks").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_projects_own_suites_are_valid(path: Path) -> None:
    suite = read_suite(path)
    assert suite.name == path.stem
    assert len(yaml.safe_dump(suite.description)) < 200
