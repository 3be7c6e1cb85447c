"""What a file is that should be text, said by its first bytes."""

from __future__ import annotations

import bz2
import gzip
import lzma

import pytest

from todsum.files.kinds import not_text, not_utf8

TEXT = "Ana: hé\n"


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (TEXT.encode("utf-16"), "is UTF-16"),
        (TEXT.encode("utf-16-le"), "has NUL bytes: it is UTF-16"),
        (TEXT.encode("utf-16-be"), "has NUL bytes: it is UTF-16"),
        (TEXT.encode("utf-32"), "is UTF-32"),
        (gzip.compress(b"x", mtime=0), r"is a gzip file, no text in UTF-8: unpack it"),
        (bz2.compress(b"x"), "is a bzip2 file"),
        (lzma.compress(b"x"), "is an xz file"),
        (b"PK\3\4", "is a zip file"),
        (b"%PDF-1.7", "is a PDF"),
        (b"<!DOCTYPE html>", "is HTML"),
        (b"\n<html>", "is HTML"),
    ],
)
def test_other_files_are_named(content: bytes, what: str) -> None:
    assert str(not_text(content)).startswith(what)


@pytest.mark.parametrize("content", [b"", b"Ana: hi", TEXT.encode("utf-8-sig"), b'{"a": 1}', b"< Ana: hi", b"[1]"])
def test_text_is_text(content: bytes) -> None:
    assert not_text(content) is None


def test_the_reason_why_a_file_cannot_be_decoded() -> None:
    for encoding, reason in (
        ("latin-1", "not UTF-8 at byte 6; save it as UTF-8"),
        ("utf-16", "not UTF-8 at byte 0: it is UTF-16, no text in UTF-8: save it as UTF-8"),
    ):
        raw = TEXT.encode(encoding)
        with pytest.raises(UnicodeDecodeError) as caught:
            raw.decode("utf-8")
        assert not_utf8(raw, caught.value).startswith(reason)
