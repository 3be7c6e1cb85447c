"""Fixtures shared by all tests."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The published data sets: ``$TODSUM_DATA``, or ``../shared/data`` beside the checkout."""
    for candidate in (os.environ.get("TODSUM_DATA"), ROOT.parent / "shared" / "data"):
        if candidate and (Path(candidate) / "todsum").is_dir() and (Path(candidate) / "qmsum").is_dir():
            return Path(candidate).resolve()
    pytest.skip("the published data sets are not here: set TODSUM_DATA to a folder with todsum/ and qmsum/ in it")


@pytest.fixture(scope="module", autouse=True)
def collector() -> None:
    """Every cell has cycles collected: among what a module's tests make, not among all that was imported before."""
    gc.collect()
    gc.freeze()
