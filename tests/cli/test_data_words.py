from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench.toy import toy_data
from tests.cli.test_main import run_main
from todsum.data.simulate import simulate


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))


def test_words_of_domains_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    simulate(tmp_path / "data", 20, 1, 60)
    arguments = ("data", "words", "qmsum", "--data", str(tmp_path / "data"), "--n", "6")
    assert run_main(monkeypatch, *arguments) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head == "qmsum-sim, protocol full, seed 0"
    shown = {line.split()[0]: line.split()[1:] for line in lines}
    assert list(shown) == ["academic", "committee", "product"]
    assert run_main(monkeypatch, *arguments, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"n": 6, "seed": 0, "source": shown, "target": {}, "left_out": {}}
    assert all(len(words) == 6 for words in shown.values())


def test_what_has_no_words_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    few, some = toy_data(tmp_path / "few", train=6), toy_data(tmp_path / "some")
    for arguments, reason in (
        (("todsum", "--data", str(few)), "no domain has 5 training dialogues (there are: hotel 3, taxi 3)"),
        (("todsum", "--data", str(some), "--n", "50"), "50 were asked for: ask for fewer"),
        (("todsum", "--n", "0"), "'--n': 0 is not in the range"),
        (("todsun",), "did you mean todsum"),
        (("qmsum", "--protocol", "low-resource", "--data", str(some)), "qmsum"),
    ):
        assert run_main(monkeypatch, "data", "words", *arguments) == 2
        said = capsys.readouterr()
        assert said.out == "" and said.err.count("\n") == 1 and reason in said.err, said.err


def test_published_words(data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_main(monkeypatch, "data", "words", "todsum", "--data", str(data_dir)) == 2
    assert "--protocol low-resource" in capsys.readouterr().err
