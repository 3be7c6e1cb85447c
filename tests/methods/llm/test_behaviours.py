"""Behaviours of endpoints, each against the local server: what the summary is, or what the user reads."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.methods.llm import stub as made
from tests.methods.llm.conftest import KEY, everything_written
from tests.methods.llm.stub import Stub, completion, message, ok, raw, streamed
from tests.methods.llm.test_reasoning import SPELLINGS, SUMMARY, spelled
from todsum.errors import TodsumError
from todsum.methods.llm.answer_cache import AnswerCache
from todsum.methods.llm.endpoint import Endpoint
from todsum.methods.llm.key import Key
from todsum.methods.llm.model import Chat
from todsum.methods.llm.settings import LlmSettings

A = SUMMARY


@dataclass(frozen=True)
class Says:
    """What comes of a behaviour: the summary and why it lacks, if it does; or the words of an error."""

    summary: str = A
    lack: str | None = None
    error: str | None = None
    asked: int = 1


REFUSED, FILTERED, EMPTY = Says("", "refused"), Says("", "filtered"), Says("", "empty")
TOO_LONG = Says("", "too_long")


def fails(words: str, asked: int = 2) -> Says:
    return Says(error=words, asked=asked)


def error(status: int, **fields: Any) -> made.Behaviour:
    return raw(json.dumps({"error": fields}).encode(), status)


AZURE = {
    "code": "content_filter",
    "message": "The response was filtered.",
    "innererror": {"code": "ResponsibleAIPolicyViolation"},
}
OPENAI_TOO_LONG = {
    "code": "context_length_exceeded",
    "message": "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
}
HTML = b"<!DOCTYPE html><html><head><title>Sign in</title><script>x()</script></head><body>to the\n Wi-Fi</body></html>"
TEXT = {"type": "text", "text": A}
THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}

STREAM = (
    b"".join(
        b"data: "
        + json.dumps({"choices": [{"delta": delta, "finish_reason": finish}]}, ensure_ascii=False).encode()
        + b"\n\n"
        for delta, finish in [({"role": "assistant", "content": ""}, None), ({"content": A}, None), ({}, "stop")]
    )
    + b"data: [DONE]\n\n"
)

BEHAVIOURS: dict[str, tuple[made.Behaviour, Says]] = {
    "an answer": (ok(A), Says()),
    "cut at max_tokens": (ok(A, "length"), Says()),
    "reasoning in a field": (message(content=A, reasoning_content="hm"), Says()),
    "reasoning in a field of another name": (message(content=A, reasoning="hm", reasoning_details=[{}]), Says()),
    "reasoning alone, in a field": (message("length", content=None, reasoning_content=A), EMPTY),
    "reasoning alone, in the text": (ok("<think>hm", "length"), EMPTY),
    "a text in a choice": (raw(json.dumps({"choices": [{"text": A, "finish_reason": "stop"}]}).encode()), Says()),
    "a text in a choice, no more": (raw(json.dumps({"choices": [{"text": A}]}).encode()), Says()),
    "a long piece of the key": (ok(f"{A} {KEY[:20]}… {' '.join(KEY)}"), Says(f"{A} [key]… {' '.join(KEY)}")),
    "what many keys begin with": (ok(f"{A} {KEY[:8]}…"), Says(f"{A} {KEY[:8]}…")),
    "null": (message(content=None), EMPTY),
    "no content": (message(), EMPTY),
    "an empty text": (ok(""), EMPTY),
    "blanks": (ok(" \n\t"), EMPTY),
    "a call of a tool": (message("tool_calls", content=None, tool_calls=[{"id": "x"}]), EMPTY),
    "a refusal": (message(content=None, refusal="I can't help with that."), REFUSED),
    "a refusal beside a text": (message(content="I can't.", refusal="I can't."), REFUSED),
    "a refusal that is none": (message(content=A, refusal=None), Says()),
    "an empty refusal": (message(content=A, refusal=""), Says()),
    "a refusal in a part": (message(content=[{"type": "refusal", "refusal": "I can't."}]), REFUSED),
    "filtered": (message("content_filter", content=None), FILTERED),
    "filtered, in part": (ok("The user asks", "content_filter"), FILTERED),
    "filtered, no message": (raw(b'{"choices": [{"finish_reason": "content_filter"}]}'), FILTERED),
    "filtered, in capitals": (ok("", "PROHIBITED_CONTENT"), FILTERED),
    "filtered, by a status": (error(400, **AZURE), FILTERED),
    "filtered, by another code": (error(400, code="data_inspection_failed", message="Input may be unsafe"), FILTERED),
    "filtered, by moderation": (error(403, code=403, message="flagged", metadata={"flagged_input": "x"}), FILTERED),
    "filtered, by an error object": (error(200, **AZURE), FILTERED),
    "filtered, by an error in a choice": (raw(json.dumps({"choices": [{"error": AZURE}]}).encode()), FILTERED),
    "filtered, joined otherwise": (ok(A, "contentFilter"), FILTERED),
    "a refusal as the finish reason": (message("refusal", content=None), REFUSED),
    "a refusal that is an object": (message(content=None, refusal={"message": "I can't."}), REFUSED),
    "a refusal in words": (ok("I'm sorry, but I can't help with that."), REFUSED),
    "a refusal in words, behind reasoning": (ok("<think>hm</think>As an AI, I cannot summarize this."), REFUSED),
    "a summary that says sorry": (
        ok("The agent is sorry that it can't help."),
        Says("The agent is sorry that it can't help."),
    ),
    "too long": (error(400, **OPENAI_TOO_LONG), TOO_LONG),
    "too long, by an error object": (error(200, **OPENAI_TOO_LONG), TOO_LONG),
    "too long, by an error in a choice": (
        raw(json.dumps({"choices": [{"error": OPENAI_TOO_LONG}]}).encode()),
        TOO_LONG,
    ),
    "too long, streamed": (streamed({"error": OPENAI_TOO_LONG}), TOO_LONG),
    "too long for a proxy": (raw(b"<html><h1>413 Request Entity Too Large</h1></html>", 413), TOO_LONG),
    "cut in other words": (ok(A, "MAX_TOKENS"), Says()),
    "a list of parts": (message(content=[{"type": "text", "text": A[:9]}, {"type": "text", "text": A[9:]}]), Says()),
    "parts with reasoning": (message(content=[THOUGHT, TEXT]), Says()),
    "parts with reasoning as text": (message(content=[{"type": "reasoning", "text": "hm"}, TEXT]), Says()),
    "parts that are texts": (message(content=[A[:9], A[9:]]), Says()),
    "one part": (message(content=TEXT), Says()),
    "parts of parts": (message(content=[{"type": "text", "text": {"value": A, "annotations": []}}]), Says()),
    "no parts": (message(content=[]), EMPTY),
    "parts without text": (message(content=[{"type": "image_url"}, 7, None]), EMPTY),
    "an image beside a text": (message(content=[{"type": "image_url", "image_url": {"url": "data:,"}}, TEXT]), Says()),
    "a thought beside a text": (message(content=[{"text": "hm", "thought": True}, {"text": A}]), Says()),
    "a part of another type of reasoning": (
        message(content=[{"type": "redacted_thinking", "text": "hm"}, TEXT]),
        Says(),
    ),
    "reasoning beside a void text": (message(content="", reasoning=A), EMPTY),
    "true for a text": (message(content=True), fails("choices.0.message.content (no text)")),
    "a number": (message(content=7), fails("not a chat completion at choices.0.message.content (no text)")),
    "an error object": (error(200, message="model is overloaded"), fails("in place of an answer: model is overloaded")),
    "an error text": (raw(b'{"error": "out of memory"}'), fails("in place of an answer: out of memory")),
    "an error with a status": (error(200, code=404, message="no model m"), fails("an answer: no model m", 1)),
    "an error with a status that may mend": (error(200, code=503, message="later"), fails("an answer: later")),
    "an error of vLLM": (raw(b'{"object": "error", "message": "too long", "code": 400}'), fails(": too long", 1)),
    "an error in a choice": (
        raw(b'{"choices": [{"error": {"message": "provider is down", "code": 502}}]}'),
        fails("in place of an answer: provider is down"),
    ),
    "an error in a list": (raw(b'[{"error": {"message": "API key not valid"}}]', 400), fails("400: API key not", 1)),
    "a detail": (raw(b'{"detail": "Not Found"}', 404), fails("status 404: Not Found", 1)),
    "no completion": (raw(b'{"message": "hello"}'), fails("not a chat completion at choices (missing): hello")),
    "choices that are null": (raw(b'{"choices": null}'), fails("not a chat completion at choices (missing)")),
    "a choice that is null": (raw(b'{"choices": [null]}'), fails("choices.0 (missing)")),
    "no choices": (raw(b'{"choices": []}'), fails("not a chat completion at choices (missing)")),
    "broken off": (ok("The user", "error"), fails("the server broke off: finish_reason error")),
    "HTML": (raw(HTML), fails("not a chat completion: Sign in to the Wi-Fi")),
    "HTML with a status": (raw(HTML, 502), fails("status 502: Sign in to the Wi-Fi")),
    "a plain text": (raw(b"upstream \x1b[31mtimed\x07 out\xe2\x80\xae"), fails("completion: upstream [31mtimed out")),
    "nothing": (raw(b""), fails("not a chat completion")),
    "no JSON": (raw(b'{"choices": [{"mess'), fails('not a chat completion: {"choices": [{"mess')),
    "100,000 brackets": (raw(b"[" * 100_000), fails("not a chat completion: [[[")),
    "streamed": (streamed(A[:9], A[9:], {"choices": [{"delta": {}, "finish_reason": "stop"}]}), Says()),
    "streamed, with reasoning": (streamed("<think>", "hm</th", "ink>", A), Says()),
    "streamed, with comments": (raw(b": keep-alive\n\ndata: " + completion(A) + b"\n\ndata: [DONE]\n\n"), Says()),
    "streamed, without blanks and the end": (raw(STREAM.replace(b"data: ", b"data:").replace(b"[DONE]", b"")), Says()),
    "streamed, CRLF": (raw(STREAM.replace(b"\n", b"\r\n")), Says()),
    "streamed, CR": (raw(STREAM.replace(b"\n", b"\r")), Says()),
    "streamed, as JSON by its header": (raw(STREAM, Content_Type="application/json"), Says()),
    "streamed, other fields": (raw(b"event: chunk\nid: 7\nretry: 10\n" + STREAM), Says()),
    "streamed, keep-alives all over": (raw(STREAM.replace(b"\n\n", b"\n\n: ping\n\n")), Says()),
    "streamed, cut in the middle of a letter": (made.chunked(STREAM[:97], STREAM[97:]), Says()),
    "streamed, halves of a letter": (
        streamed("A \ud83d", "\ude95", {"choices": [{"delta": {}, "finish_reason": "stop"}]}),
        Says("A \U0001f695"),
    ),
    "streamed, usage last": (streamed(A, {"choices": [], "usage": {"prompt_tokens": 7}}), Says()),
    "streamed, usage null": (streamed({"choices": None, "usage": None}, A), Says()),
    "streamed, parts": (streamed({"choices": [{"delta": {"content": [TEXT]}, "finish_reason": "stop"}]}), Says()),
    "streamed, reasoning in a field": (streamed({"choices": [{"delta": {"reasoning_content": "hm"}}]}, A), Says()),
    "streamed, nothing but reasoning": (
        streamed({"choices": [{"delta": {"reasoning": "hm"}, "finish_reason": "length"}]}),
        EMPTY,
    ),
    "streamed, an error event": (
        raw(b'event: error\ndata: {"message": "overloaded"}\n\n'),
        fails("no event has a choice"),
    ),
    "streamed, no JSON": (raw(STREAM.replace(b"}]}", b"}")), fails("not a chat completion")),
    "streamed, refused": (streamed({"choices": [{"delta": {"refusal": "No."}, "finish_reason": "stop"}]}), REFUSED),
    "streamed, filtered": (streamed("The", {"choices": [{"delta": {}, "finish_reason": "content_filter"}]}), FILTERED),
    "streamed, an error": (streamed("The", {"error": {"message": "gone"}}), fails("in place of an answer: gone")),
    "streamed, broken off": (
        streamed("The user", end=""),
        fails("completion (the stream ends before the answer does)"),
    ),
    "a negative count": (ok(A, usage={"prompt_tokens": -1, "completion_tokens": 3}), Says()),
    "a fraction": (ok(A, usage={"prompt_tokens": 1.5, "completion_tokens": 3}), Says()),
    "NaN": (ok(A, usage={"prompt_tokens": float("nan"), "completion_tokens": float("inf")}), Says()),
    "texts for counts": (ok(A, usage={"prompt_tokens": "many", "completion_tokens": {}}), Says()),
    "a huge count": (ok(A, usage={"prompt_tokens": 10**400}), Says()),
    "no usage": (ok(A, usage=None), Says()),
    "usage of another type": (ok(A, usage=[1, 2]), Says()),
    "a count of 5000 digits": (raw(completion(A).replace(b"100", b"1" * 5000)), Says()),
    "1e999": (raw(completion(A).replace(b"100", b"1e999")), Says()),
    "control characters": (ok("A\x00 taxi\x1b[31m."), Says("A\x00 taxi\x1b[31m.")),
    "raw control characters": (raw(completion("A_taxi.").replace(b"_", b"\x07")), fails("not a chat completion")),
    "a lone surrogate": (ok(f"{A} \ud83d"), Says(f"{A} \ufffd")),
    "a lone surrogate elsewhere": (ok(A, model="m\udfff"), Says()),
    "Latin-1": (raw(completion("a t_xi").replace(b"_", b"\xe4")), Says("a t\ufffdxi")),
    "UTF-8 with a byte order mark": (raw(b"\xef\xbb\xbf" + completion(A)), Says()),
    "UTF-16": (raw(completion(A).decode().encode("utf-16")), Says()),
    "gzip": (raw(gzip.compress(completion(A)), Content_Encoding="gzip"), Says()),
    "deflate": (raw(zlib.compress(completion(A)), Content_Encoding="deflate"), Says()),
    "deflate without its header": (
        raw(zlib.compress(completion(A), wbits=-zlib.MAX_WBITS), Content_Encoding="deflate"),
        Says(),
    ),
    "gzip, cut": (raw(gzip.compress(completion(A))[:-40], Content_Encoding="gzip"), fails("not a chat completion")),
    "brotli": (raw(b"\x8b\x01\x80{}\x03", Content_Encoding="br"), fails("compressed by br, which was not asked for")),
    "an encoding that is none": (raw(completion(A), Content_Encoding="utf-8"), Says()),
    "gzip that is none": (
        raw(completion(A), Content_Encoding="gzip"),
        fails("the answer is not the gzip that it says"),
    ),
    "a gzip bomb": (raw(gzip.compress(bytes(9 << 20)), Content_Encoding="gzip"), fails("has more than 8388608 bytes")),
    "names of other types": (ok(A, finish=7, model=["m"]), Says()),  # type: ignore[arg-type]
    "names that are too long": (ok(A, finish="x" * 10**5, model="m" * 10**5), Says()),
    "a text of two megabytes": (ok("x" * (2 << 20)), Says("x" * (1 << 20))),
    "repeated keys": (raw(b'{"choices": [], ' + completion(A)[1:]), Says()),
    "a status of its own": (raw(b'{"message": "pay first"}', 402), fails("status 402: pay first", 1)),
    "no content at all": (raw(b"", 204), fails("status 204", 1)),
    "forbidden": (error(403, message="not in your country"), fails("status 403: not in your country", 1)),
    "a wrong key": (error(401, message=f"no such key: {KEY[:7]}…"), fails("does not accept the key in OPENAI_", 1)),
    "no HTTP": (made.bytes_alone(b"\x1b[31mSSH-2.0\x07\r\n"), fails("BadStatusLine: [31mSSH-2.0")),
    "a hundred headers": (
        made.bytes_alone(b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 200),
        fails("got more than 100 headers"),
    ),
    "an endless header": (made.bytes_alone(b"HTTP/1.1 200 OK\r\nX: " + b"1" * (1 << 17)), fails("LineTooLong")),
    "chunks": (made.chunked(completion(A)[:7], completion(A)[7:]), Says()),
    "no length": (made.bytes_alone(b"HTTP/1.0 200 OK\r\n\r\n" + completion(A)), Says()),
    "a length that is none": (
        made.bytes_alone(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n" + completion(A)),
        Says(),
    ),
    "chunks that are none": (
        made.bytes_alone(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
        fails("IncompleteRead"),
    ),
    "a wait in words": (raw(b"", 429, Retry_After="soon"), fails("status 429 (2 tries)")),
    "a wait before now": (raw(b"", 503, Retry_After="-5"), fails("status 503 (2 tries)")),
    "a wait of years": (raw(b"", 529, Retry_After="99999999"), fails("status 529 (1 try; it asks to wait", 1)),
    "too many a minute": (
        error(429, message="Rate limit reached: Limit 6000, Requested 7"),
        fails("Rate limit reached"),
    ),
    "too many a minute, ever": (error(429, message="Request too large: Limit 6000, Requested 7000"), TOO_LONG),
    "no such model": (
        error(404, code="model_not_found", message="context window of m"),
        fails("status 404: context", 1),
    ),
    "a redirect": (raw(b"", 307, Location="http://elsewhere.example/"), fails("it redirects, and a key is sent", 1)),
}


@pytest.fixture
def ask(stub: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    monkeypatch.setenv("OPENAI_BASE_URL", stub.url)

    def work(on_no_answer: str = "empty") -> Any:
        settings = LlmSettings(model="m", attempts=2, timeout=20, on_no_answer=on_no_answer)
        key = Key.from_environment("OPENAI_API_KEY")
        endpoint = Endpoint(settings, 0, AnswerCache(tmp_path / "cache"), key, lambda line: None)
        (answer,) = endpoint.answers([Chat("todsum e0", ({"role": "user", "content": "x"},))], lambda place: None)
        return answer

    return work


def test_there_are_enough() -> None:
    assert len(BEHAVIOURS) >= 120


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_what_comes_of_it(name: str, stub: Stub, ask: Callable[[], Any], tmp_path: Path) -> None:
    stub.usual, expected = BEHAVIOURS[name]
    if expected.error is not None:
        with pytest.raises(TodsumError) as caught:
            ask()
        told = str(caught.value)
        assert told.startswith(f"todsum e0: {stub.url}/chat/completions: ") and expected.error in told
        assert told.isprintable() and len(told) < 600 and KEY[:7] not in told
        assert not list(tmp_path.rglob("*.json"))
    else:
        answer = ask()
        assert (answer.summary, answer.lack) == (expected.summary, expected.lack)
        assert expected.lack == "too_long" or ask() == answer, "it is kept"
    assert len(stub.requests) == expected.asked
    assert KEY.encode() not in everything_written(tmp_path)


@pytest.mark.parametrize("name", SPELLINGS)
def test_reasoning_in_any_spelling(name: str, stub: Stub, ask: Callable[[], Any]) -> None:
    stub.usual = ok(spelled(SPELLINGS[name]))
    answer = ask()
    assert (answer.summary, answer.marked, answer.lack) == (A, False, None)


def test_what_is_no_answer_is_asked_for_again_where_it_ends_the_cell(stub: Stub, ask: Callable[[str], Any]) -> None:
    stub.next = [ok(""), ok("")]
    assert [ask("empty").lack, ask("empty").lack, ask("fail").lack] == ["empty"] * 3
    assert len(stub.requests) == 2
    stub.usual = ok(A)
    assert [ask("fail").summary, ask("fail").summary, ask("empty").summary] == [A] * 3
    assert len(stub.requests) == 3
