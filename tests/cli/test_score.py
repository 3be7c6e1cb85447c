from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.bench.toy import toy_data, write_suite
from tests.cli.test_main import run_main


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))


def scored(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> dict[str, Any]:
    assert run_main(monkeypatch, "score", *arguments, "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_authors_system_gets_the_authors_figures(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = data_dir / "todsum" / "consistency"
    files = ("--hypotheses", str(folder / "test.hpy"), "--states", str(folder / "test.oracle"))
    found = scored(capsys, monkeypatch, *files)
    assert found["n"] == 999
    official = [found["scores"][f"consistency_official_{name}"] for name in ("precision", "recall", "f1")]
    assert official == pytest.approx([56.597, 54.410, 55.482], abs=5e-4)
    assert not any(name.startswith("rouge") for name in found["scores"])
    assert set(found["signatures"]) == {"consistency_official", "consistency"}


def write(path: Path, rows: list[Any]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def rows(count: int = 22) -> list[dict[str, str]]:
    return [{"id": f"test{i}", "summary": "the taxi leaves at 17:15."} for i in range(count)]


def test_predictions_are_scored_against_their_data_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = toy_data(tmp_path / "data")
    file = write(tmp_path / "p.jsonl", rows()[::-1])
    found = scored(capsys, monkeypatch, "--dataset", "todsum", "--predictions", file, "--data", str(data))
    assert found["n"] == 22
    assert 0 < found["scores"]["rouge1"] < 100


def test_predictions_may_be_packed_or_one_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = toy_data(tmp_path / "data")
    lines = Path(write(tmp_path / "p.jsonl", rows())).read_bytes()
    listed = json.dumps(rows(), indent=1).encode()
    found = []
    for number, body in enumerate(
        (lines, listed, gzip.compress(lines), gzip.compress(listed), b"\xef\xbb\xbf" + lines)
    ):
        (tmp_path / f"p{number}").write_bytes(body)
        files = ("--predictions", str(tmp_path / f"p{number}"), "--data", str(data))
        found.append(scored(capsys, monkeypatch, "--dataset", "todsum", *files))
    assert found[0]["n"] == 22 and all(other == found[0] for other in found)


def test_predictions_are_scored_against_a_data_set_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "d").mkdir()
    ids = ["000", "00", "0", "NA", "None", "1e5", "7"]
    table = "".join(f'{identity},"Ana: hi\nBob: yo",the summary of {identity}.\n' for identity in ids)
    (tmp_path / "d" / "test.csv").write_text(f"id,dialogue,summary\n{table}", encoding="utf-8")
    made = [{"id": 7 if i == "7" else i, "summary": f"The summary of {i}."} for i in ids[::-1]]
    file = write(tmp_path / "p.jsonl", made)
    name = ("--dataset", f"hub:{tmp_path}/d", "--columns", "id=id,dialogue=dialogue,summary=summary")
    found = scored(capsys, monkeypatch, *name, "--predictions", file)
    assert found["n"] == 7 and found["scores"]["rouge1"] == pytest.approx(100)
    assert set(found["signatures"]) == {"rouge"}
    for arguments, reason in (
        ((*name, "--split", "train"), "unknown split of hub:"),
        ((*name, "--protocol", "full"), "--protocol is for todsum"),
        (
            ("--dataset", "todsum", "--columns", "id=id,dialogue=d,summary=s"),
            "--columns is for data sets from elsewhere",
        ),
    ):
        assert run_main(monkeypatch, "score", *arguments, "--predictions", file) == 2
        said = capsys.readouterr().err
        assert reason in said and said.count("\n") == 1


BAD: list[tuple[Any, str]] = [
    (rows(21), "no prediction for 1 example (test21)"),
    (rows(23), "1 example (test22) not in todsum-sim test"),
    ([*rows(), rows()[3]], "record 23: a second prediction for test3"),
    ([{"id": "test0"}], "record 1: no field 'summary'"),
    ([{"summary": "x"}], "record 1: no field 'id'"),
    ([{"id": "test0", "summary": None}], "record 1: summary should be text"),
    ([{"id": 7.0, "summary": "x"}], "record 1: id should be text or a whole number, not a decimal number"),
    ([{"id": True, "summary": "x"}], "record 1: id should be text or a whole number"),
    ([{"id": 7, "summary": "x"}, {"id": "7", "summary": "y"}], "record 2: a second prediction for 7"),
    ([{"id": "test0", "summary": "x" * ((1 << 20) + 1)}], "record 1: summary has more than the 1048576 characters"),
    (["text"], "record 1: expected an object"),
]


@pytest.mark.parametrize(("content", "reason"), BAD)
def test_bad_predictions_are_refused(
    content: list[Any],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = toy_data(tmp_path / "data")
    file = write(tmp_path / "p.jsonl", content)
    arguments = ("score", "--dataset", "todsum", "--predictions", file, "--data", str(data))
    assert run_main(monkeypatch, *arguments) == 2
    said = capsys.readouterr().err
    assert reason in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b'{"id": "a", "id": "b", "summary": ""}', "record 1: broken JSON: the key 'id' is there twice"),
        (b'{"id": ', "record 1: broken JSON"),
        (b"\xff\n", "record 1: not UTF-8"),
        (b"[" * 100_000, "broken JSON"),
    ],
)
def test_broken_files_are_refused(
    raw: bytes, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = toy_data(tmp_path / "data")
    (tmp_path / "p.jsonl").write_bytes(raw)
    arguments = ("--dataset", "todsum", "--predictions", str(tmp_path / "p.jsonl"), "--data", str(data))
    assert run_main(monkeypatch, "score", *arguments) == 2
    assert reason in capsys.readouterr().err


def test_a_byte_order_mark_changes_no_score(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = []
    for mark in (b"", b"\xef\xbb\xbf"):
        (tmp_path / "h").write_bytes(mark + b"the hotel is cheap.\nthe taxi leaves at 17:15.\n")
        (tmp_path / "s").write_bytes(mark + b"hotel inform ( pricerange = cheap )\ntaxi inform ( leaveAt = 17:15 )\n")
        files = ("--hypotheses", str(tmp_path / "h"), "--states", str(tmp_path / "s"))
        found.append(scored(capsys, monkeypatch, *files))
    assert found[0] == found[1]


def test_an_unknown_domain_in_a_state_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "h").write_text("the hotel is cheap.\n", encoding="utf-8")
    (tmp_path / "s").write_text("hotle inform ( pricerange = cheap )\n", encoding="utf-8")
    files = ("--hypotheses", str(tmp_path / "h"), "--states", str(tmp_path / "s"))
    assert run_main(monkeypatch, "score", *files) == 2
    assert "record 1: unknown domain 'hotle': did you mean hotel" in capsys.readouterr().err


def test_lines_must_match_and_states_must_parse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "h").write_text("one.\ntwo.\n", encoding="utf-8")
    (tmp_path / "r").write_text("one.\n", encoding="utf-8")
    (tmp_path / "s").write_text("taxi inform ( leaveAt = 17:15 )\nno state\n", encoding="utf-8")
    (tmp_path / "empty").write_text("", encoding="utf-8")
    for option, file, reason in (
        ("--references", "r", "r has 1 line,"),
        ("--states", "s", "record 2: not a state"),
        ("--references", "empty", "empty has 0 lines"),
    ):
        assert run_main(monkeypatch, "score", "--hypotheses", str(tmp_path / "h"), option, str(tmp_path / file)) == 2
        assert reason in capsys.readouterr().err


