"""The form in a real browser: rated by mouse and by keyboard, downloaded, imported."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.human.runs import NASTY, read_sheet
from tests.report.site.browser import start
from todsum.human.evaluation import Rating
from todsum.human.form import form
from todsum.human.ratings import read_ratings
from todsum.human.sheet import Page, Summary, to_csv

IDS = [letter * 16 for letter in "abcd"]
PAGES = [
    Page(
        (("user", NASTY), ("agent", "a" * 200), ("", "no speaker")),
        None,
        ("taxi · inform · departure: the <b>cow</b>",),
        (Summary(IDS[0], f"={NASTY}\r\nsecond line"), Summary(IDS[1], "")),
    ),
    Page((("user", "hi"),), "What about <i>it</i>?", (), (Summary(IDS[2], "-1"), Summary(IDS[3], 'say "x", y'))),
]


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    profile, downloads = tmp_path_factory.mktemp("profile"), tmp_path_factory.mktemp("downloads")
    found = start(profile, downloads)
    found.set_window_size(1000, 800)
    found.downloads = downloads
    yield found
    found.quit()


@pytest.fixture
def page(driver, tmp_path):
    path = tmp_path / "form.html"
    path.write_text(form(PAGES), encoding="utf-8")
    driver.get_log("performance")
    driver.get(path.as_uri())
    yield driver
    driver.execute_script("localStorage.clear()")
    assert driver.get_log("browser") == []
    assert outside(driver) == []


def reload(page, expected: str) -> None:
    """Reloads until the page says so, for ten seconds at most: the browser writes what it keeps a moment later."""
    end = time.monotonic() + 10
    page.refresh()
    while count(page) != expected:
        assert time.monotonic() < end, count(page)
        time.sleep(0.1)
        page.refresh()


def outside(driver) -> list[str]:
    """Addresses that were asked for, but for the file itself, its empty icon, its download and the first empty tab."""
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    urls = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    assert urls
    return [url for url in urls if not url.startswith(("file:", "data:", "blob:", "chrome:"))]


def rate(driver, item: str, criterion: str, value: int) -> None:
    field = driver.find_element(By.CSS_SELECTOR, f'fieldset[data-item="{item}"][data-criterion="{criterion}"]')
    field.find_element(By.CSS_SELECTOR, f'input[value="{value}"]').click()  # by the mouse


def press(driver, *keys: str) -> None:
    ActionChains(driver).send_keys(*keys).perform()


def count(driver) -> str:
    return driver.find_element(By.ID, "count").text


def downloaded(driver) -> Path:
    target = driver.downloads / "ratings.csv"
    target.unlink(missing_ok=True)
    driver.find_element(By.ID, "download").click()
    end = time.monotonic() + 10
    while not target.exists() and time.monotonic() < end:
        time.sleep(0.02)
    return target


def test_ratings_by_mouse_and_by_keys_come_back_through_the_import(page, tmp_path):
    rate(page, IDS[0], "informative", 4)
    press(page, Keys.TAB)  # clear
    press(page, Keys.TAB, "2", "3")  # into faithful: a digit rates and goes on
    press(page, Keys.ARROW_RIGHT)  # from 1 to 2 of what is next, as radio buttons do
    assert count(page) == "4 of 16 ratings"
    page.find_element(By.TAG_NAME, "textarea").send_keys('=1+1, "5" 12')
    page.find_element(By.ID, "next").click()
    press(page, "5", "4", "3", "2")
    assert count(page) == "8 of 16 ratings"
    path = downloaded(page)
    assert "8 ratings are still empty" in page.find_element(By.ID, "status").text
    mine = tmp_path / "ann.csv"
    shutil.copy(path, mine)
    assert read_ratings([mine], IDS)["ann"] == {
        IDS[0]: Rating(informative=4, faithful=2, fluent=3, redundant=2, comment='\'=1+1, "5" 12'),
        IDS[1]: Rating(),
        IDS[2]: Rating(informative=5, faithful=4, fluent=3, redundant=2),
        IDS[3]: Rating(),
    }


def test_an_empty_form_downloads_the_empty_sheet_byte_by_byte(page):
    assert downloaded(page).read_bytes() == to_csv(PAGES).encode()
    assert len(read_sheet(page.downloads / "ratings.csv")) == 4


def test_answers_are_there_again_after_a_reload_and_can_be_cleared(page):
    rate(page, IDS[1], "fluent", 3)
    press(page, Keys.TAB, Keys.TAB, Keys.TAB, "why")  # over clear and what is not redundant
    reload(page, "1 of 16 ratings")
    assert page.execute_script("return document.querySelectorAll('textarea')[1].value") == "why"
    field = page.find_element(By.CSS_SELECTOR, f'fieldset[data-item="{IDS[1]}"][data-criterion="fluent"]')
    assert field.find_element(By.CSS_SELECTOR, ":checked").get_property("value") == "3"
    page.execute_script("arguments[0].querySelector('.clear').click()", field)
    reload(page, "0 of 16 ratings")


@pytest.mark.parametrize("kept", ["not json", "null", "[1]", json.dumps({IDS[0]: {"fluent": 9, "comment": 3, "x": 1}})])
def test_what_the_browser_kept_is_not_believed(page, kept):
    page.execute_script("localStorage.setItem(data.storage, arguments[0])", kept)
    page.refresh()
    assert count(page) == "0 of 16 ratings"


def test_a_browser_that_keeps_nothing_still_works_and_says_so(page):
    page.execute_script("Storage.prototype.setItem = () => { throw new Error('full'); }")
    rate(page, IDS[0], "fluent", 3)
    assert count(page) == "1 of 16 ratings"
    assert "does not keep your answers" in page.find_element(By.ID, "status").text


def test_texts_are_shown_as_they_are(page):
    main = page.find_element(By.TAG_NAME, "main")
    assert main.find_elements(By.CSS_SELECTOR, "script, img, main b b, .dialogue i") == []
    assert '<img src=x onerror="alert(2)"><!-- &amp; "quoted", =1+1' in main.text
    assert "departure: the <b>cow</b>" in main.text and "(empty)" in main.text
    page.find_element(By.ID, "next").click()
    assert "What about <i>it</i>?" in page.find_element(By.TAG_NAME, "main").text


def test_the_way_to_what_is_not_rated(page):
    press(page, *"11111111")
    page.find_element(By.ID, "open").click()
    assert "Dialogue 2 of 2" in page.find_element(By.TAG_NAME, "main").text
    press(page, *"33333333")
    assert count(page) == "16 of 16 ratings"
    assert not page.find_element(By.ID, "open").is_enabled()


def test_every_question_is_a_group_with_a_name(page):
    fields = page.find_elements(By.TAG_NAME, "fieldset")
    assert len(fields) == 8
    assert all(field.find_elements(By.TAG_NAME, "legend") for field in fields)
    assert [field.accessible_name.split("\n")[0][:8] for field in fields[:4]] == [
        "Informat",
        "Faithful",
        "Fluent: ",
        "Not redu",
    ]
    assert page.find_element(By.TAG_NAME, "textarea").accessible_name == "Comment (optional)"
    assert page.find_element(By.TAG_NAME, "progress").accessible_name == "0 of 16 ratings"


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_no_width_scrolls_sideways(page, width):
    metrics = {"width": width, "height": 700, "deviceScaleFactor": 1, "mobile": False}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    assert page.execute_script("return document.documentElement.scrollWidth") <= width
    page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_stand_out_from_the_ground(page, scheme):
    """Contrast of WCAG AA: 4.5 to 1, of all texts on their ground."""
    features = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", features)
    rate(page, IDS[0], "informative", 4)
    for selector in (".text", ".hint", ".ends span", ".speaker", "#count", "#download", "#next", "label:has(:checked)"):
        letters, ground = page.execute_script(
            """const start = document.querySelector(arguments[0]);
            let node = start;
            while (getComputedStyle(node).backgroundColor === 'rgba(0, 0, 0, 0)') node = node.parentElement;
            return [getComputedStyle(start).color, getComputedStyle(node).backgroundColor];""",
            selector,
        )
        light, dark = sorted(map(luminance, (letters, ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (selector, letters, ground)


def luminance(color: str) -> float:
    parts = [float(part) / 255 for part in color[color.index("(") + 1 : -1].split(",")[:3]]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
