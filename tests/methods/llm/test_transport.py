from __future__ import annotations

import http.client
import socket
from typing import Any

import pytest

from tests.methods.llm import stub as made
from tests.methods.llm.conftest import KEY
from tests.methods.llm.stub import Stub
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
