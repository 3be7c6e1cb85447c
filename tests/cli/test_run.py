from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.bench.toy import toy_data, write_suite
from tests.cli.test_main import run_main
from tests.conftest import ROOT
from todsum.bench import store
from todsum.bench.cell import plan
from todsum.bench.store import CellStore
from todsum.bench.suite import Band, read_suite
from todsum.cli.bands import leaves_band
from todsum.data.builder import build
from todsum.data.lock import read_lock
from todsum.data.schema import from_rows
from todsum.methods import registry


@pytest.fixture(autouse=True)
def methods(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))
    for name in ("Slow", "Short", "Mute"):
        entry = registry.Entry(f"tests.bench.slow_method:{name}", "a method for tests")
        monkeypatch.setitem(registry.BUILT_IN, name.lower(), entry)


def statuses(out: Path) -> dict[str, str]:
    """State by method and target."""
    found = {}
    for path in out.rglob("status.json"):
        spec = json.loads((path.parent / "spec.json").read_text(encoding="utf-8"))
        found[f"{spec['method']}/{spec['target']}"] = json.loads(path.read_text(encoding="utf-8"))["state"]
    return found


def test_a_run_prints_its_table_and_is_not_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = toy_data(tmp_path / "data"), tmp_path / "runs"
    suite = write_suite(tmp_path / "s.yaml", methods=["lead-3", "state-template"], settings=["in-domain", "zero-shot"])
    arguments = ("run", str(suite), "--data", str(data), "--out", str(out))
    assert run_main(monkeypatch, *arguments) == 0
    first = capsys.readouterr()
    assert "| lead-3" in first.out and "| state-template" in first.out
    assert "6 cells: 6 finished" in first.err
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.json*")}
    assert run_main(monkeypatch, *arguments) == 0
    second = capsys.readouterr()
    assert second.out == first.out
    assert "6 cells: 6 cached" in second.err
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.json*")} == before
    assert set(statuses(out).values()) == {"finished"}


