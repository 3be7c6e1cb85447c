from __future__ import annotations

import gc
import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report.cells import result, rouge_columns, spec, write_cell
from todsum.bench import result as models
from todsum.bench.result import Spec, read_runs
from todsum.errors import TodsumError


def test_key_is_the_sha256_of_the_written_out_json():
    written = (
        '{"backbone":"tiny","backbone_revision":"abc","dataset":"todsum","fingerprint":"f00d",'
        '"input":{"view":"dialogue"},"key_version":1,"method":"finetune","protocol":"full","seed":0,'
        '"setting":"zero-shot","setting_options":{"single_domain":true},'
        '"settings":{"epochs":3,"prompt":"\\u00e9"},"source":null,"target":"taxi"}'
    )
    cell = spec(settings={"prompt": "é", "epochs": 3})
    assert cell.key() == hashlib.sha256(written.encode()).hexdigest()
    assert str(cell.folder()) == f"todsum/zero-shot/taxi/finetune/0-{cell.key()[:8]}"


@pytest.mark.parametrize(
    "change",
    [
        {"key_version": 2}, {"dataset": "qmsum"}, {"protocol": "low-resource"}, {"fingerprint": "beef"},
        {"input": {"view": "gold"}}, {"setting": "few-shot"}, {"setting_options": {}}, {"target": "train"},
        {"source": "hotel"}, {"method": "lead-3"}, {"settings": {"epochs": 4, "prompt": "none"}}, {"backbone": None},
        {"backbone_revision": "abd"}, {"seed": 1},
    ],
)  # fmt: skip
def test_everything_but_the_label_changes_the_key(change):
    assert spec(**change).key() != spec().key()
    assert spec(label="other").key() == spec().key()
    assert set(change) < set(Spec.model_fields)


def test_a_changed_copy_has_a_key_of_its_own():
    cell = spec()
    assert cell.key() != cell.model_copy(update={"seed": 1}).key() == spec(seed=1).key()
    assert cell.model_dump() == spec().model_dump() and cell == spec()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from(["lr", "prompt", "x y"]), json_values))
def test_key_survives_the_disk(values):
    cell = spec(settings=values)
    assert Spec.model_validate_json(cell.model_dump_json()).key() == cell.key()


def test_a_cell_with_a_result_is_finished_and_one_without_is_not(tmp_path):
    write_cell(tmp_path, done := spec(seed=0), result(done, rouge_columns([0.5])), {"state": "running"})
    write_cell(tmp_path, spec(seed=1), None, {"state": "finished"})
    write_cell(tmp_path, spec(seed=2), None, {"state": "failed", "reason": "out of memory"})
    (write_cell(tmp_path, spec(seed=3)) / "status.json").unlink()
    (tmp_path / done.folder() / ".result.json.tmp").write_text("{")
    states = {r.spec.seed: (r.status.state, r.status.reason, r.result is not None) for r in read_runs(tmp_path)}
    assert states[0] == ("finished", None, True)
    assert states[1] == ("running", "stopped before result.json was written: run the suite again", False)
    assert states[2] == ("failed", "out of memory", False)
    assert states[3] == ("running", None, False)
    assert len(read_runs(tmp_path / "todsum" / "zero-shot")) == 4


def broken(tmp_path, text=None, name="result.json", **changes):
    content = result(spec(), rouge_columns([0.5, 0.5])) | changes
    folder = write_cell(tmp_path, spec(), content)
    if text is not None:
        (folder / name).write_bytes(text)
    with pytest.raises(TodsumError) as caught:
        read_runs(tmp_path)
    assert "\n" not in str(caught.value)
    assert f"{folder / name}: " in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("name", ["spec.json", "status.json", "result.json"])
@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff\xfe", b'{"state": 3}', b"[" * 5000])
def test_files_that_are_no_records_are_named(tmp_path, name, text):
    broken(tmp_path, text, name)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"n": 3}, "ids has 2 entries for n = 3"),
        ({"groups": ["a"]}, "groups has 1 entries"),
        ({"columns": {"rouge1": [0.5]}}, "rouge1 has 1 entries"),
        ({"ids": ["x", "x"]}, "ids are repeated"),
        ({"columns": {"rouge1": [0.5, 50.0]}}, "rouge1 is above 1"),
        ({"columns": {"rouge1": [0.5, -0.1]}}, "greater than or equal to 0"),
        ({"columns": {"rouge1": [0.5, "0.5"]}}, "valid number"),
        ({"scores": {"rouge1": float("nan")}}, "NaN is no JSON"),
        ({"key": "0" * 64}, "key is not that of the spec"),
        ({"extra": 1}, "unknown field 'extra'"),
        ({"notes": ["two\nlines"]}, "pattern"),
        ({"leak": 3}, "leak"),
    ],
)
def test_results_that_do_not_fit_are_refused_with_the_reason(tmp_path, changes, reason):
    assert reason in broken(tmp_path, **changes)


