from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.toy import toy_data
from tests.cli.test_main import run_main
from tests.data.imported.test_opening import samsum, write_jsonl
from todsum.data.hub.configs import hub_data
from todsum.data.hub.export import export

MAP = ("--columns", "id=id,dialogue=dialogue,summary=summary")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))


def test_a_check_previews_a_data_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_jsonl(tmp_path / "d" / "train.jsonl", [samsum(n) for n in range(2)])
    write_jsonl(tmp_path / "d" / "test.jsonl", [samsum(n) for n in range(2, 5)])
    name = f"hub:{tmp_path}/d"
    assert run_main(monkeypatch, "data", "check", name, *MAP) == 0
    shown = capsys.readouterr().out
    for line in (
        "in results: hub-d",
        "train: 2 examples",
        "test: 3 examples",
        "domains: none, so that only",
        "Jerry: Sure!",
    ):
        assert line in shown
    assert run_main(monkeypatch, "data", "show", name, *MAP, "--id", "s1") == 0
    assert capsys.readouterr().out.startswith("s1 ")
    assert run_main(monkeypatch, "data", "show", name, *MAP, "--json") == 0
    assert json.loads(capsys.readouterr().out)["id"] == "s2", "the first of the test split"
    assert run_main(monkeypatch, "data", "stats", name, *MAP, "--json") == 0
    counts = {row["split"]: row["examples"] for row in json.loads(capsys.readouterr().out)}
    assert counts == {"train": 2, "test": 3}


def test_a_check_names_every_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_jsonl(tmp_path / "d" / "train.jsonl", [samsum(0), samsum(1, summary=""), samsum(2, dialogue="well")])
    write_jsonl(tmp_path / "d" / "test.jsonl", [samsum(0)])
    assert run_main(monkeypatch, "data", "check", f"hub:{tmp_path}/d", *MAP) == 2
    said = capsys.readouterr()
    assert "refused: train.jsonl: record 2: summary is empty" in said.err
    assert "refused: train.jsonl: record 3: dialogue: no speaker" in said.err
    assert "refused: test: the id 's0' is in train, too" in said.err
    assert "3 problems" in said.err.splitlines()[-1] and "train: 1 example" in said.out


def test_a_check_counts_lines_that_look_like_a_speaker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [samsum(0), samsum(1, dialogue="Ana: hi\nyes, so: bye\n"), samsum(2, dialogue="Ana: hi\nno, so: bye\n")]
    write_jsonl(tmp_path / "d" / "test.jsonl", rows)
    assert run_main(monkeypatch, "data", "check", f"hub:{tmp_path}/d", *MAP) == 0
    shown = capsys.readouterr().out
    assert "2 lines look like a new speaker and were read as part of the turn before" in shown
    assert "(test.jsonl: record 2: 'yes, so: bye'); --speakers" in shown
    assert run_main(monkeypatch, "data", "check", f"hub:{tmp_path}/d", *MAP, "--speakers", r"^(\w+)(?:, so)?: ") == 0
    assert "look like a new speaker" not in capsys.readouterr().out


def test_a_check_of_an_export_shows_its_configs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    export(hub_data("todsum", toy_data(tmp_path / "data"), "full"), tmp_path / "out")
    assert run_main(monkeypatch, "data", "check", f"hub:file://{tmp_path}/out", "--config", "taxi") == 0
    shown = capsys.readouterr().out
    assert "config: taxi (of all, hotel, taxi)" in shown and "domains: taxi" in shown and "test: 11 examples" in shown


def test_wrong_use_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_jsonl(tmp_path / "d" / "test.jsonl", [samsum(0)])
    name = f"hub:{tmp_path}/d"
    for arguments, reason in (
        (("check", "todsum"), "is for data sets from elsewhere"),
        (("check", name), "map them, such as"),
        (("check", name, "--columns", "dialogue"), "expected KEY=NAME"),
        (("check", name, "--columns", "dialogue=x,summary=y,querry=z"), "did you mean query"),
        (("check", name, "--columns", "dialogues=x,summary=y"), "did you mean dialogue"),
        (("check", name, "--columns", "dialogue=x,dialogue=y,summary=z"), "dialogue is there twice"),
        (("check", name, *MAP, "--speakers", "x"), "needs one group"),
        (("show", "todsum", "--config", "all"), "--config is for data sets from elsewhere"),
        (("stats", "hub:nosuch:x"), "expected hub:org/name@revision"),
        (("show", name, *MAP, "--id", "s9"), "unknown example 's9'"),
        (("show", name, *MAP, "--split", "train"), "unknown split 'train'"),
        (("push", "name", "--folder", "x"), "expected org/name"),
    ):
        assert run_main(monkeypatch, "data", *arguments) == 2
        said = capsys.readouterr()
        assert said.err.count("\n") == 1 and reason in said.err, said.err


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (b"\xef\xbb\xbf---\nlicense: mit\n---\n", "README.md: starts with a byte order mark"),
        (b"---\nlicense: \xff\n---\n", "README.md: not UTF-8 at byte 13"),
    ],
)
def test_a_card_that_can_not_be_read_is_named(
    header: bytes, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_jsonl(tmp_path / "d" / "test.jsonl", [samsum(0)])
    (tmp_path / "d" / "README.md").write_bytes(header)
    assert run_main(monkeypatch, "data", "check", f"hub:{tmp_path}/d", *MAP) == 2
    said = capsys.readouterr().err
    assert reason in said and said.count("\n") == 1


def test_files_beside_those_of_the_splits_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_jsonl(tmp_path / "d" / "test.jsonl", [samsum(0)])
    (tmp_path / "d" / "test.csv").write_text("id,dialogue,summary\n")
    assert run_main(monkeypatch, "data", "check", f"hub:{tmp_path}/d", *MAP) == 0
    assert "files that are not used: test.csv" in capsys.readouterr().out
