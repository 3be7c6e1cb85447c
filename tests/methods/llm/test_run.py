"""Whole runs through the command line: cells, keys, resume, and what is left on disk."""

from __future__ import annotations

import json
import logging
import os
import signal
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from tests.bench.toy import toy_data, write_suite
from tests.cli.test_main import run_main
from tests.conftest import ROOT
from tests.methods.llm import stub as made
from tests.methods.llm.conftest import KEY, everything_written
from tests.methods.llm.stub import Stub, text_for
from todsum.bench.cell import plan
from todsum.bench.runner import Options, run_cell
from todsum.bench.suite import read_suite
from todsum.methods.llm.settings import LlmSettings

Run = Callable[..., int]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stub: Stub) -> Run:
    """Runs a suite of ``llm`` rows on toy data; changes go into the suite's grid."""
    monkeypatch.setenv("OPENAI_BASE_URL", stub.url)
    data = toy_data(tmp_path / "data")

    def work(*settings: dict[str, Any], out: str = "runs", **changes: Any) -> int:
        rows = [
            {"name": "llm", "label": f"row {i}", "settings": {"model": "m", "attempts": 2} | own}
            for i, own in enumerate(settings)
        ]
        suite = write_suite(tmp_path / "llm.yaml", methods=rows, **({"seeds": [1]} | changes))
        return run_main(monkeypatch, "run", str(suite), "--data", str(data), "--out", str(tmp_path / out))

    return work


def results(out: Path) -> dict[str, dict[str, Any]]:
    """By label and target."""
    read = [json.loads(path.read_text(encoding="utf-8")) for path in out.rglob("result.json")]
    return {f"{r['spec']['label']}/{r['spec']['target']}": r for r in read}


