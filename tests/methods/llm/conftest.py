"""A stub server, a cache of its own, and no time spent on waiting."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.methods.llm.stub import Stub, serving
from todsum.methods.llm import patience

KEY = "sk-test-0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setattr(patience, "FIRST_WAIT", 0.001)


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving() as server:
        yield server


def everything_written(*places: Path) -> bytes:
    """All bytes of all files, and all their names."""
    files = [path for place in places for path in place.rglob("*")]
    return b"\n".join(str(path).encode() + b"\n" + (path.read_bytes() if path.is_file() else b"") for path in files)
