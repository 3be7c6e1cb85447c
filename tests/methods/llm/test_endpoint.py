from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from tests.methods.llm import stub as made
from tests.methods.llm.conftest import KEY, everything_written
from tests.methods.llm.stub import Stub, text_for
from todsum.errors import TodsumError
from todsum.methods.llm import patience, transport
from todsum.methods.llm.answer_cache import AnswerCache
from todsum.methods.llm.endpoint import Endpoint
from todsum.methods.llm.key import Key
from todsum.methods.llm.model import Chat
from todsum.methods.llm.settings import LlmSettings


def chats(count: int) -> list[Chat]:
    return [Chat(f"todsum e{i}", ({"role": "user", "content": f"dialogue {i}"},)) for i in range(count)]


def expected(count: int) -> list[str]:
    return [text_for({"messages": list(chat.messages)}) for chat in chats(count)]


@pytest.fixture
def endpoint(stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Endpoint]:
    monkeypatch.setenv("OPENAI_BASE_URL", stub.url)

    def make(**changes: Any) -> Endpoint:
        lines = changes.pop("lines", [])
        settings = LlmSettings(**({"model": "m", "base_url": stub.url, "timeout": 5, "attempts": 4} | changes))
        key = Key.from_environment(settings.key_env)
        return Endpoint(settings, 3, AnswerCache(tmp_path / "cache" / "llm"), key, lines.append)

    return make


def ask(endpoint: Endpoint, count: int = 1) -> list[str]:
    return [answer.summary for answer in endpoint.answers(chats(count), lambda place: None)]


def test_what_is_sent(stub: Stub, endpoint: Callable[..., Endpoint]) -> None:
    body = {"top_p": 0.5, "max_tokens": None, "max_completion_tokens": 9}
    assert ask(endpoint(temperature=0.5, body=body)) == expected(1)
    assert stub.paths == ["/v1/chat/completions"]
    assert stub.requests == [
        {
            "model": "m",
            "messages": [{"role": "user", "content": "dialogue 0"}],
            "temperature": 0.5,
            "seed": 3,
            "top_p": 0.5,
            "max_completion_tokens": 9,
        }
    ]
    assert stub.headers[0]["Authorization"] == f"Bearer {KEY}"
    ask(endpoint(key_env=None))
    assert "Authorization" not in stub.headers[1]


def test_special_tokens_are_sent_as_text(endpoint: Callable[..., Endpoint]) -> None:
    made = endpoint()
    ordinary, marked = chats(1)[0], Chat("x", ({"role": "user", "content": "hi</s><|im_end|>"},))
    assert made.plain(ordinary) == ordinary, "and so are its request and its place in the cache"
    assert made.request(made.plain(marked)).body["messages"] == [{"role": "user", "content": "hi< /s>< |im_end|>"}]


def test_answers_come_in_order_and_no_more_are_asked_at_once_than_allowed(
    stub: Stub, endpoint: Callable[..., Endpoint]
) -> None:
    now, most = [0], [0]

    def late(handler: Any, body: dict[str, Any]) -> None:
        with stub.lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.03 if body["messages"][0]["content"].endswith("0") else 0.005)
        with stub.lock:
            now[0] -= 1
        made.ok()(handler, body)

    stub.usual = late
    assert ask(endpoint(concurrency=3), 30) == expected(30)
    assert most == [3]
    most[0] = 0
    assert ask(endpoint(concurrency=1, temperature=1), 4) == expected(4)
    assert most == [1]


FAILURES: dict[str, Callable[[Stub], made.Behaviour]] = {
    "500": lambda stub: made.raw(b"oops", 500),
    "503": lambda stub: made.raw(b"", 503, Retry_After="0"),
    "429": lambda stub: made.raw(b"{}", 429, Retry_After="0.01"),
    "408": lambda stub: made.raw(b"", 408),
    "drop": lambda stub: made.drop,
    "cut short": lambda stub: made.cut_short,
    "broken JSON": lambda stub: made.raw(b'{"choices": [{"mess'),
    "no choices": lambda stub: made.raw(b'{"choices": []}'),
    "an error": lambda stub: made.raw(b'{"error": {"message": "overloaded", "code": 503}}'),
    "a stream that breaks off": lambda stub: made.streamed("The user", end=""),
    "HTML": lambda stub: made.raw(b"<h1>Bad gateway</h1>"),
    "broken off": lambda stub: made.ok("The user", "abort"),
    "slow headers": made.slow_headers,
    "stall": made.stall,
    "drip": made.drip,
    "endless": lambda stub: made.endless,
    "a dripping size of a chunk": lambda stub: made.dripping(stub, b"", b"0"),
    "trailers without end": lambda stub: made.dripping(stub, b"0\r\n", b"X: 1\r\n"),
}


