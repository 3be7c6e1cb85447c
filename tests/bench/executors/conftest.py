from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.executors.cells import install


@pytest.fixture(autouse=True)
def method(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test method, in this process and in those that it starts."""
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))
    install(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
