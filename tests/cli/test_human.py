"""From an export over filled sheets to the results table."""

from __future__ import annotations

import csv
import io
import json
import shutil
from itertools import cycle

import pytest
from click.testing import CliRunner

from tests.human.alpha import slow_ordinal_alpha
from tests.human.runs import SYSTEMS, nasty_data, read_sheet, write_runs, write_sheet
from tests.report.cells import METRICS
from todsum.cli.human import human
from todsum.cli.table import table
from todsum.errors import TodsumError
from todsum.human.criteria import NAMES
from todsum.human.placed import with_ratings
from todsum.report.formats import read_tables, render


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    root = tmp_path_factory.mktemp("human")
    data = nasty_data(root / "data")
    write_runs(root / "runs", data, seeds=(0, 1))
    arguments = ["export", str(root / "runs"), "--out", str(root / "out"), "--data", str(data), "--examples", "8"]
    assert CliRunner().invoke(human, arguments).exception is None
    return root


@pytest.fixture
def place(exported, tmp_path):
    shutil.copytree(exported, tmp_path, dirs_exist_ok=True)
    return tmp_path


def key_of(place):
    return json.loads((place / "out" / "key.json").read_text())["items"]


def fill(place, rater, rate):
    """A sheet as the rater's; ``rate(label, example, criterion)`` says what it gives."""
    rows, key = read_sheet(place / "out" / f"rater-{rater}" / "items.csv"), key_of(place)
    for row in rows:
        where = key[row["item"]]
        row |= {name: str(rate(where["label"], where["example"], name) or "") for name in NAMES}
    return write_sheet(place / "back" / f"rater {rater}.csv", rows)


def bring(place, *sheets, arguments=()):
    options = ["--key", str(place / "out" / "key.json"), "--into", str(place / "runs"), *arguments]
    return CliRunner().invoke(human, ["import", *map(str, sheets), *options])


@pytest.fixture
def sheets(place):
    """Three raters with known ratings, one of which leaves out what is fluent in every oracle."""
    fixed = {"lead-3": 2, "secret finetune": 3, "oracle": 5}
    changes = cycle([0, 1, 0, -1, 0])
    given: dict[tuple[int, str, str, str], int | None] = {}

    def rate_as(rater):
        def rate(label, example, name):
            value = max(1, min(5, fixed[label] + next(changes)))
            if rater == 3 and label == "oracle" and name == "fluent":
                value = None
            if name == "redundant":
                value = 4
            return given.setdefault((rater, label, example, name), value)

        return rate

    return [fill(place, rater, rate_as(rater)) for rater in (1, 2, 3)], given


def test_means_and_alpha_are_those_of_a_calculation_by_hand(place, sheets):
    paths, given = sheets
    found = bring(place, *paths, arguments=["--json"])
    assert found.exception is None
    content = json.loads(found.stdout)
    for system in content["systems"]:
        for name in NAMES:
            mine = [v for (_, label, _, n), v in given.items() if (label, n) == (system["label"], name) and v]
            score = system["scores"][name]
            assert score["mean"] == pytest.approx(sum(mine) / len(mine), abs=1e-6)
            assert (score["ratings"], score["items"]) == (len(mine), 8)
            low, high = score["ci95"]
            assert low <= score["mean"] <= high
    nan = float("nan")
    units = sorted({(label, example) for _, label, example, _ in given})
    for name in NAMES[:3]:
        matrix = [[given[rater, *unit, name] or nan for unit in units] for rater in (1, 2, 3)]
        assert content["agreement"][name]["alpha"] == pytest.approx(slow_ordinal_alpha(matrix), abs=1e-6)
    assert content["agreement"]["redundant"] == {"alpha": None, "reason": "all ratings are the same"}
    assert content["raters"]["rater 3"] == {"given": 3 * 8 * 4 - 8, "missing": 8}
    assert "rater 3: 8 of 96 ratings are missing" in found.stderr


