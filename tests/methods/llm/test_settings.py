from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.methods.llm.conftest import KEY
from todsum.files.validation import explain
from todsum.methods.llm.address import checked_url, is_users, keeps_secrets
from todsum.methods.llm.prompts import SHIPPED
from todsum.methods.llm.settings import LlmSettings

RUN_OPTIONS = {
    "key_env": None,
    "concurrency": 9,
    "attempts": 2,
    "connect_timeout": 1.5,
    "timeout": 3.5,
    "longest_wait": 4.5,
    "price_prompt": 0.5,
    "price_completion": 1.5,
}
DECIDING = {
    "model": "n",
    "base_url": "http://localhost:1/v1",
    "k": 2,
    "state": True,
    "query": False,
    "max_source_chars": 500,
    "max_example_chars": 500,
    "temperature": 0.5,
    "max_tokens": 9,
    "body": {"top_p": 0.5},
}


def dumped(**values: Any) -> dict[str, Any]:
    return LlmSettings(**({"model": "m"} | values)).model_dump(mode="json")


def test_what_decides_a_summary_is_in_the_key_and_what_does_not_is_not() -> None:
    plain = dumped()
    assert dumped(**RUN_OPTIONS) == plain
    assert not set(RUN_OPTIONS) & set(plain)
    for name, value in DECIDING.items():
        assert dumped(**{name: value}) == plain | {name: value}
    assert dumped(on_no_answer="fail") == plain | {"on_no_answer": "fail"}
    assert dumped(on_no_answer="empty") == plain, "keys of cells from before it are the same"
    rest = {*RUN_OPTIONS, "prompts", "on_no_answer"}
    assert set(LlmSettings.model_fields) - set(plain) == rest, "each field is one or the other"


def test_prompts_count_by_what_is_in_them(tmp_path: Path) -> None:
    for file in SHIPPED.glob("*.j2"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    assert dumped(prompts=str(tmp_path)) == dumped()
    (tmp_path / "qmsum.j2").write_text("{% block user %}x{% endblock %}")
    assert dumped(prompts=str(tmp_path)) != dumped()
    assert dumped(**dumped()) == dumped(), "settings of a result can be given again"
    with pytest.raises(ValidationError, match="the prompt files have the checksum"):
        LlmSettings(model="m", prompts_sha256="0" * 64)


def test_the_address_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert dumped()["base_url"] == "https://api.openai.com/v1"
    monkeypatch.setenv("OPENAI_BASE_URL", "HTTP://LocalHost:8000/v1/")
    assert dumped()["base_url"] == "http://localhost:8000/v1"
    assert dumped(base_url="https://else.where/v1")["base_url"] == "https://else.where/v1"
    assert LlmSettings(backbone="x").base_url is None


def test_a_suites_backbone_leaves_endpoint_rows_alone() -> None:
    assert dumped(backbone="todsum-mini", revision="main") == dumped()


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({}, "set backbone, a local checkpoint, or model"),
        ({"backbone": "x", "base_url": "http://localhost/v1"}, "set model, too"),
        ({"backbone": "x", "body": {"top_p": 1}}, "set model, too"),
        ({"model": "m", "body": {"messages": []}}, "messages is filled in"),
        ({"model": "m", "body": {"stream": True}}, "stream is filled in"),
        ({"model": "m", "prompts": "/no/such"}, "no prompts here"),
        ({"model": KEY}, "the value of OPENAI_API_KEY stands in the settings"),
        ({"model": "m", "body": {"key": KEY}}, "the value of OPENAI_API_KEY stands in the settings"),
        ({"model": "m", "base_url": f"https://h/{KEY}/v1"}, "the value of OPENAI_API_KEY stands in the settings"),
        ({"model": "m", "key_env": KEY}, "key_env"),
        ({"model": "m", "key_env": "lower_case"}, "a suite can't choose what is sent as a key"),
        ({"model": "m", "key_env": "AWS_SECRET_ACCESS_KEY"}, "set OPENAI_API_KEY to the key"),
        ({"model": "m", "key_env": ""}, "a suite can't choose what is sent as a key"),
        ({"model": "m", "on_no_answer": "retry"}, "on_no_answer"),
        ({"model": "m", "k": -1}, "k"),
    ],
)
def test_wrong_settings_are_told_without_what_was_given(wrong: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        LlmSettings(**wrong)
    assert reason in explain(caught.value, LlmSettings)
    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8000/v1",
        "ftp://host/v1",
        "https://",
        "https://user@host/v1",
        "https://user:hunter2secret@host/v1",
        "https://host/v1?key=hunter2secret",
        "https://host/v1#hunter2secret",
        "https://host/a b",
        "https://host:99999/v1",
        "https://[::1/v1",
        "https://host\\@other/v1",
        "https://h\u00f6st/v1",
    ],
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(ValueError, match="has to be like https://host/v1") as caught:
        checked_url(url)
    assert "hunter2secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://api.openai.com/v1", True),
        ("http://localhost:8000/v1", True),
        ("http://127.0.0.1/v1", True),
        ("http://[::1]:11434/v1", True),
        ("http://192.168.3.4/v1", True),
        ("http://10.0.0.1:8000", True),
        ("http://ollama:11434/v1", True),
        ("http://api.openai.com/v1", False),
        ("http://8.8.8.8/v1", False),
        ("http://localhost.example.com/v1", False),
        ("http://127.0.0.1.example.com/v1", False),
    ],
)
def test_which_addresses_keep_a_key(url: str, kept: bool) -> None:
    assert keeps_secrets(checked_url(url)) is kept


@pytest.mark.parametrize(
    ("given", "url", "own"),
    [
        (None, "https://api.openai.com/v1", True),
        (None, "https://api.openai.com/v2", False),
        (None, "https://api.openai.com.evil.example/v1", False),
        (None, "http://localhost:8000/v1", False),
        ("", "https://api.openai.com/v1", True),
        ("https://Mine.example:443/v1/", "https://mine.example/v1", True),
        ("https://mine.example/v1", "https://api.openai.com/v1", False),
        ("https://mine.example/v1", "https://mine.example:444/v1", False),
        ("https://mine.example/v1", "http://mine.example/v1", False),
        ("https://mine.example/v1", "https://mine.example/v1/../evil", False),
        ("https://mine.example/v1", "https://mine.example./v1", False),
        ("https://user:hunter2@mine.example/v1", "https://mine.example/v1", False),
    ],
)
def test_a_key_goes_to_the_users_address_alone(
    given: str | None, url: str, own: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if given is not None:
        monkeypatch.setenv("OPENAI_BASE_URL", given)
    assert is_users(checked_url(url)) is own
    assert LlmSettings(model="m", base_url=url).warnings() == (
        [] if own else [f"{url}: an address of the suite's own: it is sent the dialogues, but no key"]
    )
