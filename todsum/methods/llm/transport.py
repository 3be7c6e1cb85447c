"""One POST over HTTP: no redirects, no more than so many seconds and bytes.

urllib and not a library that reads ``.netrc`` or follows redirects: a key goes to the address that was given, or
nowhere.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
import urllib.request
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from todsum.errors import TodsumError
from todsum.methods.llm.key import Key
from todsum.methods.llm.words import one_line

MAX_BYTES = 8 << 20
_CHUNK = 1 << 16
#: Window of zlib that finds out which of gzip and zlib it reads.
_ANY = 47


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
        timeout: seconds without a byte, for all headers, and for the whole body.

    Raises:
        TodsumError: the key can't be sent, or the proxy can't be used.
    """

    def __init__(self, url: str, key: Key, connect_timeout: float, timeout: float) -> None:
        self._url, self._key, self._timeout = url, key, timeout
        self._headers = {"Content-Type": "application/json", "User-Agent": "todsum-bench"} | key.headers()
        proxy = _proxy(url)
        proxies = {} if proxy is None else {"https": proxy}
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
                with _hanging_up(response.sock, until - time.monotonic()):
                    content = _read(response, until)
                body = _uncompressed(content, response.headers.get("Content-Encoding"))
                return Reply(response.status, response.headers.get("Retry-After"), body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            if isinstance(error, TimeoutError) or time.monotonic() >= until:
                raise NoReply(f"no answer within {self._timeout:g} seconds") from None
            raise NoReply(self._reason(error)) from None

    def _reason(self, error: Exception) -> str:
        cause = getattr(error, "reason", None)
        inner = cause if isinstance(cause, Exception) else error
        text = one_line(str(inner), self._key)
        return f"{type(inner).__name__}{f': {text}' if text else ''}"


def _proxy(url: str) -> str | None:
    """The user's proxy for an address, if there is one. It may hold a password: a message does not repeat it.

    Raises:
        TodsumError: it is no HTTP proxy.
    """
    to, found = urlsplit(url), urllib.request.getproxies().get("https")
    if to.scheme != "https" or not found or urllib.request.proxy_bypass(to.netloc):
        return None
    with suppress(ValueError):
        parts = urlsplit(found if "://" in found else f"http://{found}")
        if parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0):
            return found
    raise TodsumError(f"https_proxy: has to be like http://host:3128; mend it, or name {to.hostname} in no_proxy")


def _uncompressed(body: bytes, encoding: str | None) -> bytes:
    """The body without a compression that was not asked for.

    Raises:
        NoReply: it can't be undone, or there is too much in it.
    """
    named = (encoding or "identity").strip().lower()
    if named in ("br", "compress", "zstd"):
        raise NoReply(f"the answer is compressed by {named}, which was not asked for")
    if named not in ("gzip", "x-gzip", "deflate"):
        return body
    inflate = zlib.decompressobj(wbits=_ANY if _has_header(body) else -zlib.MAX_WBITS)
    try:
        plain = inflate.decompress(body, MAX_BYTES + 1)
    except zlib.error:
        raise NoReply(f"the answer is not the {encoding} that it says") from None
    if len(plain) > MAX_BYTES:
        raise NoReply(f"the answer has more than {MAX_BYTES} bytes")
    return plain


def _has_header(body: bytes) -> bool:
    """Whether compressed data begin as gzip or zlib has it; some servers send what is inside alone."""
    return body[:2] == b"\x1f\x8b" or (body[:1] == b"\x78" and int.from_bytes(body[:2], "big") % 31 == 0)


def _read(response: Any, until: float) -> bytes:
    parts, size = [], 0
    while part := response.read1(_CHUNK):
        parts.append(part)
        size += len(part)
        if size > MAX_BYTES:
            raise NoReply(f"the answer has more than {MAX_BYTES} bytes")
        if time.monotonic() > until:
            break
    if time.monotonic() > until:  # also where the connection was ended for that
        raise TimeoutError
    return b"".join(parts)


def _quick(kind: type[http.client.HTTPConnection], seconds: float) -> Any:
    """The class of connections that connect within so many seconds, and then wait as long as they were told: for each
    byte, and for all headers.
    """

    class Quick(kind):  # type: ignore[misc, valid-type]
        def connect(self) -> None:
            wait, self.timeout = vars(self)["timeout"], seconds
            super().connect()
            self.timeout = wait
            self.sock.settimeout(wait)

        def getresponse(self) -> Any:
            sock = self.sock
            with _hanging_up(sock, vars(self)["timeout"]):
                response = super().getresponse()
            response.sock = sock
            return response

    return Quick


@contextmanager
def _hanging_up(sock: socket.socket, seconds: float) -> Iterator[None]:
    """Ends a connection after so many seconds: a server that sends a byte now and then, or a line, never times out."""
    watch = threading.Timer(seconds, _hang_up, (sock,))
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _hang_up(sock: socket.socket) -> None:
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)


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
