"""From runs to submissions, scores and pages, on toy data."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path

import pytest
import yaml

from tests.bench.toy import toy_data, write_suite
from tests.cli.test_main import run_main
from tests.leaderboard.made import READS, lines, meta, write_submission
from todsum.data.builder import build
from todsum.data.schema import from_rows
from todsum.methods import registry


@pytest.fixture(autouse=True)
def methods(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    register(tmp_path / "cache", monkeypatch)


def register(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODSUM_CACHE", str(cache))
    monkeypatch.delenv("TODSUM_DATA", raising=False)
    entry = registry.Entry("tests.bench.slow_method:Slow", "a method for tests")
    monkeypatch.setitem(registry.BUILT_IN, "slow", entry)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return toy_data(tmp_path / "data")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run directory that the tests read only."""
    folder = tmp_path_factory.mktemp("runs")
    slow = {"diary": str(folder / "diary"), "pause": 0}
    chosen = ["lead-3", "state-template", {"name": "slow", "settings": slow}]
    chosen.append({"name": "slow", "label": "fails", "settings": slow | {"fails": "it | broke"}})
    settings = ["in-domain", "zero-shot", "transfer"]
    suite = write_suite(folder / "s.yaml", methods=chosen, settings=settings, seeds=[1, 2])
    data = toy_data(folder / "data")
    with pytest.MonkeyPatch.context() as patch:
        register(folder / "cache", patch)
        assert run_main(patch, "run", str(suite), "--data", str(data), "--out", str(folder / "runs")) == 1
    return folder / "runs"


