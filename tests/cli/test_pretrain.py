import json
from pathlib import Path

import pytest

from todsum.cli.pretrain import pretrain as command
from todsum.modeling import backbones, scratch
from todsum.pretraining import copying, training


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "TOKENIZER_PAIRS", 60)
    monkeypatch.setattr(training, "COPIES", 1)
    for name, value in {"WIDTH": 16, "HEADS": 2, "FEED_FORWARD": 16}.items():
        monkeypatch.setattr(scratch, name, value)


def test_it_makes_a_backbone_with_a_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--out", str(tmp_path), "--steps", "10", "--seed", "3", "--test-dialogues", "5"]
    command.main(arguments, standalone_mode=False)
    printed = json.loads(capsys.readouterr().out)
    assert (printed["n"], printed["steps"], printed["seed"]) == (5, 10, 3)
    tests = copying.cases(5)
    made = backbones.load(tmp_path / "todsum-mini")
    for task, figures in printed["copying"].items():
        again = copying.copied(tests, copying.summaries(made, tests, task))
        assert (figures["copied"], figures["values"]) == (again.found, again.values)
    card = (tmp_path / "todsum-mini" / "README.md").read_text("utf-8")
    assert "--seed 3 --steps 10" in card


def test_again_it_does_no_step_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--out", str(tmp_path), "--steps", "10", "--test-dialogues", "2"]
    command.main(arguments, standalone_mode=False)
    first, files = capsys.readouterr().out, (tmp_path / "todsum-mini" / "model.safetensors").read_bytes()
    command.main(arguments, standalone_mode=False)
    assert capsys.readouterr().out == first
    assert (tmp_path / "todsum-mini" / "model.safetensors").read_bytes() == files