def test_intervals_are_those_of_a_bootstrap_by_example(place, sheets):
    """Against scipy, on means of each example: here every example has as many ratings."""
    import numpy as np
    from scipy import stats as scipy_stats

    paths, given = sheets
    content = json.loads(bring(place, *paths, arguments=["--json"]).stdout)
    system = next(system for system in content["systems"] if system["label"] == "lead-3")
    by_example: dict[str, list[int]] = {}
    for (_, label, example, name), value in given.items():
        if (label, name) == ("lead-3", "faithful"):
            by_example.setdefault(example, []).append(value)
    means = np.array([np.mean(values) for values in by_example.values()])
    interval = scipy_stats.bootstrap((means,), np.mean, method="percentile", random_state=0).confidence_interval
    assert system["scores"]["faithful"]["ci95"] == pytest.approx([interval.low, interval.high], abs=0.05)


def test_the_table_shows_the_ratings_below_its_own(place, sheets):
    before = CliRunner().invoke(table, [str(place / "runs")]).stdout
    paths, given = sheets
    printed = bring(place, *paths).stdout
    after = CliRunner().invoke(table, [str(place / "runs")]).stdout
    grid = after.split("**Human evaluation**")[1].split("\n\n")[1].splitlines()
    names = [line.split("|")[1].strip() for line in grid[2:]]
    overview = after.split("\n\n**")[1].split("\n\n")[1].splitlines()
    assert sorted(names) == sorted(SYSTEMS)
    assert names == [name for line in overview[2:] if (name := line.split("|")[1].strip()) in SYSTEMS]
    lead = [v for (_, label, _, name), v in given.items() if (label, name) == ("lead-3", "informative")]
    assert f"{sum(lead) / len(lead):.2f} \\[" in grid[2 + names.index("lead-3")]
    assert "not redundant undefined (all ratings are the same)" in after
    assert "3 raters, 24 summaries of 8 examples" in after and "280 ratings, 8 missing" in after
    assert [line for line in before.splitlines() if line not in after] == []
    assert "Human evaluation" in printed and "alpha" in printed
    latex = CliRunner().invoke(table, [str(place / "runs"), "--format", "latex"]).stdout
    assert "Human evaluation" in latex and "Krippendorff" in latex


def test_json_and_csv_have_the_figures_where_the_system_is_summed_up(place, sheets):
    plain = json.loads(CliRunner().invoke(table, [str(place / "runs"), "--format", "json"]).stdout)
    content = json.loads(bring(place, *sheets[0], arguments=["--json"]).stdout)
    entries = json.loads(CliRunner().invoke(table, [str(place / "runs"), "--format", "json"]).stdout)
    rated = {entry["label"]: entry for entry in entries if "human" in entry}
    assert {entry["target"] for entry in rated.values()} == {"average"}
    assert {label: entry["human"] for label, entry in rated.items()} == {
        system["label"]: system["scores"] for system in content["systems"]
    }
    assert [{k: v for k, v in entry.items() if k != "human"} for entry in entries] == plain
    text = CliRunner().invoke(table, [str(place / "runs"), "--format", "csv"]).stdout
    lines = [line for line in csv.DictReader(io.StringIO(text)) if line["score"].startswith("human_")]
    assert len(lines) == 3 * 4
    oracle = next(line for line in lines if (line["label"], line["score"]) == ("oracle", "human_redundant"))
    assert (float(oracle["mean"]), oracle["target"], oracle["n"]) == (4.0, "average", "8")


def test_importing_again_replaces_and_gives_the_same_bytes(place, sheets):
    paths, _ = sheets
    bring(place, *paths)
    first = (place / "runs" / "human.json").read_bytes()
    bring(place, *paths[:1])
    one = (place / "runs" / "human.json").read_bytes()
    bring(place, *reversed(paths))
    assert (place / "runs" / "human.json").read_bytes() == first != one
    assert json.loads(one)["agreement"]["fluent"] == {"alpha": None, "reason": "fewer than two raters"}