def test_scores_are_recomputed_from_predictions_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = toy_data(tmp_path / "data"), tmp_path / "runs"
    suite = write_suite(tmp_path / "s.yaml", methods=["longest-3"], settings=["zero-shot"])
    assert run_main(monkeypatch, "run", str(suite), "--data", str(data), "--out", str(out)) == 0
    capsys.readouterr()
    cells = [path.parent for path in out.rglob("result.json")]
    assert len(cells) == 2
    for cell in cells:
        assert run_main(monkeypatch, "score", "--cell", str(cell), "--data", str(data), "--json") == 0
        found = json.loads(capsys.readouterr().out)
        result = json.loads((cell / "result.json").read_text(encoding="utf-8"))
        assert found["n"] == result["n"] == 11
        assert found["scores"] == {k: v if v is None else 100 * v for k, v in result["scores"].items()}
        edited = result | {"scores": result["scores"] | {"rouge1": 0.5}}
        (cell / "result.json").write_text(json.dumps(edited), encoding="utf-8")
        assert run_main(monkeypatch, "score", "--cell", str(cell), "--data", str(data)) == 2
        assert "rouge1 is" in capsys.readouterr().err
        lines = (cell / "predictions.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
        (cell / "predictions.jsonl").write_text("".join(lines[1:]), encoding="utf-8")
        assert run_main(monkeypatch, "score", "--cell", str(cell), "--data", str(data)) == 2
        assert "no prediction for 1 example" in capsys.readouterr().err


def test_a_metric_of_another_version_scores_again_without_the_method(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out, diary = toy_data(tmp_path / "data"), tmp_path / "runs", tmp_path / "diary"
    slow = {"name": "slow", "settings": {"diary": str(diary), "pause": 0}}
    suite = write_suite(tmp_path / "s.yaml", methods=[slow])
    arguments = ("run", str(suite), "--data", str(data), "--out", str(out))
    assert run_main(monkeypatch, *arguments) == 0
    first, notes = capsys.readouterr().out, diary.read_text(encoding="utf-8")
    (path,) = out.rglob("result.json")
    new = path.read_text(encoding="utf-8")
    old = json.loads(new)
    old["signatures"]["rouge"] += "|older:yes"
    old["columns"]["rouge1"] = [0.0] * old["n"]
    old["scores"]["rouge1"] = 0.0
    path.write_text(json.dumps(old), encoding="utf-8")
    assert run_main(monkeypatch, *arguments) == 0
    assert capsys.readouterr().out == first
    assert json.loads(path.read_text(encoding="utf-8")) == json.loads(new)
    assert diary.read_text(encoding="utf-8") == notes


def test_a_method_written_from_references_says_so_in_its_results_old_ones_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Results from before the declaration lack the field; they are scored again with a metric of another version."""
    data, out = toy_data(tmp_path / "data"), tmp_path / "runs"
    suite = write_suite(tmp_path / "s.yaml", methods=["lead-3", "state-template", "state-plain"])
    arguments = ("run", str(suite), "--data", str(data), "--out", str(out))
    assert run_main(monkeypatch, *arguments) == 0
    results = {path: json.loads(path.read_text(encoding="utf-8")) for path in out.rglob("result.json")}
    declared = {result["spec"]["method"]: result["reads"]["target_references"] for result in results.values()}
    assert declared == {"lead-3": False, "state-template": True, "state-plain": False}
    for path, result in results.items():
        old = json.loads(json.dumps(result))
        del old["reads"]["target_references"]
        old["signatures"]["rouge"] += "|older:yes"
        path.write_text(json.dumps(old), encoding="utf-8")
    assert run_main(monkeypatch, *arguments) == 0
    assert {path: json.loads(path.read_text(encoding="utf-8")) for path in results} == results


def test_two_workers_give_the_same_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = toy_data(tmp_path / "data")
    suite = write_suite(tmp_path / "s.yaml", methods=["lead-3", "longest-3"], settings=["zero-shot"])
    tables = []
    for workers in ("1", "2"):
        out = tmp_path / f"runs{workers}"
        assert (
            run_main(monkeypatch, "run", str(suite), "--data", str(data), "--out", str(out), "--workers", workers) == 0
        )
        tables.append(capsys.readouterr().out)
    assert tables[0] == tables[1]


def test_shards_are_jobs_that_make_one_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = toy_data(tmp_path / "data"), tmp_path / "runs"
    suite = write_suite(tmp_path / "s.yaml", methods=["lead-3", "longest-3"], settings=["zero-shot"])
    arguments = ("run", str(suite), "--data", str(data), "--out")
    for part in ("1/3", "2/3", "5/5"):
        assert run_main(monkeypatch, *arguments, str(out), "--shard", part) == 0
    assert len(statuses(out)) == 3
    assert "shard 5/5: no cell is left for it" in capsys.readouterr().err
    script = ROOT / "benchmarks" / "slurm_array.sh"
    job = {"SLURM_ARRAY_TASK_ID": "9", "SLURM_ARRAY_TASK_MIN": "7", "SLURM_ARRAY_TASK_COUNT": "3"}
    job["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run([script, *arguments[1:], str(out)], env=os.environ | job, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert run_main(monkeypatch, "table", str(out)) == 0
    table = capsys.readouterr().out
    assert run_main(monkeypatch, *arguments, str(out)) == 0
    assert "4 cells: 4 cached" in capsys.readouterr().err
    assert run_main(monkeypatch, *arguments, str(tmp_path / "whole")) == 0
    assert capsys.readouterr().out == table


def test_options_that_do_not_go_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = toy_data(tmp_path / "data")
    suite = write_suite(tmp_path / "s.yaml")
    monkeypatch.setitem(sys.modules, "ray", None)  # as if it were not installed
    for options, said in (
        (["--shard", "2/1"], "--shard 2/1: expected i/n"),
        (["--workers", "0"], "'0' is neither a number from 1 to 9999 nor auto"),
        (["--workers", "two"], "neither a number"),
        (["--ray-address", "auto"], "without --executor ray"),
        (["--executor", "ray", "--workers", "2"], "--workers: on a Ray cluster"),
        (["--executor", "ray"], "Ray is not installed; pip install 'todsum[ray]'"),
    ):
        out = tmp_path / "runs"
        assert run_main(monkeypatch, "run", str(suite), "--data", str(data), "--out", str(out), *options) == 2
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1
        assert not out.exists()


def test_why_a_cell_failed_is_in_the_table_also_where_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "status.json")

    data, out = toy_data(tmp_path / "data"), tmp_path / "runs"
    suite = write_suite(tmp_path / "s.yaml", methods=["lead-3"], settings=["zero-shot"])
    monkeypatch.setattr(store, "write_atomic", full)
    monkeypatch.setattr(store, "_overwrite", full)
    assert run_main(monkeypatch, "run", str(suite), "--data", str(data), "--out", str(out)) == 1
    said = capsys.readouterr()
    assert "2 cells: 2 failed" in said.err
    assert said.out.count("status.json: No space left on device") >= 1 and "running" not in said.out


def test_a_result_says_what_its_cell_cost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, diary = toy_data(tmp_path / "data"), str(tmp_path / "diary")
    slow = {"name": "slow", "settings": {"diary": diary, "pause": 0.05}}
    suite = write_suite(tmp_path / "s.yaml", methods=[slow])
    began = time.monotonic()
    for resumed in (False, True):
        arguments = ("run", str(suite), "--data", str(data), "--out", str(tmp_path / "runs"), "--threads", "2")
        assert run_main(monkeypatch, *arguments) == 0
        (path,) = (tmp_path / "runs").rglob("result.json")
        told = json.loads(path.read_text(encoding="utf-8"))["provenance"]
        seconds = told["seconds"]
        assert set(seconds) == {"prepare", "fit", "summarize", "score", "other"}
        assert all(value >= 0 for value in seconds.values())
        assert (
            told["wall_seconds"] == pytest.approx(sum(seconds.values()))
            and told["wall_seconds"] < time.monotonic() - began
        )
        assert told["device_seconds"] == pytest.approx(seconds["fit"] + seconds["summarize"])
        assert (told["threads"], told["resumed"], told["peak_device_memory_mb"]) == (2, resumed, None)
        assert told["peak_memory_mb"] > 50
        if not resumed:  # five steps and saving, six batches
            assert seconds["fit"] >= 6 * 0.05 and seconds["summarize"] >= 6 * 0.05
        else:
            assert seconds["fit"] < 0.05 and seconds["summarize"] < 0.05, "that was done before"
        path.unlink()


def test_a_failed_cell_is_shown_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = toy_data(tmp_path / "data"), tmp_path / "runs"
    diary = str(tmp_path / "diary")
    slow = {"name": "slow", "settings": {"diary": diary, "pause": 0, "fails": "it | broke"}}
    short = {"name": "short", "settings": {"diary": diary, "pause": 0}}
    mute = {"name": "mute", "settings": {"diary": diary, "pause": 0}}
    gone = {"name": "finetune", "settings": {"backbone": str(tmp_path / "no" / "such")}}
    suite = write_suite(tmp_path / "s.yaml", methods=[slow, short, mute, gone, "lead-3"])
    assert run_main(monkeypatch, "run", str(suite), "--data", str(data), "--out", str(out)) == 1
    said = capsys.readouterr()
    assert statuses(out) == {
        "slow/all": "failed",
        "short/all": "failed",
        "mute/all": "failed",
        "finetune/all": "failed",
        "lead-3/all": "finished",
    }
    assert "ValueError: it" in said.out and "broke" in said.out
    assert "3 summaries came back for a batch of 4" in said.out
    assert "summarize gave a NoneType for a summary; it has to be text" in said.out
    assert "no such folder" in said.out
    assert "Traceback" not in said.err
    assert len(list(out.rglob("traceback.txt"))) == 1, "only of what is a bug"


def test_a_cell_without_training_examples_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = toy_data(tmp_path / "data", train=1), tmp_path / "runs"
    slow = {"name": "slow", "settings": {"diary": str(tmp_path / "diary"), "pause": 0}}
    suite = write_suite(tmp_path / "s.yaml", methods=[slow], settings=["zero-shot", {"name": "few-shot", "k": 3}])
    assert run_main(monkeypatch, "run", str(suite), "--data", str(data), "--out", str(out)) == 0
    assert statuses(out)["slow/taxi"] == "dropped"
    table = capsys.readouterr().out
    assert "no training example is left" in table
    assert "training examples of hotel are there, 3 were asked for" in table


def test_a_cell_of_another_process_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = toy_data(tmp_path / "data"), tmp_path / "runs"
    suite = write_suite(tmp_path / "s.yaml", methods=["lead-3", "longest-3"])
    (cell, _) = plan(read_suite(suite), data)
    with CellStore(out, cell.spec).locked():
        assert run_main(monkeypatch, "run", str(suite), "--data", str(data), "--out", str(out)) == 3
    said = capsys.readouterr().err
    assert "1 busy, 1 finished" in said and "wait for it, then run the same command again" in said
    assert run_main(monkeypatch, "run", str(suite), "--data", str(data), "--out", str(out)) == 0
    result = next(out.rglob("result.json"))
    result.write_text("{", encoding="utf-8")
    assert run_main(monkeypatch, "run", str(suite), "--data", str(data), "--out", str(out)) == 2
    assert f"remove {result.parent} to run the cell again" in capsys.readouterr().err


def test_an_output_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = toy_data(tmp_path / "data")
    suite = write_suite(tmp_path / "s.yaml")
    (tmp_path / "file").touch()
    assert run_main(monkeypatch, "run", str(suite), "--data", str(data), "--out", str(tmp_path / "file" / "x")) == 2
    said = capsys.readouterr().err
    assert "is a file, not a folder" in said and said.count("\n") == 1


def test_the_full_protocol_without_training_data_runs_nothing(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    suite = write_suite(
        tmp_path / "s.yaml", methods=["lead-3", {"name": "finetune", "settings": {"backbone": "scratch"}}]
    )
    out = tmp_path / "runs"
    assert run_main(monkeypatch, "run", str(suite), "--data", str(data_dir), "--out", str(out)) == 2
    assert "low-resource" in capsys.readouterr().err
    assert not out.exists()


def test_a_score_outside_of_its_band_fails_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, path = toy_data(tmp_path / "data"), write_suite(tmp_path / "s.yaml")
    suite = yaml.safe_load(path.read_text(encoding="utf-8"))
    place = {"dataset": "todsum-sim", "setting": "in-domain", "target": "all", "method": "lead-3", "score": "rouge1"}
    for low, high, code in ((0, 100, 0), (99, 100, 1)):
        path.write_text(yaml.safe_dump(suite | {"bands": [place | {"low": low, "high": high}]}), encoding="utf-8")
        assert run_main(monkeypatch, "run", str(path), "--data", str(data), "--out", str(tmp_path / "runs")) == code
    assert "outside of the expected 99" in capsys.readouterr().err
    missing = Band(**(place | {"method": "lead", "low": 0, "high": 100}))
    assert list(leaves_band([missing], [])) == ["todsum-sim/in-domain/all/lead rouge1: no score, expected 0.0–100.0"]


def test_only_scores_that_were_run_are_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, path = toy_data(tmp_path / "data"), write_suite(tmp_path / "s.yaml", methods=["lead-3", "longest-3"])
    suite = yaml.safe_load(path.read_text(encoding="utf-8"))
    place = {"dataset": "todsum-sim", "setting": "in-domain", "target": "all", "score": "rouge1", "high": 100}
    bands = [place | {"method": "lead-3", "low": 0}, place | {"method": "longest-3", "low": 99}]
    path.write_text(yaml.safe_dump(suite | {"bands": bands}), encoding="utf-8")
    arguments = ("run", str(path), "--data", str(data), "--out", str(tmp_path / "runs"))
    assert run_main(monkeypatch, *arguments, "--only", "method=lead-3") == 0
    assert run_main(monkeypatch, *arguments, "--shard", "1/2") == 0
    assert "expected" not in capsys.readouterr().err
    assert run_main(monkeypatch, *arguments, "--only", "method=l*-3") == 1
    assert capsys.readouterr().err.count("outside of the expected 99") == 1


def test_quickstart_runs_where_a_folder_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The default output folder is called as the suite is."""
    small = {"name": "quickstart", "description": "small", "simulate": {"dialogues": 30, "meetings": 9}}
    grid = {"dataset": "todsum", "settings": ["in-domain"], "methods": ["lead-3"]}
    (tmp_path / "shipped").mkdir()
    (tmp_path / "shipped" / "quickstart.yaml").write_text(yaml.safe_dump(small | {"grids": [grid]}), encoding="utf-8")
    read_lock("todsum")  # cached: the lock files stay where they are
    monkeypatch.setattr("todsum.data.lock.benchmarks_folder", lambda: tmp_path / "shipped")
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        assert run_main(monkeypatch, "quickstart") == 0
        table = capsys.readouterr().out
        assert "| lead-3" in table
        assert (tmp_path / "quickstart" / "table.md").read_text(encoding="utf-8") == table


def test_a_report_has_every_dialogue_with_its_summaries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data, out = toy_data(tmp_path / "data"), tmp_path / "runs"
    slow = {"name": "slow", "settings": {"diary": str(tmp_path / "diary"), "pause": 0}}
    suite = write_suite(tmp_path / "s.yaml", methods=["state-template", slow], settings=["zero-shot"], seeds=[1, 2])
    arguments = ("run", str(suite), "--data", str(data), "--out", str(out), "--report")
    assert run_main(monkeypatch, *arguments) == 0
    assert f"pages: {out / 'report' / 'index.html'}" in capsys.readouterr().err
    pages = {path.name: path.read_text(encoding="utf-8") for path in (out / "report").rglob("*.html")}
    assert {"index.html", "explorer.html", "slow.html", "state-template.html"} <= set(pages)
    pieces = "".join(path.read_text(encoding="utf-8") for path in sorted((out / "report" / "data").rglob("*.js")))
    examples = from_rows(build("todsum", data, "full", ("test",)).splits["test"])
    assert all(turn.text in pieces for example in examples for turn in example.turns)
    first = [path for path in out.rglob("predictions.jsonl") if not path.parent.name.startswith("2-")]
    texts = [
        json.loads(line)["summary"] for path in first for line in path.read_text(encoding="utf-8").split("\n")[:-1]
    ]
    assert len(texts) == 2 * 22
    assert all(text.split("\n")[0] in pieces for text in texts)
    before = {path: path.read_bytes() for path in (out / "report").rglob("*") if path.is_file()}
    assert run_main(monkeypatch, *arguments) == 0
    assert {path: path.read_bytes() for path in (out / "report").rglob("*") if path.is_file()} == before
