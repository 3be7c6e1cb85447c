"""Checksums of files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from todsum.errors import TodsumError
from todsum.files.checksums import sha256

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1


def test_the_checksum_is_that_of_the_standard(tmp_path: Path) -> None:
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert sha256(path) == ABC
    with path.open("rb") as stream:
        assert sha256(stream) == ABC
        assert not stream.closed


def test_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TodsumError, match="is a pipe, not a file"):
        sha256(tmp_path / "pipe")
