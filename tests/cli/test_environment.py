"""Environment variables of options: one for each, named after command and option."""

from __future__ import annotations

import ast
import importlib
import json
from pathlib import Path

import click
import pytest

from tests.cli.test_main import run_main
from tests.cli.test_options import COMMANDS, refused
from tests.conftest import ROOT
from todsum.cli import cli
from todsum.cli.environment import PREFIX


def context(path: tuple[str, ...]) -> click.Context:
    """The context in which a command is called."""
    with cli.make_context("todsum-bench", ["suites"]) as root:
        found = root
    for number, name in enumerate(path):
        command = COMMANDS[path] if number == len(path) - 1 else click.Group(name)
        found = click.Context(command, parent=found, info_name=name)
    return found


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_has_a_variable(path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    called = context(path)
    monkeypatch.delenv("TODSUM_DATA", raising=False)
    for option in COMMANDS[path].params:
        if isinstance(option, click.Option):
            flag = max(option.opts, key=len).removeprefix("--")
            variable = "_".join((PREFIX, *path, flag)).replace("-", "_").upper()
            monkeypatch.setenv(variable, "a value")
            assert option.resolve_envvar_value(called) == "a value", variable


def test_a_variable_sets_an_option(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TODSUM_BENCH_SUITES_JSON", "1")
    assert run_main(monkeypatch, "suites") == 0
    assert "smoke" in json.loads(capsys.readouterr().out)
    monkeypatch.setenv("TODSUM_BENCH_SUITES_JSON", "")
    assert run_main(monkeypatch, "suites") == 0
    assert not capsys.readouterr().out.startswith("{")


def test_the_command_line_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODSUM_BENCH_RUN_WORKERS", "auto")
    monkeypatch.setenv("TODSUM_BENCH_RUN_OUT", str(tmp_path))
    run = COMMANDS["run",]
    parent = context(("run",)).parent
    assert run.make_context("run", ["smoke"], parent).params["workers"] is None
    given = run.make_context("run", ["smoke", "--workers", "2"], parent).params
    assert (given["workers"], given["out"]) == (2, tmp_path)


def test_a_repeated_option_takes_several_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODSUM_BENCH_RUN_ONLY", "target=taxi 'label=finetune + *'")
    monkeypatch.setenv("TODSUM_BENCH_RUN_PAST", "one:two words")
    given = COMMANDS["run",].make_context("run", ["smoke", "--out", "runs"], context(("run",)).parent).params
    assert given["only"] == ("target=taxi", "label=finetune + *")
    assert given["past"] == (Path("one"), Path("two words"))


WRONG = [
    ("TODSUM_BENCH_RUN_WORKERS", "x", ["run", "smoke", "--out", "new"], "--workers"),
    ("TODSUM_BENCH_RUN_ONLY", "'label=a", ["run", "smoke", "--out", "new"], "--only"),
    ("TODSUM_BENCH_RUN_PLAN", "perhaps", ["run", "smoke", "--out", "new"], "--plan"),
    ("TODSUM_BENCH_DATA_WORDS_SEED", "-1", ["data", "words", "qmsum"], "--seed"),
    ("TODSUM_DATA", " ", ["data", "words", "qmsum"], "--data"),
]


@pytest.mark.parametrize(("variable", "value", "arguments", "option"), WRONG, ids=[one[0] for one in WRONG])
def test_a_wrong_value_is_told_with_its_variable(
    variable: str,
    value: str,
    arguments: list[str],
    option: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(variable, value)
    said = refused(monkeypatch, capsys, *arguments)
    assert f"error: ${variable}: " in said and option in said


def test_a_wrong_word_is_not_blamed_on_a_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TODSUM_BENCH_RUN_WORKERS", "2")
    assert "$" not in refused(monkeypatch, capsys, "run", "smoke", "--out", "new", "--workers", "x")


def test_a_variable_of_the_version_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TODSUM_BENCH_VERSION", "0.1")
    assert run_main(monkeypatch, "suites") == 0
    assert "smoke" in capsys.readouterr().out


def test_the_help_tells_the_rule_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_main(monkeypatch, "--help") == 0
    said = capsys.readouterr().out
    assert said.count("environment variable") == 1 and "TODSUM_BENCH_RUN_WORKERS=auto" in said
    assert "_TODSUM_BENCH_COMPLETE=bash_source" in said
    assert run_main(monkeypatch, "run", "--help") == 0
    assert "TODSUM_BENCH" not in capsys.readouterr().out


def test_nothing_is_imported_from_a_command_but_the_command() -> None:
    for path in sorted((ROOT / "todsum" / "cli").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("todsum.cli."):
                module = importlib.import_module(str(node.module))
                named = [getattr(module, alias.name) for alias in node.names]
                if any(isinstance(value, click.Command) for value in vars(module).values()):
                    assert all(isinstance(value, click.Command) for value in named), f"{path.name}: {node.module}"