def test_without_ratings_tables_are_what_they_were(place):
    tables = with_ratings(read_tables(place / "runs", METRICS), place / "runs")
    assert [table.extra for table in tables] == [None]
    assert "uman" not in render(tables, "md") + render(tables, "latex") + render(tables, "csv") + render(tables, "json")


def test_broken_sheets_change_nothing_and_each_problem_has_its_line(place, sheets):
    paths, _ = sheets
    rows = read_sheet(paths[0])
    rows[0]["fluent"], rows[1]["item"] = "7", "f" * 16
    write_sheet(paths[0], rows)
    found = bring(place, *paths)
    assert isinstance(found.exception, TodsumError)
    assert "2 problems, listed above" in str(found.exception)
    assert [line.startswith(f"{paths[0]}: line ") for line in found.stderr.splitlines()] == [True, True]
    assert not (place / "runs" / "human.json").exists()


def test_one_problem_is_the_error_itself(place, sheets):
    paths, _ = sheets
    rows = read_sheet(paths[0])
    rows[0]["fluent"] = "7"
    write_sheet(paths[0], rows)
    assert "line 2: fluent is '7'" in str(bring(place, *paths).exception)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "key.json: broken JSON"),
        ("{}", "key.json: table: Field required"),
        ('{"items": {"../x": {}}}', "key.json: table: Field required"),
    ],
)
def test_a_broken_key_is_one_line(place, sheets, text, reason):
    (place / "out" / "key.json").write_text(text)
    paths, _ = sheets
    assert reason in str(bring(place, *paths).exception)


def test_a_run_directory_that_is_not_there(place, sheets):
    shutil.rmtree(place / "runs")
    assert "no such run directory" in str(bring(place, *sheets[0]).exception)
    (place / "runs" / "submissions").mkdir(parents=True)
    assert "no such run directory" in str(bring(place, *sheets[0]).exception)
    assert not (place / "runs" / "human.json").exists()


def edited(place, change):
    path = place / "runs" / "human.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    return CliRunner().invoke(table, [str(place / "runs")])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda c: c["systems"][0]["criteria"]["fluent"].update(mean=5.0), "do not follow from its ratings"),
        (lambda c: c["agreement"]["fluent"].update(alpha=0.99), "do not follow from its ratings"),
        (lambda c: c["systems"].pop(), "do not follow from its ratings"),
        (lambda c: c["ratings"]["rater 1"].update({"e" * 16: {"fluent": 5}}), "an item that its key does not have"),
        (lambda c: next(iter(c["ratings"]["rater 1"].values())).update(fluent=9), "less than or equal to 5"),
        (lambda c: c.update(extra=1), "unknown field 'extra'"),
    ],
)
def test_a_stranger_s_file_is_not_believed(place, sheets, change, reason):
    bring(place, *sheets[0])
    found = edited(place, change)
    assert isinstance(found.exception, TodsumError)
    assert str(place / "runs" / "human.json") in str(found.exception)
    assert reason in str(found.exception)


def test_markup_in_a_label_is_shown_as_text(place, sheets):
    bring(place, *sheets[0])
    found = edited(
        place, lambda c: [w.update(label="oracle<b>|x") for w in c["key"]["items"].values() if w["label"] == "oracle"]
    )
    assert found.exception is None and "<b>" not in found.stdout


def test_rated_cells_that_are_gone_are_told(place, sheets):
    bring(place, *sheets[0])
    for path in list((place / "runs").rglob("result.json")):
        if '"oracle"' in path.read_text():
            shutil.rmtree(path.parent)
    text = CliRunner().invoke(table, [str(place / "runs")]).stdout
    assert "rated cells of oracle are not in this run directory: " in text
    grid = text.split("**Human evaluation**")[1].split("\n\n")[1].splitlines()
    assert len(grid) == 2 + 2


def test_help_teaches():
    for verb in ([], ["export"], ["import"]):
        text = CliRunner().invoke(human, [*verb, "--help"]).stdout
        assert "todsum-bench human" in text
