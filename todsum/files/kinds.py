"""What a file is that should be text in UTF-8 and is none, and what mends it."""

from __future__ import annotations

from todsum.errors import TodsumError

_SIGNS = (
    (b"\x1f\x8b", "a gzip file", "unpack it (gunzip)"),
    (b"PK\x03\x04", "a zip file, as .docx and .xlsx are", "unpack it, or save it as plain text"),
    (b"BZh", "a bzip2 file", "unpack it (bunzip2)"),
    (b"\xfd7zXZ\x00", "an xz file", "unpack it (unxz)"),
    (b"\x28\xb5\x2f\xfd", "a zstd file", "unpack it (unzstd)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z file", "unpack it"),
    (b"%PDF", "a PDF", "save its text as UTF-8"),
    (b"{\\rtf", "rich text", "save it as plain text"),
    (b"\xd0\xcf\x11\xe0", "an old Office document", "save it as plain text"),
    (b"SQLite format 3\x00", "a SQLite database", "export it as CSV or JSON"),
    (b"PAR1", "a Parquet file", "write it as JSON lines or CSV"),
    (b"\x89PNG", "a picture", "pass a text"),
    (b"\xff\xd8\xff", "a picture", "pass a text"),
    (b"\xff\xfe\x00\x00", "UTF-32", "save it as UTF-8"),
    (b"\x00\x00\xfe\xff", "UTF-32", "save it as UTF-8"),
    (b"\xff\xfe", "UTF-16", "save it as UTF-8 (iconv -f UTF-16 -t UTF-8)"),
    (b"\xfe\xff", "UTF-16", "save it as UTF-8 (iconv -f UTF-16 -t UTF-8)"),
)
_OTHER = "save it as UTF-8"
NUL = "has NUL bytes: it is UTF-16, or no text; save it as UTF-8"
"""The reason why a line is no text."""


def not_text(head: bytes) -> str | None:
    """Says what a file is by its first bytes, and what to do: ``is UTF-16: save it as UTF-8``; None for a text."""
    for sign, what, mend in _SIGNS:
        if head.startswith(sign):
            return f"is {what}, no text in UTF-8: {mend}"
    if head.lstrip()[:5].lower() in (b"<!doc", b"<html", b"<?xml"):
        return "is HTML or XML, no plain text: save its text"
    if b"\x00" in head:
        return NUL
    return None


def text_of(content: bytes, place: object) -> str:
    """Returns the text of a whole file, without a byte order mark.

    Args:
        content: of the file.
        place: where it lies, for the message.

    Raises:
        TodsumError: not UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TodsumError(f"{place}: {not_utf8(content[:64], error)}") from error


def not_utf8(head: bytes, error: UnicodeDecodeError) -> str:
    """The reason why a file can't be decoded.

    Args:
        head: its first bytes, or its only ones.
        error: what decoding it raised.
    """
    return f"not UTF-8 at byte {error.start}{f': it {what}' if (what := not_text(head)) else f'; {_OTHER}'}"