def test_a_run_from_prompt_to_table(
    run: Run, stub: Stub, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    rows = ({}, {"state": True, "price_prompt": 1.0, "price_completion": 4.0}, {"k": 2})
    assert run(*rows, settings=["zero-shot"]) == 0
    said = capfd.readouterr()
    assert "6 cells: 6 finished" in said.err and "| row 2" in said.out and "too few to compare" not in said.out
    found = results(tmp_path / "runs")
    assert len(stub.requests) == 6 * 11
    plain, state, shots = (found[f"row {i}/taxi"] for i in range(3))
    usage = {"answers": 11, "asked": 11, "cached": 0, "prompt_tokens": 1100, "completion_tokens": 110}
    assert plain["facts"]["usage"].items() >= (usage | {"truncated": 0, "cost": None}).items()
    assert state["facts"]["usage"]["cost"] == pytest.approx((1100 * 1.0 + 110 * 4.0) / 1e6)
    assert [r["reads"]["state"] for r in (plain, state, shots)] == [False, True, False]
    assert plain["notes"] == [] and plain["leak"] is not None
    assert plain["spec"]["settings"]["base_url"] == stub.url and plain["spec"]["backbone"] is None
    predictions = next((tmp_path / "runs").rglob("predictions.jsonl"))
    texts = {json.loads(line)["summary"] for line in predictions.read_text(encoding="utf-8").splitlines()}
    assert texts <= {text_for(request) for request in stub.requests} and len(texts) == 11

    sent = [request["messages"] for request in stub.requests if len(request["messages"]) > 2]
    assert len(sent) == 22 and all(len(messages) == 6 for messages in sent)
    for *context, asked in sent:
        assert "test" in asked["content"] and "test" not in json.dumps(context), "only training examples in context"
        assert [message["role"] for message in context[1:]] == ["user", "assistant"] * 2

    for path in (tmp_path / "runs").rglob("result.json"):
        path.unlink()
        (path.parent / "predictions.jsonl").unlink()
    assert run(*rows, settings=["zero-shot"]) == 0
    assert len(stub.requests) == 6 * 11, "every answer is kept"
    again = results(tmp_path / "runs")
    for name, result in again.items():
        assert result["columns"] == found[name]["columns"] and result["key"] == found[name]["key"]
        assert (result["facts"]["usage"]["asked"], result["facts"]["usage"]["cached"]) == (0, 11)
        assert result["facts"]["usage"]["prompt_tokens"] == 1100

    said = capfd.readouterr()
    assert KEY not in said.out + said.err + caplog.text
    assert KEY.encode() not in everything_written(tmp_path)


def test_examples_in_context_never_name_the_target(run: Run, stub: Stub, tmp_path: Path) -> None:
    assert run({"k": 3}, settings=["zero-shot", {"name": "few-shot", "k": 2}]) == 0
    for path in (tmp_path / "runs").rglob("examples.json"):
        target = json.loads((path.parents[1] / "spec.json").read_text(encoding="utf-8"))["target"]
        examples = json.loads(path.read_text(encoding="utf-8"))["examples"]
        assert len(examples) == 3
        for example in examples:
            assert target not in example["domains"] and all(slot["domain"] != target for slot in example["state"])


@pytest.mark.parametrize("status", [401, 404, 500])
def test_a_failed_cell_says_why_and_goes_on_when_it_is_mended(
    status: int, run: Run, stub: Stub, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    stub.next = [made.ok()] * 5
    stub.usual = made.echo(status)
    assert run({"concurrency": 1}) == 1
    said = capfd.readouterr()
    assert f"status {status}" in said.err and "todsum-sim test" in said.err
    assert KEY not in said.out + said.err and KEY[:12] not in said.out + said.err
    assert KEY.encode() not in everything_written(tmp_path)
    assert not list(tmp_path.rglob("traceback.txt"))
    stub.usual, before = made.ok(), len(stub.requests)
    assert run({"concurrency": 4}) == 0
    assert len(stub.requests) == before + 22 - 5
    (result,) = results(tmp_path / "runs").values()
    assert result["facts"]["usage"]["asked"] == 22, "what was asked for this cell before counts as asked"


def test_a_bug_leaves_a_traceback_without_the_key(
    run: Run, stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(*arguments: Any) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("todsum.methods.llm.endpoint.read_answer", broken)
    assert run({}) == 1
    (traceback,) = tmp_path.rglob("traceback.txt")
    assert "a bug" in traceback.read_text(encoding="utf-8")
    said = capfd.readouterr()
    assert KEY not in said.out + said.err and KEY.encode() not in everything_written(tmp_path)


def killed_at(stub: Stub, number: int, work: Callable[[], object]) -> None:
    """Kills a process without notice while the server holds back the answer to its request of that number."""
    process = get_context("fork").Process(target=work)
    stub.next = [made.ok()] * (number - 1) + [made.stall(stub)]
    process.start()
    until = time.monotonic() + 60
    while len(stub.requests) < number and process.is_alive() and time.monotonic() < until:
        time.sleep(0.002)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()


@pytest.mark.parametrize("number", [1, 10, 22])
def test_a_killed_cell_goes_on(number: int, stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", stub.url)
    settings = {"model": "m", "k": 2, "concurrency": 1}  # batches of eight
    suite = write_suite(tmp_path / "s.yaml", methods=[{"name": "llm", "settings": settings}], seeds=[1])
    (cell,) = plan(read_suite(suite), toy_data(tmp_path / "data"))
    outcomes = []
    for name in ("undisturbed", "killed"):
        monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / f"cache-{name}"))
        options = Options(tmp_path / name, scoring_workers=1)
        stub.requests.clear()
        if name == "killed":
            killed_at(stub, number, lambda options=options: run_cell(cell, options))
        assert run_cell(cell, options).state == "finished"
        (path,) = (tmp_path / name).rglob("result.json")
        result = json.loads(path.read_text(encoding="utf-8"))
        outcomes.append([result[key] for key in ("ids", "columns", "facts", "key")])
        asked = [json.dumps(request) for request in stub.requests]
        assert len(asked) == 22 + (name == "killed") and len(set(asked)) == 22, "only the one under way is asked again"
    assert outcomes[0] == outcomes[1]


def test_the_suite_that_comes_with_it() -> None:
    suite = read_suite(ROOT / "benchmarks" / "llm.yaml")
    rows = [method for grid in suite.grids for method in grid.methods if method.name == "llm"]
    found = [LlmSettings(**({"backbone": suite.backbone} | row.settings)) for row in rows]
    assert {(s.model is None, s.k, s.state) for s in found} >= {
        (local, k, state) for local in (True, False) for k in (0, 2) for state in (True, False)
    }
