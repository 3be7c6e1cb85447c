"""Markup and scripts in every text of the content stay texts."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium import webdriver

from tests.report.site import made
from tests.report.site.browser import Page
from tests.report.site.test_explorer_browser import HEAD, OUTPUTS, press
from tests.report.site.test_leaderboard_browser import check_narrow


@pytest.fixture
def hostile(driver: webdriver.Chrome, hostile_site: Path) -> Page:
    page = Page(driver, hostile_site)
    page.check_quiet()
    return page


def check_harmless(page: Page) -> None:
    assert page.run("return typeof window.__pwned") == "undefined"
    assert page.run("return document.querySelectorAll('img, script:not([src]), [onerror]').length") == 0
    assert "49" not in page.run("return document.title"), "a template in a text is not filled in"
    page.check_quiet()


def test_all_texts_of_the_board_are_texts(hostile: Page) -> None:
    expected = {
        "index.html": [
            *("system 1", "tiny", "todsum · zero-shot · protocol full", "Test examples: 100.", "out of memory"),
            *("rouge|v:0.1.2", "repeats the references", "was dropped", "hotel"),
        ],
        "transfer.html": ["system 1", "hotel", "Too few training examples of train."],
        "plots.html": ["system 1", "todsum · zero-shot · protocol full"],
        "systems/system-1.html": [
            *("What it does.", "A. Author", "javascript:window.__pwned=1//", "finetune", "tiny", "the training split"),
            *("epochs", "commit", "abc", "rouge", "rouge|v:0.1.2", "A note of the run.", "hotel", "slot 1"),
        ],
        "systems/was-rejected.html": ["was rejected", "repeats the references", "submission"],
    }
    for path, texts in expected.items():
        hostile.open(path)
        hostile.run("document.querySelectorAll('details').forEach(details => details.open = true)")
        whole = hostile.run("return document.body.textContent")
        for text in texts:
            assert f"{text}{made.ATTACK[:20]}" in whole or f"{text}{made.NAME_ATTACK[:20]}" in whole, text
        check_harmless(hostile)
        check_narrow(hostile)


def test_filters_and_scores_with_hostile_values(hostile: Page) -> None:
    hostile.open("index.html")
    for selector in ("#score", "#dataset", "#setting", "#protocol", "#backbone"):
        for value in hostile.run(
            "return [...document.querySelector(arguments[0]).options].map(o => o.value)", selector
        ):
            hostile.choose(selector, value)
    hostile.choose("#find", made.ATTACK)
    hostile.run("document.querySelectorAll('button.sort').forEach(button => button.click())")
    check_harmless(hostile)


def test_all_texts_of_test_sets_are_texts(hostile: Page) -> None:
    hostile.open("explorer.html")
    hostile.wait(lambda: hostile.texts(OUTPUTS), "an example")
    press(hostile, "j")
    hostile.wait(lambda: hostile.texts(".query p"), "the next")
    whole = hostile.run("return document.body.textContent")
    texts = [
        "test set all",
        "system 1",
        "d1",
        "taxi",
        "user",
        "turn 1 of dialogue 1",
        "hotel",
        "area",
        "south",
        "thanks.",
    ]
    for text in [*texts, "What was said?", "hotel · area: south, not north", "hotel · stars: 4"]:
        assert f"{text}{made.ATTACK}" in whole, text
    assert hostile.texts(HEAD)[0].startswith("d1</script>")
    check_harmless(hostile)
    check_narrow(hostile)


def test_all_sets_orders_and_searches_with_hostile_texts(hostile: Page) -> None:
    hostile.open("explorer.html")
    hostile.wait(lambda: hostile.texts(OUTPUTS), "an example")
    for slug in ("taxi", "closed"):
        hostile.choose("#set", slug)
        hostile.wait(lambda slug=slug: f"set={slug}" in hostile.driver.current_url, slug)
        hostile.choose("#order", "difference")
        hostile.choose("#search", made.ATTACK)
        hostile.wait(lambda: hostile.texts("#found") and "of parts" not in hostile.texts("#found")[0], "the search")
        hostile.choose("#search", "")
    assert hostile.texts("#why")[0].startswith("There is no data folder.</script>")
    check_harmless(hostile)


def test_hostile_addresses(hostile: Page) -> None:
    for path in ("explorer.html", "index.html", "transfer.html"):
        asked = "set=<img src=x onerror=alert(1)>&systems=%3Cscript%3E&id=\"'&q=<b>&score=<i>&constructor=1&__proto__=2"
        hostile.open(f"{path}#{asked}")
        hostile.run("return 0")
        check_harmless(hostile)
