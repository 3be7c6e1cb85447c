"""Every option of every command, as far as its type says what is wrong: one line that names it, exit code 2."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from tests.cli.test_main import run_main
from todsum.cli import cli

WRONG = ["x", "1.5", "9" * 30, "9" * 5000, "-5", "", "²", "1e9", "0x10", "1,2", "nan"]


def _commands(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(_commands(cli, ()))
CHECKED = [
    (path, option.opts[-1])
    for path, command in COMMANDS.items()
    for option in command.params
    if isinstance(option, click.Option)
    and not option.is_flag
    and not isinstance(option.type, click.Path | click.types.StringParamType)
]


def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What is said on stderr."""
    assert run_main(monkeypatch, *arguments) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and said.err.startswith("todsum-bench: error: "), said
    return said.err


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_wrong_words(
    path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_main(monkeypatch, *path, "--help") == 0
    said = capsys.readouterr()
    assert "Usage: todsum-bench " + " ".join(path) in said.out and not said.err
    assert "--nosuchoption" in refused(monkeypatch, capsys, *path, "--nosuchoption")


@pytest.mark.parametrize(("path", "option"), CHECKED, ids=[f"{' '.join(path)} {name}" for path, name in CHECKED])
def test_wrong_values(
    path: tuple[str, ...], option: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for value in WRONG:
        assert option in refused(monkeypatch, capsys, *path, f"{option}={value}"), value


OTHERS = [
    (["human", "exprt"], "unknown command 'exprt': did you mean export"),
    (["data", "shwo"], "did you mean show"),
    (["leaderboard", "x"], "known: add, build, schema, score, validate"),
    (["run", "smoke", "--out", "new", "--shard", ""], "--shard"),
    (["run", "smoke", "--out", "new", "--backbone", ""], "backbone"),
    (["data", "push", "", "--folder", "."], "'': expected org/name"),
]


@pytest.mark.parametrize(("arguments", "reason"), OTHERS, ids=[" ".join(arguments) for arguments, _ in OTHERS])
def test_other_wrong_use(
    arguments: list[str], reason: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reason in refused(monkeypatch, capsys, *arguments)
