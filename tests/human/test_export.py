from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.data.published import todsum_record, write_todsum
from tests.human.runs import NASTY, SYSTEMS, nasty_data, read_sheet, write_runs
from todsum.bench.simulated import cached_simulation
from todsum.bench.suite import Simulate
from todsum.cli.human import human
from todsum.data.builder import SPLITS
from todsum.data.schema import Example, Slot, Turn
from todsum.errors import TodsumError
from todsum.human.criteria import CRITERIA
from todsum.human.export import shuffled
from todsum.human.form import form
from todsum.human.sheet import COLUMNS, Page, Summary, guarded, page_of, to_csv

LABELS = list(SYSTEMS)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    root = tmp_path_factory.mktemp("human")
    return write_runs(root / "runs", nasty_data(root / "data")), root / "data", root


def export(place, out, *arguments):
    runs, data, _ = place
    return CliRunner().invoke(human, ["export", str(runs), "--out", str(out), "--data", str(data), *arguments])


@pytest.fixture(scope="module")
def made(place):
    out = place[2] / "made"
    found = export(place, out, "--examples", "6")
    assert found.exception is None
    return out


def key_of(out: Path):
    return json.loads((out / "key.json").read_text())


def test_a_folder_for_each_rater_and_the_key_outside_of_them(made):
    files = sorted(str(path.relative_to(made)) for path in made.rglob("*") if path.is_file())
    each = ("INSTRUCTIONS.md", "form.html", "items.csv")
    assert files == sorted(["key.json", *(f"rater-{r}/{name}" for r in (1, 2, 3) for name in each)])
    assert "keep it from the raters" in key_of(made)["warning"]


def test_no_file_of_a_rater_tells_a_system(made, place):
    key = key_of(made)
    told = {*LABELS, "finetune", "todsum-sim", "tiny", "zero-shot", *(where["cell"] for where in key["items"].values())}
    told |= {where["cell"][:8] for where in key["items"].values()}
    told |= {path.name for path in place[0].rglob("*-*") if path.is_dir()}
    for path in made.glob("rater-*/*"):
        text = path.read_text(encoding="utf-8")
        assert [word for word in told if word in text or word in path.name] == []


def test_ids_are_no_function_of_the_system_alone(made):
    key = key_of(made)
    assert len(key["items"]) == 6 * 3
    prefixes = {item[:2] for item in key["items"]}
    assert len(prefixes) > 12  # spread, whatever the system


def test_the_same_examples_for_every_system_and_as_many_of_each_domain(made):
    items = key_of(made)["items"].values()
    by_system = {label: {w["example"] for w in items if w["label"] == label} for label in LABELS}
    assert len(by_system["oracle"]) == 6
    assert len({frozenset(examples) for examples in by_system.values()}) == 1
    assert Counter(w["domain"] for w in items if w["label"] == "oracle") == {"hotel": 3, "taxi": 3}


def test_one_seed_of_each_system_the_lowest(made):
    rows = read_sheet(made / "rater-1" / "items.csv")
    items = key_of(made)["items"]
    assert all(f"of 2: {items[row['item']]['example']}" in row["summary"] for row in rows)


def test_rows_are_what_the_key_says(made, place):
    items = key_of(made)["items"]
    for row in read_sheet(made / "rater-2" / "items.csv"):
        where = items[row["item"]]
        assert row["summary"] == f"'={NASTY} {LABELS.index(where['label'])} of 2: {where['example']}"
        assert f"says {where['example']}" in row["dialogue"] or NASTY.split()[0] in row["dialogue"]
        assert tuple(row) == COLUMNS
        assert {row[name] for name in COLUMNS[4:]} == {""}


def test_every_rater_has_the_same_items_in_an_order_of_their_own(made):
    orders = [[row["item"] for row in read_sheet(made / f"rater-{r}" / "items.csv")] for r in (1, 2, 3)]
    assert len({frozenset(order) for order in orders}) == 1
    assert len(set(map(tuple, orders))) == 3


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(place, made, tmp_path):
    export(place, tmp_path / "again", "--examples", "6")
    export(place, tmp_path / "other", "--examples", "6", "--seed", "2")

    def contents(out):
        return {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}

    assert contents(tmp_path / "again") == contents(made)
    other = contents(tmp_path / "other")
    assert not set(key_of(made)["items"]) & set(key_of(tmp_path / "other")["items"])
    assert all(other[name] != text for name, text in contents(made).items() if not name.endswith(".md"))


