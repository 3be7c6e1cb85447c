"""An OpenAI-compatible server on this machine that answers by rule, and on command fails in many ways."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]


def text_for(body: dict[str, Any]) -> str:
    """The answer to a request: another one for other messages."""
    asked = json.dumps(body["messages"], sort_keys=True)
    return f"the user asks for a taxi. it is number {hashlib.sha256(asked.encode()).hexdigest()[:12]}."


class Stub:
    """The server, what it was asked, and what it does next."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.next: list[Behaviour] = []
        self.usual: Behaviour = ok()
        self.released = threading.Event()
        self.lock = threading.Lock()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with stub.lock:
                    stub.requests.append(body)
                    stub.headers.append(dict(self.headers))
                    stub.paths.append(self.path)
                    behaviour = stub.next.pop(0) if stub.next else stub.usual
                with suppress(OSError):
                    behaviour(self, body)

            def log_message(self, *arguments: Any) -> None:
                pass

        return Handler


@contextmanager
def serving() -> Iterator[Stub]:
    """A server while the block lasts."""
    stub = Stub()
    thread = threading.Thread(target=stub.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        stub.released.set()
        stub.server.shutdown()
        stub.server.server_close()


def send(handler: BaseHTTPRequestHandler, status: int, body: bytes, reason: str = "", **headers: str) -> None:
    handler.send_response(status, reason or None)
    for name, value in ({"Content-Length": str(len(body))} | headers).items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def completion(text: str | None, finish: str = "stop", **changes: Any) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    return json.dumps({"id": "x", "model": "stub-1", "choices": [choice], "usage": usage} | changes).encode()


def ok(text: str | None = None, finish: str = "stop", **changes: Any) -> Behaviour:
    def answer(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        send(handler, 200, completion(text_for(body) if text is None else text, finish, **changes))

    return answer


def message(finish: str | None = "stop", **fields: Any) -> Behaviour:
    """A completion whose message has these fields."""
    choice = {"index": 0, "message": {"role": "assistant", **fields}, "finish_reason": finish}
    return raw(completion(None, choices=[choice]))


def streamed(*events: Any, end: str = "data: [DONE]\n\n") -> Behaviour:
    """Server-sent events: a text is the piece of an answer, another value the data of an event."""
    lines = [
        {"model": "stub-1", "choices": [{"index": 0, "delta": {"content": event}, "finish_reason": None}]}
        if isinstance(event, str)
        else event
        for event in events
    ]
    body = "".join(f"data: {json.dumps(line)}\n\n" for line in lines) + end
    return raw(body.encode(), Content_Type="text/event-stream")


def raw(body: bytes, status: int = 200, reason: str = "", **headers: str) -> Behaviour:
    return lambda handler, asked: send(handler, status, body, reason, **headers)


def echo(status: int) -> Behaviour:
    """Repeats the headers of the request: in the status line, as JSON, and as text that is cut in the middle."""

    def answer(handler: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
        held = handler.headers["Authorization"] or ""
        message = f"bad request: {held} {held[:-6]} {held[10:]}"
        send(handler, status, json.dumps({"error": {"message": message}}).encode(), reason=held)

    return answer


def bytes_alone(content: bytes) -> Behaviour:
    """Sends these bytes and nothing else, whatever they are."""

    def answer(handler: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
        handler.wfile.write(content)
        handler.close_connection = True

    return answer


def drop(handler: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
    handler.close_connection = True


def cut_short(handler: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
    send(handler, 200, completion("half of it")[:40], Content_Length="5000")
    handler.close_connection = True


def endless(handler: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b" " * (1 << 16))


def slow_headers(stub: Stub) -> Behaviour:
    """A header now and then, for ever."""

    def answer(handler: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not stub.released.wait(0.02):
            handler.wfile.write(b"X-More: 1\r\n")

    return answer


def drip(stub: Stub) -> Behaviour:
    """A blank now and then, for ever: no wait between two of them is long."""

    def answer(handler: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not stub.released.wait(0.02):
            handler.wfile.write(b" ")

    return answer


def chunked(*chunks: bytes) -> Behaviour:
    """A completion in these chunks, with a trailer."""
    body = b"".join(b"%x;ext=1\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\nX: 1\r\n\r\n"
    return bytes_alone(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)


def dripping(stub: Stub, head: bytes, piece: bytes) -> Behaviour:
    """The beginning of a reply in chunks, and then these bytes now and then, for ever."""

    def answer(handler: BaseHTTPRequestHandler, asked: dict[str, Any]) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + head)
        while not stub.released.wait(0.02):
            handler.wfile.write(piece)

    return answer


def stall(stub: Stub) -> Behaviour:
    return lambda handler, asked: stub.released.wait(20) and None
