"""One server for all tests of writing."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest

from tests.writing.commands import start_server


@pytest.fixture(scope="session")
def server() -> Iterator[subprocess.Popen[str]]:
    process = start_server()
    yield process
    process.communicate()