def call(monkeypatch: pytest.MonkeyPatch, verb: str, *arguments: object) -> int:
    return run_main(monkeypatch, "leaderboard", verb, *map(str, arguments))


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_runs_become_submissions_with_the_scores_that_they_had(
    tmp_path: Path, data: Path, runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    board = tmp_path / "board"
    assert call(monkeypatch, "add", runs, "--leaderboard", board, "--data", data) == 0
    assert {path.name for path in (board / "submissions").iterdir()} == {"lead-3", "state-template", "slow", "fails"}
    assert call(monkeypatch, "validate", board, "--data", data) == 0
    assert call(monkeypatch, "score", "--leaderboard", board, "--data", data, "--workers", "1") == 0
    capsys.readouterr()
    assert run_main(monkeypatch, "table", str(runs), "--format", "json") == 0
    wanted = {
        (e["setting"], e["source"], e["target"], e["label"]): (e["seeds"], e["n"], e["scores"], e["status"])
        for e in json.loads(capsys.readouterr().out)
    }
    found = {}
    for table in json.loads((board / "leaderboard.json").read_text(encoding="utf-8"))["board"]["tables"]:
        for row in table["rows"]:
            for column, entry in row["entries"].items():
                found[table["setting"], row["source"], column, row["name"]] = entry
    assert set(found) == set(wanted)
    for place, entry in found.items():
        seeds, n, scores, status = wanted[place]
        assert (entry["seeds"], entry["n"], entry["state"]) == (seeds, n, status), place
        for name, figure in entry["scores"].items():
            assert figure["mean"] == pytest.approx(scores[name]["mean"], abs=1e-5)
            assert [figure["low"], figure["high"]] == pytest.approx(scores[name]["ci95"], abs=1e-5)
    reasons = found["in-domain", None, "all", "fails"]["reasons"]
    assert reasons and "it | broke" in reasons[0]


def test_nothing_of_a_dialogue_is_kept(tmp_path: Path, data: Path, runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    board = tmp_path / "board"
    assert call(monkeypatch, "add", runs, "--leaderboard", board, "--data", data) == 0
    assert not (board / "submissions" / "lead-3" / "predictions.jsonl.gz").exists()
    assert call(monkeypatch, "score", "--leaderboard", board, "--data", data, "--workers", "1") == 0
    examples = from_rows(build("todsum", data, "full", ("test",)).splits["test"])
    kept = gzip.decompress((board / "scores" / "lead-3.json.gz").read_bytes()).decode()
    kept += (board / "leaderboard.json").read_text(encoding="utf-8")
    texts = {turn.text for example in examples for turn in example.turns}
    assert texts and not any(text in kept for text in texts)


def test_regenerated_results_are_the_same_bytes(
    tmp_path: Path, data: Path, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = tmp_path / "board"
    made = []
    for cache in ("one", "two"):
        monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / cache))
        assert call(monkeypatch, "add", runs, "--leaderboard", board, "--data", data, "--replace") == 0
        assert (
            call(monkeypatch, "build", "--leaderboard", board, "--data", data, "--out", tmp_path / cache / "site") == 0
        )
        made.append((bytes_of(board), bytes_of(tmp_path / cache / "site")))
        for path in (board / "scores").iterdir():
            path.unlink()
        (board / "leaderboard.json").unlink()
    assert made[0] == made[1]


def test_what_is_out_of_date_is_told_without_the_data(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    board = tmp_path / "board"
    mine = write_submission(board / "submissions" / "mine", meta(), lines(data))
    assert call(monkeypatch, "score", "--check", "--leaderboard", board) == 1
    assert call(monkeypatch, "score", "--leaderboard", board, "--data", data) == 0
    assert call(monkeypatch, "score", "--check", "--leaderboard", board) == 0
    capsys.readouterr()
    write_submission(mine, meta(), lines(data, "another summary."))
    assert call(monkeypatch, "score", "--check", "--leaderboard", board) == 1
    assert f"{mine}: has changed" in capsys.readouterr().out
    before = json.loads((board / "leaderboard.json").read_text(encoding="utf-8"))
    assert call(monkeypatch, "build", "--leaderboard", board, "--data", data, "--out", tmp_path / "site") == 0
    after = json.loads((board / "leaderboard.json").read_text(encoding="utf-8"))
    assert before["board"]["tables"] != after["board"]["tables"], "scored again, from the new predictions"
    standings = after | {"signatures": after["signatures"] | {"rouge": "rouge|older"}}
    (board / "leaderboard.json").write_text(json.dumps(standings), encoding="utf-8")
    assert call(monkeypatch, "score", "--check", "--leaderboard", board) == 1
    assert "was scored with rouge|older" in capsys.readouterr().out


def test_predictions_are_compared_with_the_data(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = lines(data)
    mine = write_submission(tmp_path / "mine", meta(), [*rows[2:], {**rows[0], "id": "nobody"}])
    assert call(monkeypatch, "validate", mine) == 0
    assert "not compared with the data's examples" in capsys.readouterr().err
    assert call(monkeypatch, "validate", mine, "--data", data) == 2
    said = capsys.readouterr()
    assert "1 example (nobody) not among its test examples" in said.out
    assert "no prediction for 2 examples" in said.out
    assert call(monkeypatch, "validate", mine, "--data", data, "--json") == 2
    assert len(json.loads(capsys.readouterr().out)["mine"]["problems"]) == 2
    content = meta()
    content["runs"][0] |= {"setting": "zero-shot", "target_domain": "none"}
    write_submission(mine, content, [{**row, "target": "taxxi"} for row in rows])
    assert call(monkeypatch, "validate", mine, "--data", data) == 2
    assert "taxxi" in capsys.readouterr().out


def test_a_rejected_entry_is_shown_with_its_reason_and_not_ranked(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = tmp_path / "board"
    write_submission(board / "submissions" / "good", meta(system="good"), lines(data))
    cheats = {"status": "rejected", "reason": "trained on <b>test</b> examples"}
    cheats["training_data"] = {"description": "all of it", "test_examples": True}
    write_submission(board / "submissions" / "bad", meta(system="bad", **cheats), lines(data)[:3])
    assert call(monkeypatch, "build", "--leaderboard", board, "--data", data, "--out", tmp_path / "site") == 0
    standings = json.loads((board / "leaderboard.json").read_text(encoding="utf-8"))
    rows = [row["system"] for table in standings["board"]["tables"] for row in table["rows"]]
    assert set(rows) == {"good"}
    page = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert "trained on &lt;b&gt;test&lt;/b&gt; examples" in page
    assert not (board / "scores" / "bad.json.gz").exists()


def test_only_untrained_methods_of_the_suite_are_regenerated(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    content = meta(method="slow")
    content["runs"][0] |= {"made_anew": True, "settings": {"diary": str(tmp_path / "diary")}}
    mine = write_submission(tmp_path / "board" / "submissions" / "mine", content, None)
    assert call(monkeypatch, "validate", mine, "--data", data) == 2
    assert "regenerated is for the suite's own untrained methods, not for slow" in capsys.readouterr().out
    assert call(monkeypatch, "score", "--leaderboard", tmp_path / "board", "--data", data) == 2
    assert not (tmp_path / "diary").exists()


def test_two_systems_of_one_name_are_refused(
    tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    board = tmp_path / "board"
    for slug in ("one", "two"):
        write_submission(board / "submissions" / slug, meta(), lines(data))
    assert call(monkeypatch, "validate", board, "--data", data) == 2
    assert "has the name, method and backbone of one" in capsys.readouterr().out
    assert call(monkeypatch, "score", "--leaderboard", board, "--data", data, "--workers", "1") == 2
    assert "one and two are the same system" in capsys.readouterr().err


def test_what_is_there_is_only_replaced_when_asked(
    tmp_path: Path, data: Path, runs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    board = tmp_path / "board"
    add = ("add", runs, "--leaderboard", board, "--data", data)
    assert call(monkeypatch, *add) == 0
    whole = bytes_of(board)
    assert call(monkeypatch, *add) == 0
    assert "4 of 4 submissions are there already" in capsys.readouterr().err
    meta_file = board / "submissions" / "slow" / "meta.yaml"
    meta_file.write_text(meta_file.read_text(encoding="utf-8").replace("TODSum", "other"), encoding="utf-8")
    shutil.rmtree(board / "submissions" / "fails")
    assert call(monkeypatch, *add) == 2
    assert "slow: is there already; --replace writes over it" in capsys.readouterr().err
    assert not (board / "submissions" / "fails").exists(), "all or nothing"
    assert call(monkeypatch, *add, "--replace") == 0
    assert "2 of 4 submissions are there already" in capsys.readouterr().err and bytes_of(board) == whole
    assert call(monkeypatch, "add", runs, "--leaderboard", tmp_path / "other") == 2
    assert "neither in the data folder nor those of a suite's simulation" in capsys.readouterr().err


def test_seeds_and_readings_are_declared(
    tmp_path: Path, data: Path, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    board = tmp_path / "board"
    assert call(monkeypatch, "add", runs, "--leaderboard", board, "--data", data) == 0
    content = yaml.safe_load((board / "submissions" / "state-template" / "meta.yaml").read_text(encoding="utf-8"))
    assert {run["setting"] for run in content["runs"]} == {"in-domain", "zero-shot", "transfer"}
    assert all(run["reads"] == READS | {"state": True, "target_references": True} for run in content["runs"])
    text = gzip.decompress((board / "submissions" / "slow" / "predictions.jsonl.gz").read_bytes()).decode()
    rows = [json.loads(line) for line in text.split("\n") if line]
    assert {row["seed"] for row in rows} == {1, 2}
    assert {(row.get("source"), row["target"]) for row in rows if row["run"].endswith("transfer")} == {
        (source, target) for source in ("hotel", "taxi") for target in ("hotel", "taxi")
    }