def test_texts_that_scores_do_no_justice_to_are_counted_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "h").write_text("你好\n\na <q> b\nfine words\n", encoding="utf-8")
    (tmp_path / "r").write_text("你好\nb\na\n😀\n", encoding="utf-8")
    files = ("--hypotheses", str(tmp_path / "h"), "--references", str(tmp_path / "r"))
    assert run_main(monkeypatch, "score", *files, "--json") == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert said.err.splitlines() == [f"note: {note}" for note in found["notes"]]
    assert [note.split(":")[0] for note in found["notes"]] == [
        "1 of 4 summaries is empty (line 2)",
        "1 of 4 summaries has no ROUGE token (no letter a–z and no digit)",
        "1 of 4 summaries has sentence marks of another toolkit (<q> in 1)",
        "2 of 4 references have no ROUGE token (no letter a–z and no digit)",
    ]
    assert found["notes"][3].endswith("(line 1, line 4)")
    assert found["texts"]["references"]["no_token"] == 2
    assert run_main(monkeypatch, "score", *files) == 0
    assert capsys.readouterr().err == said.err


def test_a_simulated_cell_needs_no_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    suite = yaml.safe_load(write_suite(tmp_path / "s.yaml").read_text(encoding="utf-8"))
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(suite | {"simulate": {"dialogues": 30}}), encoding="utf-8")
    assert run_main(monkeypatch, "run", str(tmp_path / "s.yaml"), "--out", str(tmp_path / "runs")) == 0
    (result,) = (tmp_path / "runs").rglob("result.json")
    (toy_data(tmp_path / "published") / "todsum" / "simulation.json").unlink()
    monkeypatch.setenv("TODSUM_DATA", str(tmp_path / "published"))
    capsys.readouterr()
    found = scored(capsys, monkeypatch, "--cell", str(result.parent))
    recorded = json.loads(result.read_text(encoding="utf-8"))["scores"]
    assert found["scores"]["rouge1"] == pytest.approx(100 * recorded["rouge1"], abs=1e-9)
