"""What the pages take from tables, and the plots."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

from tests.report.site import made
from todsum.report.site.content import Board
from todsum.report.site.heatmap import STEPS, heat_maps
from todsum.report.site.leaderboard import filters, sections, unranked
from todsum.report.site.plots import plot_sections
from todsum.report.site.system import error_tables


def test_gaps_tell_columns_and_reasons() -> None:
    section = sections([made.table()])[0]
    assert [(gap.name, gap.column, gap.state, gap.reasons) for gap in section.gaps] == [
        ("system 3", "taxi", "failed", ["out of memory"]),
        ("system 3", "average", "missing", ["out of memory"]),
    ]


def test_protocols_are_badged(site: Path) -> None:
    assert [section.warning is not None for section in sections(made.board().tables)] == [False, True, True, False]
    text = (site / "index.html").read_text()
    assert "low-resource protocol:" in text and "simulated dialogues, not real ones" in text


def test_filters_offer_what_there_is() -> None:
    found = filters(made.board().tables)
    assert found.settings == ["in-domain", "transfer", "zero-shot"]
    assert found.protocols == ["full", "low-resource", "simulated"]
    assert (found.backbones, found.without_backbone) == (["small", "tiny"], True)


def test_unranked_systems_have_reasons() -> None:
    board = made.board()
    found = {system.slug: system.reason for system in unranked(board)}
    assert found == {"was-rejected": "repeats the references", "was-dropped": "repeats the references"}
    bare = Board(tables=[], systems=board.systems)
    assert len(unranked(bare)) == len(board.systems)


def test_heat_maps_are_on_one_scale() -> None:
    table = heat_maps(made.board().tables)[0]
    group = table.scores[0]
    figures = [r.entries[c].scores["rouge1"].mean for r in table.table.rows for c in r.entries]
    assert (group.low, group.high) == (min(figures), max(figures))
    for heat_map in group.maps:
        assert [source for source, _ in heat_map.lines] == made.DOMAINS
        for source, cells in heat_map.lines:
            assert [cell.column for cell in cells if cell.kind == "diagonal"] == [source]
            for cell in cells:
                if figure := cell.entry.scores.get("rouge1"):
                    share = (figure.mean - group.low) / (group.high - group.low)
                    assert cell.step is not None and cell.step / STEPS <= share <= (cell.step + 1) / STEPS + 1e-9


def test_shares_of_slots_are_of_what_the_state_has() -> None:
    rows = error_tables(made.system(0).slots)[0].rows
    for row in rows:
        shares = dict(row.shares)
        assert abs(sum(shares.values()) - (100 if row.stated else 0)) < 1e-9
        assert abs(sum(width for _, _, width in row.bars) - 100) < 0.1 or not row.bars


def test_plots_say_what_they_can_not_show() -> None:
    section = plot_sections(made.board())[0]
    dots, scatter = section.plots
    assert len(dots.rows) == 5  # one has no average
    assert [row[0] for row in scatter.rows] == ["system 2"]
    assert scatter.beside[0].startswith("Trains nothing: system 0 (")
    assert scatter.beside[1].startswith("Trainable parameters not known: system 1 (")


def test_plots_take_the_colours_of_the_page_and_read_no_mathematics() -> None:
    for section in plot_sections(made.board(made.hostile)):
        for plot in section.plots:
            root = ElementTree.fromstring(plot.svg)
            names = {name for element in root.iter() for name in element.attrib}
            assert "style" not in names and not [name for name in names if name.startswith("on")]
            colours = {element.get(name) for element in root.iter() for name in ("fill", "stroke")}
            assert not [colour for colour in colours if colour and colour.startswith("#") and colour != "#ffffff"]
            assert root.get("role") == "img" and root[0].tag == "title"
            texts = ["".join(element.itertext()) for element in root.iter() if element.tag == "text"]
            assert any("<script>" in text for text in texts)


def test_a_dollar_is_a_dollar() -> None:
    def wording(text: str) -> str:
        return f"{text} $x^2$" if text.startswith("system") else text

    svg = plot_sections(made.board(wording))[0].plots[0].svg
    assert "system 0 $x^2$" in svg


def test_ids_of_a_page_are_distinct(site: Path) -> None:
    from tests.report.site.test_build import Tags

    for path in site.rglob("*.html"):
        ids = [attributes["id"] for _, attributes in Tags(path.read_text()).found if "id" in attributes]
        assert len(ids) == len(set(ids)), path


def test_a_row_without_an_average_has_the_seeds_of_its_targets(site: Path) -> None:
    text = (site / "index.html").read_text()
    rows = re.findall(r'<td class="number[^"]*" data-value="2">2/3</td><td [^>]*data-value="(\d+)">(\d+)</td>', text)
    most = max(len(entry.seeds) for entry in made.table().rows[3].entries.values())
    assert rows and set(rows) == {(str(most), str(most))} and most > 0
