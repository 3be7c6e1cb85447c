from __future__ import annotations

import pytest

from tests.cli.test_main import run_main
from tests.conftest import ROOT
from todsum.cli import VERBS
from todsum.methods.registry import BUILT_IN

SUITES = [path.stem for path in (ROOT / "benchmarks").glob("*.yaml")]


def completions(words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What bash offers for the last word; a blank at the end begins a new one."""
    monkeypatch.setenv("_TODSUM_BENCH_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(words.count(" ")))
    assert run_main(monkeypatch) == 0
    said = capsys.readouterr()
    assert not said.err
    return said.out.split()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell(shell: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("_TODSUM_BENCH_COMPLETE", f"{shell}_source")
    assert run_main(monkeypatch) == 0
    said = capsys.readouterr().out
    assert f"_TODSUM_BENCH_COMPLETE={shell}_complete" in said and "todsum-bench" in said


OFFERED = [
    ("todsum-bench ", VERBS),
    ("todsum-bench sc", ["score"]),
    ("todsum-bench data s", ["show", "stats"]),
    ("todsum-bench run x --on", ["--only"]),
    ("todsum-bench run x --protocol l", ["low-resource"]),
    ("todsum-bench run heur", ["heuristics"]),
    ("todsum-bench run ", SUITES),
    ("todsum-bench methods state-p", ["state-plain"]),
    ("todsum-bench methods ", BUILT_IN),
    ("todsum-bench data show todsu", ["todsum"]),
    ("todsum-bench nosuch", []),
]


@pytest.mark.parametrize(("words", "offered"), OFFERED, ids=[words for words, _ in OFFERED])
def test_words_are_completed(
    words: str, offered: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = completions(words, monkeypatch, capsys)
    assert {f"plain,{name}" for name in offered} <= set(found)
    if len(offered) <= 2:
        assert {name for name in found if not name.startswith("file,")} == {f"plain,{name}" for name in offered}


def test_a_suite_may_be_a_file(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert "file,mine/s" in completions("todsum-bench run mine/s", monkeypatch, capsys)


@pytest.mark.parametrize("request_", ["x", "bash", "tcsh_source", "bash_sources", "bash_complete"])
def test_what_is_no_request_is_one_line(
    request_: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_TODSUM_BENCH_COMPLETE", request_)
    assert run_main(monkeypatch) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "_TODSUM_BENCH_COMPLETE" in said