def test_the_official_metric_may_exceed_one(tmp_path):
    columns = {"consistency_official_precision": [1.5], "consistency_official_recall": [0.5]}
    write_cell(tmp_path, spec(), result(spec(), columns))
    assert read_runs(tmp_path)[0].result.scores["consistency_official_precision"] == 1.5


def test_a_missing_field_is_named(tmp_path):
    content = result(spec(), rouge_columns([0.5, 0.5]))
    del content["reads"]
    assert "reads: Field required" in broken(tmp_path, json.dumps(content).encode())


def test_mixed_up_files_are_refused(tmp_path):
    folder = write_cell(tmp_path, spec(), result(spec(seed=1), rouge_columns([0.5])))
    with pytest.raises(TodsumError, match=r"not the one of spec\.json"):
        read_runs(tmp_path)
    moved = folder.rename(folder.with_name("1-deadbeef"))
    with pytest.raises(TodsumError, match="belongs into a folder named 0-"):
        read_runs(tmp_path)
    (moved / "spec.json").unlink()
    with pytest.raises(TodsumError, match=r"spec\.json: missing"):
        read_runs(tmp_path)


def test_all_broken_cells_are_named_with_what_to_remove(tmp_path):
    folders = [write_cell(tmp_path, spec(seed=seed), result(spec(seed=seed), rouge_columns([0.5]))) for seed in (0, 1)]
    write_cell(tmp_path, spec(seed=2), result(spec(seed=2), rouge_columns([0.5])))
    (folders[0] / "result.json").write_text("{")
    with pytest.raises(TodsumError) as caught:
        read_runs(tmp_path)
    assert str(caught.value).endswith(f"; remove {folders[0]} to run it again")
    (folders[1] / "spec.json").unlink()
    with pytest.raises(TodsumError) as caught:
        read_runs(tmp_path)
    message = str(caught.value)
    assert "\n" not in message
    assert f"{folders[0] / 'result.json'}: " in message
    assert f"{folders[1] / 'spec.json'}: missing" in message
    assert message.endswith(f"; remove {folders[0]}, {folders[1]} to run them again")


def test_a_cell_that_is_there_twice_is_refused(tmp_path):
    for runs in ("one", "two"):
        write_cell(tmp_path / runs, spec(), result(spec(), rouge_columns([0.5])))
    with pytest.raises(TodsumError, match="same cell"):
        read_runs(tmp_path)


def test_a_huge_file_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setitem(models._MAX_BYTES, "result.json", 100)
    assert "that are allowed" in broken(tmp_path)


def test_folders_without_cells(tmp_path):
    with pytest.raises(TodsumError, match="no such run directory"):
        read_runs(tmp_path / "nowhere")
    with pytest.raises(TodsumError, match="no cells here"):
        read_runs(tmp_path)


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "a\nb", "x" * 101])
def test_names_that_are_no_folder_names_are_refused(name):
    with pytest.raises(ValueError, match="target"):
        spec(target=name)


def test_a_cell_killed_while_its_label_was_changed_is_read(tmp_path):
    write_cell(tmp_path, spec(label="new"), result(spec(label="old"), rouge_columns([0.5])))
    assert read_runs(tmp_path)[0].spec.label == "new"


def test_cells_are_read_from_the_folders_that_are_asked_for_each_file_once(tmp_path, monkeypatch):
    folders = [write_cell(tmp_path, cell := spec(seed=seed), result(cell, rouge_columns([0.5]))) for seed in range(4)]
    read = []
    real = models.read_record
    monkeypatch.setattr(models, "read_record", lambda path, model: read.append(path) or real(path, model))
    assert [record.folder for record in models.read_cells(folders[2:0:-1])] == [folders[2], folders[1]]
    assert sorted(read) == sorted(
        f / name for f in folders[1:3] for name in ("spec.json", "status.json", "result.json")
    )
    assert gc.isenabled()
    (folders[0] / "spec.json").write_text("{")
    with pytest.raises(TodsumError, match=r"spec\.json"):
        models.read_cells(folders)
    assert gc.isenabled()


@pytest.mark.parametrize("target", ["result.json", "nowhere.json"])
def test_a_result_that_is_a_broken_link_is_no_missing_result(tmp_path, target):
    folder = write_cell(tmp_path, spec(), result(spec(), rouge_columns([0.5])))
    (folder / "result.json").unlink()
    (folder / "result.json").symlink_to(target)
    with pytest.raises(TodsumError, match=r"result\.json"):
        read_runs(tmp_path)
