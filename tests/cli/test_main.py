from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from todsum.cli import VERBS, main


def run_main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit code of a command line."""
    monkeypatch.setattr(sys, "argv", ["todsum-bench", *arguments])
    with pytest.raises(SystemExit) as stopped:
        main()
    return int(stopped.value.code or 0)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['todsum-bench', '--help']\n"
        "from todsum.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = {'torch', 'transformers', 'peft', 'datasets', 'sklearn', 'numpy', 'pydantic'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert found.returncode == 0, found.stderr
    assert all(verb in found.stdout for verb in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_main(monkeypatch, verb, "--help") == 0
    assert "Usage:" in capsys.readouterr().out


WRONG = [
    (["tabel"], "unknown command 'tabel': did you mean table"),
    (["run"], "Missing argument"),
    (["run", "nosuch", "--out", "x"], "unknown suite 'nosuch'"),
    (["run", "/no/such.yaml", "--out", "x"], "no such file"),
    (["run", "heuristic", "--out", "x"], "did you mean heuristics"),
    (["run", "heuristics", "--out", "x", "--only", "targe=taxi"], "unknown key of --only 'targe': did you mean target"),
    (["run", "heuristics", "--out", "x", "--only", "taxi"], "expected key=glob"),
    (["run", "heuristics", "--out", "x", "--data", "/no/such"], "/no/such: no such folder"),
    (["run", "heuristics", "--out", "x", "--protocol", "fulll"], "fulll"),
    (["run", "smoke", "--out", "x", "--protocol", "full"], "makes its own data"),
    (["run", "heuristics", "--out", "x", "--device", "foo"], "--device foo: expected auto"),
    (["quickstart", "--device", "gpu"], "--device gpu"),
    (["methods", "led-3"], "did you mean lead-3"),
    (["data", "build", "todsun", "--out", "x"], "did you mean todsum"),
    (["data", "show", "todsum", "--data", "/no/such"], "no such folder"),
    (["data", "stats", "todsum-sim"], "simulate"),
    (["score"], "give --dataset and --predictions"),
    (["score", "--hypotheses", "/no/h", "--references", "/no/r"], "/no/h: No such file"),
    (["simulate", "--dialogues", "0", "--seed", "1", "--out", "x"], "0"),
    (["table", "/no/runs"], "/no/runs"),
    (["compare", "/no/runs", "--system", "a", "--baseline", "b"], "/no/runs"),
]


@pytest.mark.parametrize(("arguments", "reason"), WRONG, ids=[" ".join(a) for a, _ in WRONG])
def test_wrong_use_ends_in_one_line(
    arguments: list[str],
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))
    assert run_main(monkeypatch, *arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("todsum-bench: error: ")
    assert said.err.count("\n") == 1
    assert reason in said.err


@pytest.mark.parametrize("arguments", [[], ["data"]])
def test_without_arguments_there_is_help(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main(monkeypatch, *arguments) == 0
    assert "Usage:" in (shown := capsys.readouterr().out) and shown.count("\n") > 5


def test_methods_and_suites_are_listed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_main(monkeypatch, "methods") == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in ("lead-3", "finetune"))
    assert run_main(monkeypatch, "methods", "finetune") == 0
    assert "learning_rate" in capsys.readouterr().out
    assert run_main(monkeypatch, "suites") == 0
    listed = capsys.readouterr().out
    assert all(path.stem in listed for path in (ROOT / "benchmarks").glob("*.yaml"))