def pages_of(systems: int, examples: int) -> list[Page]:
    return [
        Page((("user", f"{e}"),), None, (), tuple(Summary(f"{s}-{e}", "") for s in range(systems)))
        for e in range(examples)
    ]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**63 - 1), st.integers(1, 100))
def test_an_order_is_a_permutation_of_dialogues_and_of_summaries(seed, rater):
    pages = pages_of(3, 8)
    found = shuffled(pages, seed, rater)
    assert sorted(page.turns for page in found) == sorted(page.turns for page in pages)
    assert all({summary.item[2:] for summary in page.summaries} == {page.turns[0][1]} for page in found)
    assert found == shuffled(pages, seed, rater)
    assert found != shuffled(pages, seed, rater + 1)


def test_the_place_of_a_summary_tells_nothing_of_its_system():
    """Over many raters each system stands at each place about as often: chi squared far from significance."""
    counts: Counter[tuple[str, int]] = Counter()
    for rater in range(300):
        for page in shuffled(pages_of(4, 5), 7, rater):
            counts.update((summary.item[0], place) for place, summary in enumerate(page.summaries))
    expected = 300 * 5 / 4
    chi = sum((count - expected) ** 2 / expected for count in counts.values())
    assert len(counts) == 16
    assert chi < 27.9  # 9 degrees of freedom, p = .001


def test_chosen_systems_alone(place, tmp_path):
    export(place, tmp_path / "two", "--examples", "4", "--systems", "oracle", "--systems", "lead-3")
    assert {where["label"] for where in key_of(tmp_path / "two")["items"].values()} == {"oracle", "lead-3"}


def test_only_one_target(place, tmp_path):
    export(place, tmp_path / "taxi", "--examples", "6", "--only", "target=taxi", "--only", "seed=5")
    key = key_of(tmp_path / "taxi")
    assert {where["target"] for where in key["items"].values()} == {"taxi"}
    assert "of 5:" in (tmp_path / "taxi" / "rater-1" / "items.csv").read_text()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--examples", "13"], "only 12 test examples are there"),
        (["--systems", "secret finetun"], "did you mean secret finetune"),
        (["--only", "target=moon"], "no cell fits target=moon"),
        (["--only", "domain=taxi"], "unknown key of --only 'domain'"),
    ],
)
def test_wrong_use_is_one_line(place, tmp_path, arguments, reason):
    found = export(place, tmp_path / "out", *arguments)
    assert isinstance(found.exception, TodsumError)
    assert reason in str(found.exception)
    assert not (tmp_path / "out").exists()


def test_raters_work_is_never_written_over(place, made):
    assert "raters' work may be in it" in str(export(place, made).exception)


def test_several_tables_ask_for_one(place, tmp_path):
    data = place[1]
    write_runs(tmp_path / "runs", data, seeds=(2,))
    write_runs(tmp_path / "runs", data, systems=["other"], seeds=(2,), setting="in-domain")
    both = tmp_path / "runs", data, tmp_path
    message = str(export(both, tmp_path / "out").exception)
    assert "pass one of: --only setting=in-domain | --only setting=zero-shot" in message
    assert "can't be compared" in str(
        export(both, tmp_path / "out", "--systems", "other", "--systems", "oracle").exception
    )
    assert "unknown system" in str(export(both, tmp_path / "out", "--systems", "othe").exception)


def test_unfinished_systems_are_left_out_and_told_unless_asked_for(place, tmp_path):
    _, data, _ = place
    runs = write_runs(tmp_path / "runs", data, seeds=(2,))
    gone = next(path for path in runs.rglob("result.json") if '"oracle"' in path.read_text() and "taxi" in str(path))
    gone.unlink()
    given_all = export((runs, data, None), tmp_path / "all", "--examples", "4")
    assert "left out: oracle: no finished cell at taxi" in given_all.stderr
    assert "oracle" not in {where["label"] for where in key_of(tmp_path / "all")["items"].values()}
    named = export((runs, data, None), tmp_path / "named", "--examples", "4", "--systems", "oracle")
    assert "oracle: no finished cell at taxi: run it" in str(named.exception)
    export((runs, data, None), tmp_path / "hotel", "--systems", "oracle", "--only", "target=hotel")
    assert {where["target"] for where in key_of(tmp_path / "hotel")["items"].values()} == {"hotel"}


