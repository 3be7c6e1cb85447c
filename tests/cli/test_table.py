from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from tests.report.cells import METRICS
from tests.report.runs import write_runs
from todsum.cli.table import table
from todsum.errors import TodsumError
from todsum.report.formats import read_tables, render


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return write_runs(tmp_path_factory.mktemp("runs"))


def invoke(*arguments):
    return CliRunner().invoke(table, [str(argument) for argument in arguments])


def test_markdown_is_printed_by_default(runs):
    found = invoke(runs)
    assert found.exit_code == 0
    assert found.stdout == render(read_tables(runs, METRICS), "md")


def test_json_is_one_list_for_pipes(runs):
    assert len(json.loads(invoke(runs, "--format", "json").stdout)) > 10


def test_several_formats_are_written_and_stdout_stays_clean(runs, tmp_path):
    found = invoke(runs, "--format", "md, csv,latex", "--out", tmp_path)
    assert (found.exit_code, found.stdout) == (0, "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["table.csv", "table.md", "table.tex"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--format", "md,csv"], "add --out DIR"),
        (["--format", "jsn"], "did you mean json"),
        (["--format", ","], "no format given"),
    ],
)
def test_wrong_use_is_one_line(runs, arguments, reason):
    found = invoke(runs, *arguments)
    assert isinstance(found.exception, TodsumError)
    assert reason in str(found.exception)


def test_a_missing_run_directory_is_one_line(tmp_path):
    assert "no such run directory" in str(invoke(tmp_path / "nowhere").exception)


def test_cost_stands_beside_the_scores_only_where_it_is_asked_for(runs, tmp_path):
    plain, with_cost = invoke(runs).stdout, invoke(runs, "--cost").stdout
    assert with_cost == render(read_tables(runs, METRICS), "md", cost=True)
    assert "Seconds a cell" in with_cost and "Seconds a cell" not in plain
    assert invoke(runs, "--cost", "--format", "md,csv,latex,json", "--out", tmp_path).exit_code == 0
    assert (tmp_path / "table.md").read_text(encoding="utf-8") == with_cost
    assert all(
        entry["cost"] == [] or entry["cost"][0]["cells"] for entry in json.loads((tmp_path / "table.json").read_text())
    )
    assert "ran_on" in (tmp_path / "table.csv").read_text(encoding="utf-8").split("\n")[0]