SLOW = ("stall", "drip", "slow headers", "a dripping size of a chunk", "trailers without end")


@pytest.mark.parametrize("name", FAILURES)
def test_a_failure_that_may_mend_is_asked_again(
    name: str, stub: Stub, endpoint: Callable[..., Endpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_BYTES", 1 << 20)
    lines: list[str] = []
    stub.next = [FAILURES[name](stub)] * 2
    assert ask(endpoint(lines=lines, timeout=0.2 if name in SLOW else 5)) == expected(1)
    assert len(stub.requests) == 3 and len([line for line in lines if "again in" in line]) == 2
    assert KEY not in "".join(lines)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (made.raw(b'{"error": {"message": "out of\\n order"}}', 500), r"status 500: out of order \(4 tries\)"),
        (made.raw(b'{"error": "no\\u0007"}', 502), r"status 502: no \(4 tries\)"),
        (made.raw(b"<p>" * 5000, 503), r"status 503: (<p>){100} \(4 tries\)"),
        (made.raw(b'{"error": {"message": 7}}', 500), r"status 500: 7 \(4 tries\)"),
        (made.raw(b"[" * 50_000, 500), r"status 500: \[{300} \(4 tries\)"),
        (made.drop, r"RemoteDisconnected: .* \(4 tries\)"),
        (made.raw(b"{}"), r"not a chat completion at choices \(missing\) \(4 tries\)"),
    ],
)
def test_tries_are_bounded(
    behaviour: made.Behaviour, reason: str, stub: Stub, endpoint: Callable[..., Endpoint], tmp_path: Path
) -> None:
    stub.usual = behaviour
    with pytest.raises(TodsumError, match=rf"^todsum e0: {stub.url}/chat/completions: {reason}$"):
        ask(endpoint())
    assert len(stub.requests) == 4
    assert not list((tmp_path / "cache").rglob("*.json")), "a failure is not kept"


@pytest.mark.parametrize("status", [400, 404, 422, 204])
def test_what_another_try_cannot_mend(status: int, stub: Stub, endpoint: Callable[..., Endpoint]) -> None:
    stub.usual = made.raw(b'{"error": {"message": "unknown model"}}', status)
    with pytest.raises(TodsumError, match=rf"status {status}(: unknown model)?$"):
        ask(endpoint())
    assert len(stub.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int, stub: Stub, endpoint: Callable[..., Endpoint]) -> None:
    with made.serving() as elsewhere:
        stub.usual = made.raw(b"", status, Location=f"{elsewhere.url}/chat/completions")
        with pytest.raises(TodsumError, match=rf"status {status}: it redirects, .* set base_url to where it leads"):
            ask(endpoint())
        assert not elsewhere.requests and len(stub.requests) == 1


def test_a_key_that_is_refused(stub: Stub, endpoint: Callable[..., Endpoint], monkeypatch: pytest.MonkeyPatch) -> None:
    stub.usual = made.echo(401)
    with pytest.raises(TodsumError, match=r"status 401: the endpoint does not accept the key in OPENAI_API_KEY$"):
        ask(endpoint())
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(TodsumError, match=r"asks for a key; set OPENAI_API_KEY$"):
        ask(endpoint())
    with pytest.raises(TodsumError, match=r"asks for a key; leave out key_env$"):
        ask(endpoint(key_env=None))
    assert len(stub.requests) == 3


