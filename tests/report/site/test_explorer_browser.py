"""The explorer as a reader uses it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from selenium import webdriver
from selenium.webdriver.common.keys import Keys

from tests.report.site import made
from tests.report.site.browser import Page

HEAD, OUTPUTS = ".example-head h2", ".output h3"


def open_explorer(page: Page, state: str = "") -> None:
    page.open(f"explorer.html{state}")
    page.wait(lambda: page.texts(OUTPUTS), "an example")


def shown(page: Page) -> str:
    return (page.texts(HEAD) or [""])[0]


def rows(page: Page) -> list[str]:
    return page.texts("#list .row-id")


def press(page: Page, key: str) -> None:
    page.run("document.activeElement.blur()")
    page.one("body").send_keys(key)


def test_an_example_is_shown_with_all_there_is(page: Page) -> None:
    open_explorer(page, "#id=d1")
    page.wait(lambda: shown(page) == "d1", "d1")
    assert page.texts(OUTPUTS) == ["system 0 seed 0", "system 1 seed 0"]
    example = made.example(1)
    assert page.texts(".turns li")[0].endswith(example.turns[0].text)
    assert len(page.texts(".turns li")) == len(example.turns)
    assert len(page.texts(".turns li.evidence")) == len(example.evidence) == 2
    assert page.texts(".query p") == ["What was said?"]
    assert page.texts(".reference p") == [" ".join(example.summary)]
    assert page.texts(".state-table tbody tr") == ["hotel · area\tsouth\tinform"]
    figures = made.output(0, [made.example(n) for n in range(30)]).figures
    cells = page.texts(".score-table tbody tr:first-child td")
    for cell, name in zip(cells, made.SCORES, strict=True):
        figure = figures[name][1]
        assert cell == "–" if figure is None else abs(float(cell) - 100 * figure) < 0.0101


def test_values_are_marked_by_line_and_by_words(page: Page) -> None:
    open_explorer(page)
    card = ".output:first-child"
    assert page.run("return document.querySelector('.output mark.right').firstChild.data") == "north"
    assert page.run("return document.querySelector('.output mark.wrong').firstChild.data") == "south"
    style = "return getComputedStyle(document.querySelector(arguments[0])).textDecorationStyle"
    assert [page.run(style, f"{card} mark.{kind}") for kind in ("right", "wrong")] == ["solid", "wavy"]
    assert "(wrong: hotel · area: south, not north)" in page.one(f"{card} mark.wrong").get_property("textContent")
    assert page.texts(f"{card} .values li") == ["✗wrong hotel · area: south, not north"]
    press(page, "j")
    page.wait(lambda: page.texts(f"{card} .values li.missing"), "the next example")
    assert page.texts(f"{card} .values li")[-1] == "∅missing hotel · stars: 4"
    assert page.run(style, f"{card} mark.invented") == "dashed"


def test_walking_by_keyboard(page: Page) -> None:
    open_explorer(page)
    for key, expected in [("j", "d1"), (Keys.ARROW_RIGHT, "d2"), ("k", "d1"), (Keys.ARROW_LEFT, "d0"), ("k", "d0")]:
        press(page, key)
        page.wait(lambda expected=expected: shown(page) == expected, expected)
    page.one("#list").send_keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    page.wait(lambda: shown(page) == "d3", "three steps")
    assert page.one("#list").get_attribute("aria-activedescendant") == "option-3"
    press(page, "/")
    assert page.run("return document.activeElement.id") == "search"
    page.one("#search").send_keys("j")
    assert page.one("#search").get_property("value") == "j"
    page.one("#search").send_keys(Keys.ESCAPE)
    assert page.run("return document.activeElement.id") == "list"


def test_full_text_search(page: Page) -> None:
    open_explorer(page)
    page.choose("#search", "UNUSUAL word17word")
    page.wait(lambda: page.texts("#found") == ["1 of 30 examples"], "one hit")
    assert rows(page) == ["d17"]
    page.one("#list [role=option]").click()
    page.wait(lambda: shown(page) == "d17", "d17")
    assert {text.lower() for text in page.texts(".turns .hit")} == {"unusual", "word17word"}
    page.choose("#search", "system 1. d4")  # stands in a summary
    page.wait(lambda: rows(page) == ["d4"], "a hit in a summary")
    page.choose("#search", "nowhere at all")
    page.wait(lambda: page.texts("#found") == ["0 of 30 examples"], "no hit")


def test_domains(page: Page) -> None:
    open_explorer(page)
    page.choose("#domain", "taxi")
    page.wait(lambda: page.texts("#found") == ["10 of 30 examples"], "the domain")
    assert rows(page)[:3] == ["d1", "d4", "d7"]


def test_worst_first(page: Page) -> None:
    open_explorer(page)
    page.choose("#order", "worst")
    page.wait(lambda: page.one("#of").is_displayed(), "the system")
    page.choose("#by", "rouge2")
    page.choose("#of", "system-1")
    figures = made.output(1, [made.example(n) for n in range(30)]).figures["rouge2"]
    known = sorted((round(f, 4), n) for n, f in enumerate(figures) if f is not None)
    page.wait(lambda: rows(page)[:5] == [f"d{n}" for _, n in known[:5]], "worst first")
    page.run("document.getElementById('list').scrollTop = 1e6")
    page.wait(lambda: rows(page)[-1] == [f"d{n}" for n in range(30) if figures[n] is None][-1], "undefined last")


def test_biggest_difference(page: Page) -> None:
    open_explorer(page, "#systems=system-0,system-2,system-3&order=difference&by=rouge1&of=system-3&against=system-0")
    examples = [made.example(n) for n in range(30)]
    first, second = (made.output(n, examples).figures["rouge1"] for n in (3, 0))
    pairs = [(n, a, b) for n, (a, b) in enumerate(zip(first, second, strict=True)) if a is not None and b is not None]
    gaps = sorted((-abs(round(a, 4) - round(b, 4)), n) for n, a, b in pairs)
    assert rows(page)[:5] == [f"d{n}" for _, n in gaps[:5]]
    assert shown(page) == rows(page)[0], "without an id, the first of the list"


def test_another_test_set_and_other_systems(page: Page) -> None:
    open_explorer(page)
    page.choose("#set", "taxi")
    page.wait(lambda: page.texts("#found") == ["10 of 10 examples"], "the other set")
    page.choose("#add", "system-3")
    page.wait(lambda: len(page.texts(OUTPUTS)) == 3, "a third system")
    page.choose("#add", "system-2")
    page.wait(lambda: len(page.texts(OUTPUTS)) == 4, "a fourth")
    assert page.one("#add").get_property("disabled"), "four are the most"
    page.one("#systems [data-key=system-0]").click()
    page.wait(lambda: page.texts(OUTPUTS) == [f"system {n} seed 0" for n in (1, 3, 2)], "one less")
    assert page.driver.current_url.endswith("#set=taxi&systems=system-1,system-3,system-2&id=d1")


def test_quick_changes_are_not_lost(page: Page) -> None:
    open_explorer(page)
    page.run("""for (const [id, value] of [['set', 'taxi'], ['order', 'worst']]) {
        const field = document.getElementById(id);
        field.value = value;
        field.dispatchEvent(new Event('change', {bubbles: true}));
    }""")
    page.wait(lambda: "set=taxi" in page.driver.current_url and "order=worst" in page.driver.current_url, "both")


def test_links_lead_to_one_example(page: Page) -> None:
    open_explorer(page, "#set=taxi&systems=system-3&id=d7")
    assert (shown(page), page.texts(OUTPUTS)) == ("d7", ["system 3 seed 0"])
    page.run("location.hash = '#set=all&systems=system-1,system-2&id=d20'")
    page.wait(lambda: (shown(page), len(page.texts(OUTPUTS))) == ("d20", 2), "the other link")


def test_links_that_fit_nothing_show_something(page: Page) -> None:
    open_explorer(page, "#set=no&systems=../../x,y&id=no&order=odd&by=__proto__&of=q&domain=none")
    assert (shown(page), page.texts(OUTPUTS)) == ("d0", ["system 0 seed 0", "system 1 seed 0"])


def test_without_the_data_folder(page: Page) -> None:
    open_explorer(page, "#set=closed&systems=system-0,system-1~2")
    assert page.texts("#why") == ["There is no data folder."]
    assert page.texts(".dialogue, .reference, .state-card") == []
    assert page.texts(".output:first-child .summary")
    assert page.texts(".output:last-child .notice") == ["Summaries were not kept."]
    page.choose("#search", "system 0. d4")
    page.wait(lambda: rows(page) == ["d4"], "a hit in a summary")


def test_a_missing_piece_is_told(driver: webdriver.Chrome, tmp_path: Path) -> None:
    from todsum.report.site.build import build_site

    build_site(made.board(), [made.one_set()], tmp_path / "site", "t")
    for piece in (tmp_path / "site" / "data" / "dialogues").iterdir():
        piece.unlink()
    page = Page(driver, tmp_path / "site")
    page.open("explorer.html")
    page.wait(lambda: page.texts("#example [role=alert]"), "a message")
    assert "reload the page" in page.texts("#example [role=alert]")[0]
    page.messages()


def size(url: str) -> int:
    return Path(unquote(urlsplit(url).path)).stat().st_size if url.startswith("file:") else 0


def test_a_thousand_examples_of_ten_systems_begin_below_two_megabytes(driver: webdriver.Chrome, big_site: Path) -> None:
    page = Page(driver, big_site)
    open_explorer(page)
    assert sum(size(url) for url in page.check_quiet()) < 2_000_000
    assert page.texts("#found") == ["1000 of 1000 examples"]
    assert len(page.all("#list [role=option]")) < 60, "only what can be seen is in the page"
    page.run("document.getElementById('list').scrollTop = 1e6")
    page.wait(lambda: rows(page)[-1:] == ["d999"], "the end of the list")
    page.choose("#search", "word987word")
    page.wait(lambda: rows(page) == ["d987"], "a hit far down")


@pytest.mark.parametrize("state", ["", "#set=taxi&q=unusual", "#set=closed", "#order=worst"])
def test_nothing_is_asked_for_elsewhere(state: str, page: Page) -> None:
    page.check_quiet()
    open_explorer(page, state)
    assert any("/data/sets.js" in url for url in page.check_quiet())
