"""The leaderboard, the heat maps and a system's page as a reader uses them."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from tests.report.site import made
from tests.report.site.browser import Page
from todsum.report.site.content import RowData, TableData

PAGES = [
    "index.html",
    "transfer.html",
    "plots.html",
    "systems/system-1.html",
    "systems/was-rejected.html",
    "explorer.html",
]
FIRST = "#table-1 .view:not([hidden])"


def names(page: Page) -> list[str]:
    return list(
        page.run(f"return [...document.querySelectorAll('{FIRST} tbody tr:not([hidden])')].map(r => r.dataset.name)")
    )


def by_mean(table: TableData, column: str, score: str) -> list[str]:
    """Names in falling order of a score, by the data; rows without it at the end."""

    def key(row: RowData) -> float:
        figure = row.entries[column].scores.get(score)
        return -figure.mean if figure else float("inf")

    return [row.name for row in sorted(table.rows, key=key)]


def sort_by(page: Page, label: str) -> None:
    page.run(
        "const [selector, label] = arguments;"
        "[...document.querySelectorAll(selector + ' button.sort')].find(b => b.textContent === label).click()",
        FIRST,
        label,
    )


def test_sorting_is_by_number_in_both_directions(page: Page) -> None:
    page.open("index.html")
    table = made.board().tables[0]
    falling = by_mean(table, "average", "rouge2")
    assert names(page) == [row.name for row in table.rows]
    sort_by(page, "R-2")
    assert names(page) == falling
    assert page.one(f"{FIRST} th[aria-sort]").get_attribute("aria-sort") == "descending"
    sort_by(page, "R-2")
    assert names(page) == [*reversed(falling[:-1]), falling[-1]], "a row without a figure stays at the end"
    sort_by(page, "System")
    assert names(page) == sorted(falling)
    assert len(page.all(f"{FIRST} th[aria-sort]")) == 1


def test_sorting_by_keyboard(page: Page) -> None:
    page.open("index.html")
    buttons = page.all(f"{FIRST} button.sort")
    next(button for button in buttons if button.text == "R-1").send_keys(Keys.ENTER)
    assert names(page) == by_mean(made.board().tables[0], "average", "rouge1")


def test_another_score_by_target(page: Page) -> None:
    page.open("index.html")
    page.choose("#score", "=consistency_f1")
    assert page.texts("#table-1 caption")[0].startswith("Consistency F1 by target domain")
    sort_by(page, "taxi")
    assert names(page) == by_mean(made.board().tables[0], "taxi", "consistency_f1")
    assert "failed" in page.texts(f"{FIRST} tbody tr:last-child td")
    page.open("index.html#score=consistency_f1")
    assert page.texts("#table-1 caption")[0].startswith("Consistency F1 by target domain")


def test_filters_hide_tables_and_rows_and_live_in_the_address(page: Page) -> None:
    page.open("index.html")
    page.choose("#protocol", "=low-resource")
    assert page.texts(".table-section h2") == ["todsum · in-domain · protocol low-resource"]
    page.choose("#protocol", "")
    page.choose("#find", "SYSTEM 2")
    page.choose("#backbone", "=small")
    assert names(page) == ["system 2"]
    assert page.texts("#count") == ["4 of 4 tables"]
    address = page.driver.current_url
    assert address.endswith("#backbone=small&find=SYSTEM+2")
    page.open(address.split("/")[-1])
    assert names(page) == ["system 2"]
    page.choose("#backbone", "=")
    assert page.texts("#count") == ["No table has such a row."]
    page.one("#filters button[type=reset]").click()
    page.wait(lambda: len(names(page)) == 6, "all rows")
    assert "#" not in page.driver.current_url


def test_all_can_be_read_without_scripts(page: Page) -> None:
    page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page.open("index.html")
        page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
        assert page.run("return document.getElementById('filters').hidden")
        assert len(page.texts("#table-1 caption")) == 1 + len(made.SCORES)
    finally:
        page.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_what_a_method_reads_is_told_in_words(page: Page) -> None:
    page.open("index.html")
    assert page.one(f"{FIRST} tr[data-name='system 1'] th").text.startswith("system 1 §")
    assert "(reads the gold dialogue state, which nobody has in use" in page.one(
        f"{FIRST} tr[data-name='system 1'] th"
    ).get_property("textContent")


@pytest.mark.parametrize(("tag", "win"), [("strong", "method"), ("em", "model")])
def test_bold_and_italic_are_what_the_data_call_a_win(page: Page, tag: str, win: str) -> None:
    page.open("index.html")
    table = made.board().tables[0]
    best = [row.name for row in table.rows for f in row.entries["average"].scores.values() if f.win == win]
    script = "return [...document.querySelectorAll(arguments[0])].map(e => e.closest('tr').dataset.name)"
    assert best and page.run(script, f"{FIRST} td {tag}") == best


def test_verdicts_stand_above_their_table(page: Page) -> None:
    page.open("index.html")
    assert page.texts("#table-1 .verdicts p") == made.board().tables[0].verdicts
    place = "return [...document.querySelectorAll('#table-1 > *')].findIndex(e => e.matches(arguments[0]))"
    assert 0 < page.run(place, ".verdicts") < page.run(place, ".view")


def test_systems_with_gold_states_can_be_hidden(page: Page) -> None:
    page.open("index.html")
    assert "system 1" in names(page)
    page.one("#state").click()
    assert "system 1" not in names(page) and len(names(page)) == 5
    address = page.driver.current_url
    assert address.endswith("#state=1")
    page.open(address.split("/")[-1])
    assert "system 1" not in names(page)
    page.one("#filters button[type=reset]").click()
    page.wait(lambda: len(names(page)) == 6, "all rows")


def test_rows_that_do_not_cover_every_target_say_so(page: Page) -> None:
    page.open("index.html")
    sort_by(page, "Targets")
    covered = page.texts(f"{FIRST} tbody tr td:nth-child(3)")
    assert covered == ["3/3"] * 5 + ["2/3"]


def test_systems_that_are_not_ranked(page: Page) -> None:
    page.open("index.html")
    assert page.texts(".unranked tbody tr") == [
        "was rejected\trejected\trepeats the references",
        "was dropped\tdropped\trepeats the references",
    ]


def test_heat_maps_show_one_score_at_a_time(page: Page) -> None:
    page.open("transfer.html")
    assert {text.split()[0] for text in page.texts(".scale")} == {"R-1"}
    page.choose("#score", "=rouge2")
    assert {text.split()[0] for text in page.texts(".scale")} == {"R-2"}
    assert len(page.texts(".heat-map")) == 3
    assert page.texts(".heat-map tbody tr:first-child td:nth-child(2).diagonal")[0].startswith("same")
    assert any("Too few training examples" in note for note in page.texts(".notes li"))
    assert page.driver.current_url.endswith("#score=rouge2")


def test_slots_can_be_sorted(page: Page) -> None:
    page.open("systems/system-1.html")
    page.run("[...document.querySelectorAll('.slots button.sort')].find(b => b.textContent === 'Missing').click()")
    shares = [float(text.split("%")[0]) for text in page.texts(".slots tbody td:nth-child(6)")]
    assert len(shares) == 5 and shares == sorted(shares, reverse=True)


def test_a_system_leads_into_the_explorer(page: Page) -> None:
    page.open("systems/system-1.html")
    page.run("document.querySelector('.links a').click()")
    page.wait(lambda: page.texts(".output h3") == ["system 1 seed 0"], "its summaries")


CONTRAST = """
    const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
      .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
      .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ground = (e) => {
      for (; e; e = e.parentElement) {
        const colour = parse(getComputedStyle(e).backgroundColor);
        if (colour.length < 4 || colour[3] > 0) return colour;
      }
    };
    const poor = [];
    for (const e of document.querySelectorAll('main *, header *')) {
      const text = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
      if (!text || !e.checkVisibility() || e.closest('.sr, svg, :disabled, option, optgroup')) continue;
      const [a, b] = [light(parse(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
      if ((a + 0.05) / (b + 0.05) < 4.5) poor.push(`${e.tagName}.${e.className} ${e.textContent.slice(0, 30)}`);
    }
    return poor;"""


def check_contrast(page: Page, dark: bool) -> None:
    """By the ratio that WCAG's level AA asks for."""
    page.dark(dark)
    ground = page.run("return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (max(ground) < 60) is dark
    assert page.run(CONTRAST) == []


def check_narrow(page: Page) -> None:
    page.narrow(360)
    page.run("document.querySelectorAll('details').forEach(details => details.open = true)")
    wide, seen = page.run("const e = document.documentElement; return [e.scrollWidth, e.clientWidth]")
    assert wide <= seen == 360


@pytest.mark.parametrize("path", PAGES)
def test_every_page_fits_narrow_screens_stands_out_and_asks_nothing_elsewhere(path: str, page: Page) -> None:
    page.check_quiet()
    page.open(path)
    if path == "explorer.html":
        page.wait(lambda: page.texts(".output"), "the example")
    check_contrast(page, dark=False)
    check_contrast(page, dark=True)
    check_narrow(page)
    assert any(url.endswith("site.css") for url in page.check_quiet())


def test_the_theme_can_be_switched_and_is_remembered(page: Page) -> None:
    ground = "return getComputedStyle(document.body).backgroundColor"
    page.open("index.html")
    light = page.run(ground)
    page.one("#theme").click()
    dark = page.run(ground)
    assert dark != light
    page.open("plots.html")
    assert page.run(ground) == dark
    page.one("#theme").click()
    assert page.run(ground) == light
    page.run("localStorage.clear()")


def test_the_skip_link_comes_first(page: Page) -> None:
    page.open("index.html")
    page.one("body").send_keys(Keys.TAB)
    assert page.run("return document.activeElement.className") == "skip"
