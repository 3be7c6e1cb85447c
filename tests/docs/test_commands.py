from __future__ import annotations

import configparser
import itertools
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest
import yaml

from tests.conftest import ROOT
from tests.docs.commands import PAGES, Command, commands, inline
from tests.docs.rules import RULES, UNKNOWN, rule_for
from tests.docs.workspace import EXAMPLE, fill, installed
from todsum.cli import cli, main

ALL = commands()
RUN = [command for command in ALL if rule_for(command.shown).how in ("run", "plan")]


def parsed(words: Sequence[str], complete: bool = True) -> click.Context:
    """The context of a command line of ``todsum-bench``, whose options and arguments click accepts.

    Args:
        words: without the program's name.
        complete: whether everything that is required has to be there.
    """
    command: click.Command = cli
    rest, path = list(words), ["todsum-bench"]
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        path.append(rest.pop(0))
        found = command.get_command(click.Context(command), path[-1])
        assert found is not None, f"no command {' '.join(path)}"
        command = found
    assert not (complete and isinstance(command, click.Group)), f"{' '.join(path)} needs a command"
    return command.make_context(" ".join(path), rest, resilient_parsing=not complete)


def own_words(words: Sequence[str]) -> list[str]:
    """The arguments of ``todsum-bench``, also where ``accelerate launch`` starts it; its options are checked."""
    if words[0] == "todsum-bench":
        return list(words[1:])
    from accelerate.commands.launch import launch_command_parser

    assert words[:2] == ("accelerate", "launch"), words
    launched = launch_command_parser().parse_args(list(words[2:]))
    assert launched.module and launched.training_script == "todsum"
    return list(launched.training_script_args)


def test_there_is_documentation() -> None:
    assert len(ALL) > 30 and {command.page for command in ALL} == {p.relative_to(ROOT).as_posix() for p in PAGES}


def test_every_rule_is_needed_and_gives_its_reason() -> None:
    used = {rule_for(command.shown).pattern for command in ALL}
    assert [rule.pattern for rule in RULES if rule.pattern not in used] == []
    assert [rule.pattern for rule in RULES if (rule.how != "run" or rule.swaps) and not rule.why] == []


def test_every_command_has_a_rule() -> None:
    assert [str(command) for command in ALL if rule_for(command.shown) is UNKNOWN] == []
    assert rule_for("todsum-bench frobnicate --all") is UNKNOWN


def test_what_click_does_not_accept_is_found() -> None:
    for wrong in (["run", "smoke", "--oot", "x"], ["data", "bild", "x"], ["data"], ["methods", "a", "b"], ["run"]):
        with pytest.raises((click.ClickException, AssertionError)):
            parsed(wrong)


OURS = [c for c in ALL if rule_for(c.shown).how not in ("pip", "other") and rule_for(c.shown) is not UNKNOWN]


@pytest.mark.parametrize("command", OURS, ids=str)
def test_options_and_arguments_are_accepted(command: Command) -> None:
    parsed(own_words(command.words))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_inside_of_the_text_are_there(page: Path) -> None:
    for shown in inline(page):
        parsed(shlex.split(shown)[1:], complete=False)


def test_what_is_installed_is_there() -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    for command in ALL:
        if rule_for(command.shown).how != "pip":
            continue
        words = list(command.words[2:])
        for flag, value in itertools.pairwise(words):
            if flag == "-c":
                assert (ROOT / value).is_file(), command
            if flag == "-e":
                folder, _, extra = value.partition("[")
                assert (ROOT / folder / "pyproject.toml").is_file(), command
                assert not extra or extra.rstrip("]") in config["options.extras_require"], command


def test_rows_that_are_compared_are_rows_of_a_suite() -> None:
    known = set()
    for path in (*(ROOT / "benchmarks").glob("*.yaml"), EXAMPLE / "suite.yaml"):
        for grid in yaml.safe_load(path.read_text(encoding="utf-8"))["grids"]:
            methods = [{"name": method} if isinstance(method, str) else method for method in grid["methods"]]
            known |= {method.get("label", method["name"]) for method in methods}
    for command in ALL:
        if command.words[:2] == ("todsum-bench", "compare"):
            options = parsed(command.words[1:]).params
            assert {options["system"], options["baseline"]} <= known, command


def call(*arguments: str) -> int:
    """The exit code of ``todsum-bench``."""
    before, sys.argv = sys.argv, ["todsum-bench", *arguments]
    try:
        main()
    except SystemExit as stopped:
        return int(stopped.code or 0)
    finally:
        sys.argv = before
    return 0


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("documented")
    with pytest.MonkeyPatch.context() as patch, installed(EXAMPLE, place / "site-packages"):
        patch.chdir(place)
        patch.setenv("TODSUM_CACHE", str(place / "cache"))
        patch.setenv("OPENAI_BASE_URL", "http://localhost:8000/v1")
        patch.delenv("TODSUM_DATA", raising=False)
        fill(place, call)
        yield place


@pytest.mark.parametrize("page", sorted({command.page for command in RUN}))
def test_commands_run(page: str, workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in RUN:
        if command.page != page:
            continue
        rule = rule_for(command.shown)
        shown = shlex.join(["todsum-bench", *own_words(command.words)])
        for old, new in rule.swaps:
            shown = shown.replace(old, new)
        if rule.how == "plan" and "--plan" not in shown:
            shown += " --plan"
        if rule.before:
            rule.before(workspace)
        code = call(*shlex.split(shown)[1:])
        said = capsys.readouterr()
        assert code == 0, f"{command}\nrun as {shown}\n{said.err}"
        assert rule.how != "plan" or "  ! " not in said.out, f"{command}: {said.out}"
