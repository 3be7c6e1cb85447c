"""Data as scripts that call ``todsumData``: ``fetch`` does not work from ``file://``, scripts do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

# "<" so that no text can end a script or begin a comment; line separators end lines in older engines; half a surrogate
# pair can't be encoded.
_UNSAFE = re.compile("[<\u2028\u2029\ud800-\udfff]")


def literal(content: Any) -> str:
    """JSON that is safe anywhere in a script."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def script(name: str, content: str) -> bytes:
    """A script that hands ``content`` (a literal) to the page under ``name``."""
    return f"todsumData({literal(name)},{content});\n".encode()


def array(literals: Iterable[str]) -> str:
    """An array of literals."""
    return f"[{','.join(literals)}]"
