from __future__ import annotations

import http.client
import socket
import threading
from typing import Any

import pytest

from tests.methods.llm import stub as made
from tests.methods.llm.conftest import KEY
from tests.methods.llm.stub import Stub
from todsum.errors import TodsumError
from todsum.methods.llm.key import Key
from todsum.methods.llm.transport import Http, NoReply


def test_connecting_has_a_time_of_its_own(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[Any] = []
    real = socket.create_connection

    def spy(address: Any, timeout: Any, *others: Any) -> socket.socket:
        made_socket = real(address, timeout, *others)
        waits.extend([timeout, made_socket])
        return made_socket

    seen: list[float | None] = []
    sent = http.client.HTTPConnection.send

    def send(self: http.client.HTTPConnection, data: Any) -> None:
        sent(self, data)
        seen.append(self.sock.gettimeout())

    monkeypatch.setattr(socket, "create_connection", spy)
    monkeypatch.setattr(http.client.HTTPConnection, "send", send)
    reply = Http(f"{stub.url}/chat/completions", Key(None), 1.5, 7.5).post(b'{"messages": []}')
    assert reply.status == 200 and waits[0] == 1.5 and set(seen) == {7.5}


def test_no_proxy_stands_between_a_private_address_and_its_key(stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    with made.serving() as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("all_proxy", proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        assert Http(f"{stub.url}/chat/completions", Key("K", KEY), 5, 5).post(b'{"messages": []}').status == 200
        assert not proxy.requests and len(stub.requests) == 1


def test_an_untrusted_certificate_is_refused(stub: Stub) -> None:
    """The stub speaks no TLS at all."""
    with pytest.raises(NoReply, match="SSL") as caught:
        Http(stub.url.replace("http:", "https:"), Key("K", KEY), 5, 5).post(b"{}")
    assert KEY not in repr(caught.value) and not stub.requests


def test_a_proxy_of_the_user_is_not_shown_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for a tunnel, and told its own password."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as proxy:

        def listen() -> None:
            connection, _ = proxy.accept()
            with connection:
                heard.append(connection.recv(1 << 16))
                connection.sendall(b"HTTP/1.1 407 who are you\r\n\r\n")

        thread = threading.Thread(target=listen)
        thread.start()
        monkeypatch.setenv("https_proxy", f"http://user:hunter2@127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.delenv("no_proxy", raising=False)
        with pytest.raises(NoReply, match="407") as caught:
            Http("https://elsewhere.example/v1/chat/completions", Key("K", KEY), 5, 5).post(b"{}")
        thread.join()
    assert heard[0].startswith(b"CONNECT elsewhere.example:443") and b"Proxy-Authorization" in heard[0].title()
    assert KEY.encode() not in heard[0] and "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "proxy",
    ["socks5://u:hunter2@host:1080", "http://u:hunter2", "http://u:hunter2@host:x", "http://[u:hunter2@", "u:hunter2"],
)
def test_a_proxy_that_is_none_is_not_repeated(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", proxy)
    monkeypatch.setenv("no_proxy", "inside.example")
    with pytest.raises(TodsumError, match="https_proxy: has to be like http://host:3128") as caught:
        Http("https://elsewhere.example/v1", Key("K", KEY), 5, 5)
    assert "hunter2" not in str(caught.value)
    Http("https://inside.example/v1", Key("K", KEY), 5, 5)
    Http("http://localhost/v1", Key("K", KEY), 5, 5)
