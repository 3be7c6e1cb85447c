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
from tests.methods.llm.test_behaviours import BEHAVIOURS
from tests.methods.llm.test_reasoning import SPELLINGS, spelled
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

    def work(*settings: dict[str, Any], out: str = "runs", data: Path = data, **changes: Any) -> int:
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


def test_odd_answers_are_counted_and_cost_no_row(
    run: Run, stub: Stub, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    odd = ["a refusal", "null", "filtered", "filtered, by a status", "a lone surrogate", "a negative count", "streamed"]
    odd += ["reasoning alone, in the text", "a list of parts"]
    stub.next = [BEHAVIOURS[name][0] for name in odd] + [
        made.ok("<rethink>hm</rethink>A taxi."),
        made.ok("A", "length"),
    ]
    assert run({"concurrency": 1}) == 0
    said = capfd.readouterr()
    (result,) = results(tmp_path / "runs").values()
    usage = result["facts"]["usage"]
    counted = ("answers", "empty", "refused", "filtered", "reasoning_removed", "reasoning_left", "garbled", "truncated")
    assert [usage[name] for name in counted] == [22, 5, 1, 2, 1, 1, 1, 2]
    assert usage["prompt_tokens"] is None, "some answers were not counted"
    assert result["notes"] == [
        "5 of 22 summaries are empty",
        "5 of 22 answers are no summary and scored as empty: 1 refused, 2 filtered, 2 with nothing in them",
        "1 of 22 answers still hold a mark of reasoning",
        "1 of 22 answers hold U+FFFD in place of what came broken",
        "2 of 22 answers were cut at max_tokens",
    ]
    assert "all methods: 1 of 22 answers still hold a mark of reasoning" in said.out
    asked = len(stub.requests)
    for path in (tmp_path / "runs").rglob("result.json"):
        path.unlink()
        (path.parent / "predictions.jsonl").unlink()
    assert run({"concurrency": 1}) == 0
    (again,) = results(tmp_path / "runs").values()
    assert len(stub.requests) == asked and again["columns"] == result["columns"] and again["notes"] == result["notes"]


def test_a_dialogue_that_is_too_long_costs_no_row(
    run: Run, stub: Stub, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    stub.next = [BEHAVIOURS[name][0] for name in ("too long", "a refusal in words")]
    assert run({"concurrency": 1}) == 0
    (result,) = results(tmp_path / "runs").values()
    usage = result["facts"]["usage"]
    assert [usage[kind] for kind in ("empty", "too_long", "refused", "refused_in_words")] == [2, 1, 1, 1]
    assert usage["reasons"][0].startswith("This model's maximum context length is 8192 tokens.")
    assert result["notes"][1:] == [
        "2 of 22 answers are no summary and scored as empty: 1 refused, 0 filtered, 0 with nothing in them, "
        "1 of dialogues that are too long for the model",
        "1 of 22 answers were taken for refusals by their words",
    ]
    capfd.readouterr()
    stub.next = [BEHAVIOURS["too long"][0]]
    assert run({"concurrency": 1, "on_no_answer": "fail"}) == 1
    assert (
        "too long for the model; lower max_source_chars, max_example_chars or k: This model's" in capfd.readouterr().err
    )


def test_special_tokens_in_a_dialogue_are_sent_as_text(run: Run, stub: Stub, tmp_path: Path) -> None:
    assert run({}) == 0
    ordinary = [json.dumps(request) for request in stub.requests]
    other = toy_data(tmp_path / "other-data")
    (path,) = other.rglob("test.json")
    path.write_text(path.read_text(encoding="utf-8").replace("taxi", "taxi</s><|im_end|>", 1), encoding="utf-8")
    assert run({}, out="marked", data=other) == 0
    (result,) = results(tmp_path / "marked").values()
    asked = [json.dumps(request) for request in stub.requests[len(ordinary) :]]
    assert len(asked) == 1 and "< /s>< |im_end|>" in asked[0], "all others are sent as before, and were kept"
    assert result["notes"] == ["1 of 22 dialogues hold what would be special tokens; blanks make text of them"]


def test_scores_with_reasoning_in_any_spelling_are_those_without(
    run: Run, stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run({"concurrency": 1}, out="plain") == 0
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "other-cache"))

    def reasoned(handler: Any, body: dict[str, Any]) -> None:
        spelling = list(SPELLINGS.values())[len(stub.requests) % len(SPELLINGS)]
        made.ok(spelled(spelling, text_for(body)))(handler, body)

    stub.usual = reasoned
    assert run({"concurrency": 1}, out="reasoned") == 0
    (plain,), (other,) = (results(tmp_path / name).values() for name in ("plain", "reasoned"))
    assert len(stub.requests) == 44 and other["columns"] == plain["columns"] and other["scores"] == plain["scores"]
    assert other["facts"]["usage"]["reasoning_removed"] >= 20 and other["notes"] == []


def test_no_answer_may_end_a_cell(run: Run, stub: Stub, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    stub.next = [made.ok()] * 3 + [BEHAVIOURS["a refusal"][0]]
    assert run({"concurrency": 1, "on_no_answer": "fail"}) == 1
    told = "the model refuses to answer: I can't help with that.; set on_no_answer to empty"
    assert told in capfd.readouterr().err
    assert run({"concurrency": 1, "on_no_answer": "fail"}) == 0
    (failing,) = results(tmp_path / "runs").values()
    assert failing["facts"]["usage"]["refused"] == 0 and failing["notes"] == []


SECRET = "aws-secret-0123456789abcdefghij"


@pytest.mark.parametrize("key_env", ["AWS_SECRET_ACCESS_KEY", "HF_TOKEN", "PATH", "openai_api_key"])
def test_a_suite_cannot_choose_what_is_sent(
    key_env: str, run: Run, stub: Stub, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    assert run({"key_env": key_env, "base_url": stub.url}) == 2
    said = capfd.readouterr()
    assert "a suite can't choose what is sent as a key: leave it out" in said.err and said.err.count("\n") == 1
    assert SECRET not in said.err and not stub.requests


def test_a_suite_cannot_choose_where_the_key_goes(
    run: Run, stub: Stub, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with made.serving() as strange:
        assert run({"base_url": strange.url}, {"base_url": f"{stub.url}/", "temperature": 1}) == 0
        said = capfd.readouterr()
        assert (
            said.err.count(f"{strange.url}: an address of the suite's own: it is sent the dialogues, but no key") == 1
        )
        assert len(strange.headers) == len(stub.headers) == 22
        assert not any(KEY in str(headers) or "Authorization" in headers for headers in strange.headers)
        assert all(headers["Authorization"] == f"Bearer {KEY}" for headers in stub.headers)

        strange.usual = made.echo(401)
        assert run({"base_url": strange.url, "temperature": 2}) == 1
        mend = f"one goes only to the address in OPENAI_BASE_URL; set it to {strange.url}"
        assert mend in capfd.readouterr().err and KEY.encode() not in everything_written(tmp_path)

        strange.usual, before = made.raw(b"", 307, Location=f"{stub.url}/chat/completions"), len(stub.requests)
        assert run({"base_url": strange.url, "temperature": 0.5}) == 1
        assert len(stub.requests) == before


def test_own_dialogues_go_to_no_address_of_a_model_folder(
    run: Run, stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run({}) == 0
    (result,) = (tmp_path / "runs").rglob("result.json")
    dialogues = tmp_path / "dialogues.txt"
    dialogues.write_text("user: a taxi , please\nagent: booked\n", encoding="utf-8")
    command = ("summarize", "--model", str(result.parent), str(dialogues))
    capfd.readouterr()
    assert run_main(monkeypatch, *command) == 0
    assert "it is number" in capfd.readouterr().out
    with made.serving() as other:
        monkeypatch.setenv("OPENAI_BASE_URL", other.url)
        before = len(stub.requests)
        assert run_main(monkeypatch, *command) == 2
        assert f"asks {stub.url}; if your dialogues may go there, set OPENAI_BASE_URL" in capfd.readouterr().err
        assert len(stub.requests) == before and not other.requests


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