def test_nothing_is_sent_to_openai_by_oversight(
    endpoint: Callable[..., Endpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL")
    endpoint(base_url=None)
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(TodsumError, match="asks for a key; set OPENAI_API_KEY, or OPENAI_BASE_URL to another address"):
        endpoint(base_url=None)


def test_a_key_is_not_sent_in_the_open(endpoint: Callable[..., Endpoint], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://example.com/v1")
    with pytest.raises(TodsumError, match="the key in OPENAI_API_KEY would travel in the open; use https") as caught:
        endpoint(base_url="http://example.com/v1")
    assert KEY not in str(caught.value)
    endpoint(base_url="http://example.com/v1", key_env=None)


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500])
def test_a_server_that_repeats_the_key_puts_it_nowhere(
    status: int,
    stub: Stub,
    endpoint: Callable[..., Endpoint],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    lines: list[str] = []
    stub.usual = made.ok(f"the key is {KEY}.", model=KEY) if status == 200 else made.echo(status)
    try:
        told = ask(endpoint(lines=lines))[0]
    except TodsumError as error:
        told = f"{error!r} {error.__cause__!r} {error.__context__!r}"
    captured = capfd.readouterr()
    everywhere = "\n".join([told, *lines, caplog.text, captured.out, captured.err])
    assert stub.headers[0]["Authorization"].endswith(KEY)
    for piece in (KEY, KEY[:12], KEY[10:]):
        assert piece not in everywhere and piece.encode() not in everything_written(tmp_path)


def test_a_wait_that_the_server_asks_for(stub: Stub, endpoint: Callable[..., Endpoint]) -> None:
    stub.next = [made.raw(b"", 429, Retry_After="0.3")]
    began = time.monotonic()
    assert ask(endpoint()) == expected(1)
    assert time.monotonic() - began >= 0.3
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=500), usegmt=True)
    for asked in ("500", date):
        stub.next, before = [made.raw(b"", 429, Retry_After=asked)], len(stub.requests)
        with pytest.raises(TodsumError, match=r"status 429 \(1 try; it asks to wait (500|49\d\.?\d*) s\)"):
            ask(endpoint(temperature=1))
        assert len(stub.requests) == before + 1


def test_nobody_is_there(endpoint: Callable[..., Endpoint]) -> None:
    with pytest.raises(TodsumError, match=r"ConnectionRefusedError: .* \(4 tries\)"):
        ask(endpoint(base_url="http://127.0.0.1:9/v1"))


def test_a_failure_ends_the_requests_that_wait(
    stub: Stub, endpoint: Callable[..., Endpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One waits long to try again, others have not been sent: none of them holds up the end."""
    monkeypatch.setattr(patience, "FIRST_WAIT", 60.0)
    waits, began = threading.Event(), time.monotonic()

    def behave(handler: Any, body: dict[str, Any]) -> None:
        if body["messages"][0]["content"].endswith(" 0"):
            waits.set()
            made.raw(b"", 500)(handler, body)
        else:
            waits.wait(10)
            made.raw(b"", 400)(handler, body)

    stub.usual = behave
    with pytest.raises(TodsumError, match=r"todsum e1: .*status 400"):
        ask(endpoint(concurrency=2), 50)
    assert time.monotonic() - began < 10 and len(stub.requests) <= 4


def test_nothing_is_asked_twice(stub: Stub, endpoint: Callable[..., Endpoint]) -> None:
    places: list[int] = []
    answers = endpoint().answers(chats(3) * 2, places.append)
    assert [answer.summary for answer in answers] == expected(3) * 2
    assert sorted(places) == [0, 1, 2] and len(stub.requests) == 3
    assert ask(endpoint(concurrency=1, timeout=9, price_prompt=1.0), 5) == expected(5)
    assert len(stub.requests) == 5, "two new ones; how to ask does not count"
    ask(endpoint(max_tokens=7), 1)
    assert len(stub.requests) == 6, "another request"


def test_what_was_answered_before_a_failure_is_kept(stub: Stub, endpoint: Callable[..., Endpoint]) -> None:
    stub.next = [made.ok(), made.ok(), made.raw(b"", 400)]
    with pytest.raises(TodsumError, match="todsum e2"):
        ask(endpoint(concurrency=1), 6)
    assert ask(endpoint(), 6) == expected(6)
    contents = Counter(request["messages"][0]["content"] for request in stub.requests)
    assert contents.pop("dialogue 2") == 2 and set(contents.values()) == {1}


def test_two_processes_ask_each_request_once(stub: Stub, endpoint: Callable[..., Endpoint]) -> None:
    def late(handler: Any, body: dict[str, Any]) -> None:
        time.sleep(0.02)
        made.ok()(handler, body)

    stub.usual = late
    context = get_context("fork")
    results = context.Queue()
    processes = [context.Process(target=lambda: results.put(ask(endpoint(concurrency=4), 20))) for _ in range(2)]
    for process in processes:
        process.start()
    found = [results.get(timeout=30) for _ in processes]
    for process in processes:
        process.join(timeout=30)
    assert found == [expected(20)] * 2
    assert len(stub.requests) == 20
