"""A request as it is sent, and the checksum that its answer is kept under."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from pydantic import JsonValue


def canonical(content: JsonValue) -> bytes:
    """JSON of one form for equal values: sorted keys, no blanks, ASCII.

    Raises:
        ValueError: there is a nan or an infinity in it.
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.encode("ascii")


@dataclass(frozen=True)
class Request:
    """What is asked.

    Attributes:
        id: of the example, for messages; not part of the request.
        url: where.
        body: of the request. Headers, and the key among them, are no part of a request here.
    """

    id: str
    url: str
    body: Mapping[str, JsonValue]

    @cached_property
    def content(self) -> bytes:
        """The body, as it is sent."""
        return canonical(dict(self.body))

    @cached_property
    def sha256(self) -> str:
        """Checksum of address and body."""
        return hashlib.sha256(canonical({"url": self.url, "body": dict(self.body)})).hexdigest()
