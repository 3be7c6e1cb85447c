"""One POST over HTTP: no redirects, no more than so many seconds and bytes.

urllib and not a library that reads ``.netrc`` or follows redirects: a key goes to the address that was given, or
nowhere.
"""

from __future__ import annotations

import http.client
import ssl
import time
import urllib.request
from dataclasses import dataclass
from typing import Any, Protocol

from todsum.methods.llm.key import Key

MAX_BYTES = 8 << 20
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Reply:
    """What came back, whatever its status.

    Attributes:
        status: of HTTP.
        retry_after: the header, if there was one.
        body: all of it.
    """

    status: int
    retry_after: str | None
    body: bytes


class NoReply(Exception):
    """Nothing came back, or too slowly, or too much; the message repeats nothing that was sent."""


class Transport(Protocol):
    """Sends a body and waits for the reply."""

    def post(self, body: bytes) -> Reply:
        """One try.

        Raises:
            NoReply: as its name says.
        """


class Http:
    """Posts JSON to one address. May be used by several threads at once.

    Over plain http no proxy is used, so that what may stay in a private network does.

    Args:
        url: of the endpoint.
        key: sent along, if there is one.
        connect_timeout: seconds to connect.
        timeout: seconds without a byte, and for the whole body.

    Raises:
        TodsumError: the key can't be sent.
    """

    def __init__(self, url: str, key: Key, connect_timeout: float, timeout: float) -> None:
        self._url, self._key, self._timeout = url, key, timeout
        self._headers = {"Content-Type": "application/json", "User-Agent": "todsum-bench"} | key.headers()
        proxies = {name: url for name, url in urllib.request.getproxies().items() if name == "https"}
        self._opener = urllib.request.OpenerDirector()  # without what follows redirects and raises on a status
        self._opener.add_handler(urllib.request.ProxyHandler(proxies))
        self._opener.add_handler(_Plain(connect_timeout))
        self._opener.add_handler(_Tls(connect_timeout))

    def post(self, body: bytes) -> Reply:
        """One try."""
        request = urllib.request.Request(self._url, body, self._headers, method="POST")
        until = time.monotonic() + self._timeout
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                return Reply(response.status, response.headers.get("Retry-After"), _read(response, until))
        except TimeoutError:
            raise NoReply(f"no answer within {self._timeout:g} seconds") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NoReply(self._reason(error)) from None

    def _reason(self, error: Exception) -> str:
        cause = getattr(error, "reason", None)
        inner = cause if isinstance(cause, Exception) else error
        text = self._key.out_of_error(" ".join(str(inner).split())[:500])
        return f"{type(inner).__name__}{f': {text}' if text else ''}"


def _read(response: Any, until: float) -> bytes:
    parts, size = [], 0
    while part := response.read1(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > MAX_BYTES:
            raise NoReply(f"the answer has more than {MAX_BYTES} bytes")
        if time.monotonic() > until:
            raise TimeoutError
    return b"".join(parts)


def _quick(kind: type[http.client.HTTPConnection], seconds: float) -> Any:
    """The class of connections that connect within so many seconds, and then wait as long as they were told."""

    class Quick(kind):  # type: ignore[misc, valid-type]
        def connect(self) -> None:
            wait, self.timeout = vars(self)["timeout"], seconds
            super().connect()
            self.timeout = wait
            self.sock.settimeout(wait)

    return Quick


class _Plain(urllib.request.HTTPHandler):
    def __init__(self, connect_timeout: float) -> None:
        super().__init__()
        self._kind = _quick(http.client.HTTPConnection, connect_timeout)

    def http_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(self._kind, req)


class _Tls(urllib.request.HTTPSHandler):
    def __init__(self, connect_timeout: float) -> None:
        super().__init__()
        self._kind = _quick(http.client.HTTPSConnection, connect_timeout)
        self._trusted = ssl.create_default_context()

    def https_open(self, req: urllib.request.Request) -> Any:
        return self.do_open(self._kind, req, context=self._trusted)