def test_other_data_is_refused(place, tmp_path):
    other = nasty_data(tmp_path / "data", test=14)
    found = CliRunner().invoke(
        human, ["export", str(place[0]), "--out", str(tmp_path / "out"), "--examples", "4", "--data", str(other)]
    )
    assert "pass --data with the simulation" in str(found.exception)


@pytest.mark.parametrize("splits", [("test",), SPLITS])
def test_a_suite_s_simulated_data_is_found_without_being_named(tmp_path, monkeypatch, splits):
    """By what heuristics read (the test split) and by what trained methods read, among others and published data."""
    monkeypatch.setenv("TODSUM_CACHE", str(tmp_path / "cache"))
    cached_simulation(Simulate(dialogues=60, seed=3))
    data = cached_simulation(Simulate(dialogues=150, seed=4))
    runs = write_runs(tmp_path / "runs", data, seeds=(0,), splits=splits)
    published = write_todsum(tmp_path / "published", test=[todsum_record()])
    for folder in ({}, {"TODSUM_DATA": str(published)}):
        out = tmp_path / f"out-{len(folder)}"
        found = CliRunner(env=folder).invoke(human, ["export", str(runs), "--out", str(out), "--examples", "2"])
        assert found.exception is None
        assert len(read_sheet(out / "rater-3" / "items.csv")) == 2 * len(SYSTEMS)


def test_texts_of_the_form_are_data_and_nothing_else(made):
    text = (made / "rater-1" / "form.html").read_text(encoding="utf-8")
    assert "alert(1)</script>" not in text and "<img" not in text and "\u2028" not in text
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    summaries = [summary["text"] for page in json.loads(data[1])["pages"] for summary in page["summaries"]]
    assert all(summary.startswith(f"={NASTY}") for summary in summaries)
    assert len(re.findall("<script", text)) == 2
    assert not re.search(r"""(?:src|href)=["'](?!data:)|url\(|@import|https?:""", text)


def test_the_policy_names_the_checksums_of_script_and_style(made):
    import base64
    import hashlib

    text = (made / "rater-1" / "form.html").read_text(encoding="utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1].replace("&#39;", "'")
    for tag, name in (("script", "script-src"), ("style", "style-src")):
        inline = re.search(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)[1]
        total = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        assert f"{name} 'sha256-{total}'" in policy
    assert policy.startswith("default-src 'none'; ")


def test_criteria_and_their_anchors_are_told_wherever_raters_look(made):
    form_text = (made / "rater-1" / "form.html").read_text(encoding="utf-8")
    instructions = (made / "rater-1" / "INSTRUCTIONS.md").read_text(encoding="utf-8")
    for criterion in CRITERIA:
        for text in (form_text, instructions):
            assert criterion.worst in text and criterion.best in text
    assert "higher is better" in form_text and "higher is better" in instructions


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(start):
    assert guarded(f"{start}1") == f"'{start}1"
    assert guarded(f"a{start}1") == f"a{start}1"
    page = Page((("", f"{start}1"),), f"{start}2", (), (Summary("a", f"{start}3"),))
    assert to_csv([page]).count("'") == 3


def test_a_page_has_query_or_filled_slots_in_one_line_each():
    slots = (Slot("taxi", "inform", "departure", "the\ncow"), Slot("taxi", "book", "people", " "))
    example = Example("a", "todsum", "a", ("taxi",), (Turn("user", "hi\n there"), Turn("", "x")), state=slots)
    page = page_of(example, [Summary("1", "a\nb\ud800")])
    assert (page.dialogue, page.context) == ("user: hi there\nx", "taxi · inform · departure: the cow")
    assert page.summaries[0].text == "a\nb?"
    asked = Example("a", "qmsum", "a", (), (), query="What about it?")
    assert page_of(asked, []).context == "What about it?"
    assert "What about it?" in form([page_of(asked, [Summary("1", "")])])
