"""Sites, built once, and one browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver

from tests.report.site import made
from tests.report.site.browser import Page, start
from todsum.report.site.build import build_site


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    driver = start(tmp_path_factory.mktemp("profile"))
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("plain") / "site"
    build_site(made.board(), made.sets(), out, "A benchmark")
    return out


@pytest.fixture(scope="session")
def hostile_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("hostile") / "site"
    build_site(made.board(made.hostile), made.sets(made.hostile), out, made.hostile("A benchmark"))
    return out


@pytest.fixture(scope="session")
def big_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,000 examples of ten systems."""
    out = tmp_path_factory.mktemp("big") / "site"
    build_site(made.board(), [made.one_set("big", n=1000, systems=10)], out, "A benchmark")
    return out


@pytest.fixture
def page(driver: webdriver.Chrome, site: Path) -> Page:
    return Page(driver, site)
