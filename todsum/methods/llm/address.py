"""Which addresses a key may be sent to: the one that the user gave in the environment, if it keeps secrets."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

URL_VARIABLE, OPENAI_URL = "OPENAI_BASE_URL", "https://api.openai.com/v1"
_PORTS = {"http": 80, "https": 443}


def users_url() -> str:
    """The address that the user gave: ``$OPENAI_BASE_URL``, or OpenAI's own if it is not set.

    Raises:
        ValueError: it is no address.
    """
    return checked_url(os.environ.get(URL_VARIABLE) or OPENAI_URL)


def is_users(url: str) -> bool:
    """Whether a checked address is the user's own. A suite can name any address; a key goes to this one alone."""
    try:
        return _parts(url) == _parts(users_url())
    except ValueError:
        return False


def _parts(url: str) -> tuple[str, str | None, int | None, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme), parts.path


def checked_url(url: str) -> str:
    """A base URL without its last slash, scheme and host in small letters.

    Raises:
        ValueError: it is no http(s) URL, or has what is no part of an address; the message does not repeat it.
    """
    wanted = "base_url (or OPENAI_BASE_URL) has to be like https://host/v1, without user, password, query or blanks"
    try:
        parts = urlsplit(url.strip())
        extra = parts.username or parts.password or parts.query or parts.fragment or "@" in parts.netloc
        port = parts.port
    except ValueError:
        raise ValueError(wanted) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or extra or not _plain(url.strip()):
        raise ValueError(wanted)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{f':{port}' if port is not None else ''}{parts.path.rstrip('/')}"


def _plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and not set(text) & set(" ?#\\")


def keeps_secrets(url: str) -> bool:
    """Whether a key may go there: by https, or over plain http to this machine or a private network.

    Private are loopback, private and link-local addresses, ``localhost``, and names without a dot, such as those of
    containers. Names are not looked up: what they lead to can change.
    """
    parts = urlsplit(url)
    if parts.scheme == "https":
        return True
    host = parts.hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.endswith(".localhost") or "." not in host
    return address.is_loopback or address.is_private or address.is_link_local
